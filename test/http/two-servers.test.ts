/** Two servers on one PostgreSQL publish one log: whoever reads both is shown one history. */
import assert from "node:assert/strict";
import { after, before, type TestContext, test } from "node:test";
import { recordChoice } from "../../src/app/record-choice.ts";
import type { ApiServer } from "../../src/http/api.ts";
import { buildServer } from "../../src/http/server.ts";
import { verifyConsistency } from "../../src/ledger/merkle.ts";
import { signingKeyText } from "../../src/ledger/note-key.ts";
import { consistencyProof, rootAt } from "../../src/ledger/proof.ts";
import { verifyReceipt } from "../../src/ledger/receipt.ts";
import { startApp, type TestApp, until } from "../app/support.ts";
import { hasPostgres, type PostgresServer, startPostgres } from "../support/postgres.ts";
import { type PublishedLog, readPublishedLog } from "./published-log.ts";

const KEYS = {
  HEED_PEPPER: "ab".repeat(32),
  HEED_LINK_KEY: "cd".repeat(32),
  HEED_SIGNING_KEY: signingKeyText("optout.example.com/heed", new Uint8Array(32).fill(7)),
};
const skip = (await hasPostgres()) === null ? "no PostgreSQL here" : false;

let postgres: PostgresServer;
before(async () => {
  if (skip === false) postgres = await startPostgres();
});
after(async () => {
  if (skip === false) await postgres.stop();
});

interface Published {
  readonly app: TestApp;
  readonly log: PublishedLog;
  readonly server: ApiServer;
}

async function publish(t: TestContext, databaseUrl: string): Promise<Published> {
  const app = await startApp(t, { databaseUrl, env: KEYS });
  const server = await buildServer(app.deps, {
    env: {},
    mode: "production",
    ledgerOpen: true,
    limits: { maxEventLoopDelayMs: 0 },
  });
  t.after(() => server.close());
  const url = await server.listen({ host: "127.0.0.1", port: 0 });
  return { app, server, log: await readPublishedLog(url) };
}

const optOut = ({ app }: Published, number: number) =>
  recordChoice(
    app.deps,
    { kind: "opt-out", address: `+1212555${number}`, sender: "acme", by: "person" },
    "key:test",
    null,
  );

test("checkpoints and tiles of both are of one log, and a receipt of one holds with the other", {
  skip,
}, async (t) => {
  const url = await postgres.createDatabase();
  const [one, two] = [await publish(t, url), await publish(t, url)];
  assert.deepEqual(one.log.vkeys, two.log.vkeys);
  const seen = [];
  for (let number = 1000; number < 1060; number++) {
    const [here, there] = number % 2 === 0 ? [one, two] : [two, one];
    const recorded = await optOut(here, number);
    seen.push(await here.log.checkpoint(), await there.log.checkpoint());
    // The other server has it too, at the latest when it is asked for it.
    const position = recorded.entries[0]!.position;
    const receipt = await there.app.deps.notary.receipt(position);
    const verified = verifyReceipt(receipt, here.log.vkeys);
    assert.ok(!("problem" in verified), JSON.stringify(verified));
    assert.equal(verified.record?.address, `+1212555${number}`);
  }
  for (const { log } of [one, two]) {
    await until("it has followed", async () => (await log.checkpoint()).size === 60);
    const { size, root } = await log.checkpoint();
    assert.deepEqual(await rootAt(size, log.tile), root);
  }
  for (const { size, root } of seen.filter((checkpoint) => checkpoint.size > 0)) {
    const last = await two.log.checkpoint();
    const hashes = await consistencyProof(size, last.size, two.log.tile);
    assert.ok(verifyConsistency(size, last.size, root, last.root, hashes), `from ${size}`);
  }
  // The control: a root that was never signed is consistent with nothing.
  const { size, root } = seen.find((checkpoint) => checkpoint.size >= 30)!;
  const last = await two.log.checkpoint();
  const hashes = await consistencyProof(size, last.size, two.log.tile);
  const other = root.map((byte, at) => (at === 0 ? byte ^ 1 : byte));
  assert.ok(!verifyConsistency(size, last.size, other, last.root, hashes));
});
