/** Backups over HTTP: for the command line of the server's own machine, and for nobody else. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { makeApiKey } from "../../src/app/api-keys.ts";
import type { Backups } from "../../src/app/backups.ts";
import { Problem } from "../../src/app/problem.ts";
import { KEY_SCOPES } from "../../src/app/settings.ts";
import { startTestHeed, type TestHeed } from "../support/heed.ts";
import { temporaryFolder } from "../support/temp-folder.ts";

const REPORT = {
  ...{ madeAt: 0, entries: 3, root: "00".repeat(32), signed: true, bytes: 12, keysElsewhere: [] },
};

/** Waits until it is told to end. */
function heldBackups() {
  const ends: ((error?: Error) => void)[] = [];
  const backups: Backups = {
    make: (request) =>
      new Promise((resolve, reject) => {
        ends.push((error) => (error ? reject(error) : resolve({ ...request, ...REPORT })));
      }),
  };
  return { backups, end: (error?: Error) => ends.shift()?.(error) };
}

function commandLine(heed: TestHeed): { authorization: string } {
  return heed.auth(...KEY_SCOPES);
}

test("begun with 202, asked for until it is done", async (t) => {
  const { backups, end } = heldBackups();
  const keys = new Map();
  const heed = await startTestHeed(t, { options: { backups, localKeys: keys } });
  const own = makeApiKey(heed.deps, { name: "command-line", scopes: KEY_SCOPES });
  keys.set(own.apiKey.id, own.apiKey);
  const headers = { authorization: `Bearer ${own.key}` };
  const payload = { folder: "/backups/one" };
  const begun = await heed.server.inject({ method: "POST", url: "/v1/backups", headers, payload });
  assert.equal(begun.statusCode, 202);
  const asked = heed.server.inject({ url: `/v1/backups/${begun.json().id}`, headers });
  end();
  const { state, backup } = (await asked).json();
  assert.equal(state, "done");
  assert.deepEqual([backup.folder, backup.withKeys, backup.entries], ["/backups/one", false, 3]);
  assert.equal(backup.madeAt, "1970-01-01T00:00:00.000Z");

  const failing = await heed.server.inject({
    method: "POST",
    url: "/v1/backups",
    headers,
    payload,
  });
  end(new Problem("already-exists", "there is something in it"));
  const failed = await heed.server.inject({ url: `/v1/backups/${failing.json().id}`, headers });
  assert.equal(failed.statusCode, 409);
  assert.match(failed.json().detail, /something in it/);
  const unknown = await heed.server.inject({
    url: "/v1/backups/00000000-0000-4000-8000-000000000000",
    headers,
  });
  assert.equal(unknown.statusCode, 404);
});

test("no API key may have a path written on the server's disk, whatever its scopes", async (t) => {
  const { backups } = heldBackups();
  const heed = await startTestHeed(t, { options: { backups } });
  const folder = join(temporaryFolder(t), "backup");
  const payload = { folder };
  const answers = await Promise.all(
    [commandLine(heed), heed.auth("admin"), heed.auth("export"), {}].map((headers) =>
      heed.server.inject({ method: "POST", url: "/v1/backups", headers, payload }),
    ),
  );
  assert.deepEqual(
    answers.map(({ statusCode }) => statusCode),
    [403, 403, 403, 401],
  );
  assert.match(answers[0]?.json().detail, /run `heed backup` on its machine/);
  assert.ok(!existsSync(folder));
});
