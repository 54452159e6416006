// Imports that come back: what a list without dates says again counts again, and nothing else does.
import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { test } from "node:test";
import { importActs, summariseImport } from "../../src/app/import-acts.ts";
import { receive } from "../../src/app/receive.ts";
import type { AddressKey } from "../../src/domain/words.ts";
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

test("dealings are taken in, and what can allow something counts only with its evidence", async (t) => {
  const { deps } = await startApp(t);
  const file =
    "phone,kind,date,evidence\n" +
    `${ALICE},purchase,2026-10-01,order 7\n${ALICE},inquiry,2026-10-02,\n` +
    `${ALICE},not interested,2026-11-17T10:00:00Z,\n${ALICE},pending,,\n`;
  const rejects: string[] = [];
  const take = (sender: string) =>
    importActs(
      deps,
      { sender, name: "shop", dryRun: false },
      Readable.from([Buffer.from(file)]),
      async (text) => {
        rejects.push(text);
      },
    );
  const report = await take("acme");
  assert.deepEqual(
    [report.dealings, report.optOuts, report.recorded, report.withoutEvidence, report.rejected],
    [4, 0, 4, 1, 0],
  );
  assert.match(summariseImport(report), /4 dealings, 0 rejected/);
  const marks = deps.live.standing(ALICE as AddressKey);
  assert.deepEqual(
    marks.map(({ kind, hasEvidence }) => [kind, hasEvidence]),
    [
      ["purchase", true],
      ["inquiry", false],
      ["refusal", true],
      ["opt-in-request", true],
    ],
  );
  assert.equal((await take("acme")).known, 4);
  // A purchase from everybody is none; a no to everybody is.
  assert.equal((await take("all")).rejected, 2);
  assert.match(rejects.join(""), /names the `sender`/);
});
