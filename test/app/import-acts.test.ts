// Imports that come back: what a list without dates says again counts again, and nothing else does.
import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { test } from "node:test";
import { importActs } from "../../src/app/import-acts.ts";
import { receive } from "../../src/app/receive.ts";
import { ALICE, kindsOf, ledgerOf, messageOf, serviceTo, signed, startApp } from "./support.ts";

async function startImports(t: Parameters<typeof startApp>[0]) {
  const { deps, clock } = await startApp(t);
  return {
    deps,
    async say(text: string) {
      clock.pass(1000);
      await receive(deps, "shop", signed(messageOf(text), clock.now()), {});
    },
    async importList(text: string) {
      clock.pass(1000);
      const request = { sender: "acme", name: "vendor", kind: "opt-out", dryRun: false } as const;
      return importActs(deps, request, Readable.from([Buffer.from(text)]), async () => {});
    },
  };
}

test("a list without dates that still names somebody who came back opts them out again, once", async (t) => {
  const { deps, say, importList } = await startImports(t);
  const list = `phone\n${ALICE}\n${ALICE}\n`;
  assert.equal((await importList(list)).recorded, 1);
  assert.equal((await importList(list)).known, 2);
  await say("START");
  assert.equal(serviceTo(deps, ALICE).answer, "allow");
  assert.equal((await importList(list)).recorded, 1);
  assert.equal(serviceTo(deps, ALICE).answer, "deny");
  assert.equal((await importList(list)).known, 2);
  await say("START");
  assert.equal((await importList(list)).recorded, 1);
  assert.equal(serviceTo(deps, ALICE).answer, "deny");
  const expected = ["opt-out", "opt-in", "opt-out", "opt-in", "opt-out"];
  assert.deepEqual(kindsOf(await ledgerOf(deps)), expected);
});

test("a dated row says the same thing every time: the return after it stands", async (t) => {
  const { deps, say, importList } = await startImports(t);
  const list = `phone,date\n${ALICE},2026-11-17T00:00:00Z\n`;
  await importList(list);
  await say("START");
  assert.equal((await importList(list)).known, 1);
  assert.equal(serviceTo(deps, ALICE).answer, "allow");
});
