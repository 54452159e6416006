/** The example of the webhook guide, run as its reader runs it. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { webhook } from "../../src/outbound/webhook.ts";
import { ENTRY, localFetch } from "./contract.ts";

const EXAMPLE = fileURLToPath(new URL("../../examples/verify-webhook.ts", import.meta.url));
const GUIDE = new URL("../../docs/guides/webhooks.md", import.meta.url);
const SECRETS = [1, 2].map((fill) => `whsec_${Buffer.alloc(24, fill).toString("base64")}`);

test("the example believes Heed, drops repeats, and refuses a stranger", async (context) => {
  const child = spawn(process.execPath, [EXAMPLE], {
    env: { ...process.env, HEED_WEBHOOK_SECRET: SECRETS[1] as string, PORT: "0" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  context.after(() => child.kill());
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const listening = String((await lines.next()).value);
  const { port } = JSON.parse(listening.replace("listening on ", ""));
  const url = `http://127.0.0.1:${port}/`;
  const deliver = (secrets: string[], position: number) =>
    webhook.deliver({ ...ENTRY, position }, { url, secrets }, Date.now(), localFetch);
  // The receiver has only the older of two active secrets: a rotation in progress.
  assert.deepEqual(await deliver(SECRETS, 1), { outcome: "delivered" });
  assert.deepEqual(await deliver(SECRETS, 1), { outcome: "delivered" });
  const stranger = await deliver([SECRETS[0] as string], 2);
  assert.ok(stranger.outcome === "failed" && stranger.error.includes("401"));
  assert.deepEqual(await deliver(SECRETS, 3), { outcome: "delivered" });
  assert.match(String((await lines.next()).value), /^heed_1_[0-9a-f]{16}: opt-out at position 1$/);
  assert.match(String((await lines.next()).value), /^heed_3_[0-9a-f]{16}: opt-out at position 3$/);
});

test("the guide points to the example, which stays below 40 lines", () => {
  assert.match(readFileSync(GUIDE, "utf8"), /examples\/verify-webhook\.ts/u);
  assert.ok(readFileSync(EXAMPLE, "utf8").split("\n").length < 40);
});
