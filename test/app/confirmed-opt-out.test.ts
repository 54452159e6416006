/** Promise 7: which opt-out a confirmation confirms, and whether somebody confirmed it before. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { findConfirmedOptOut } from "../../src/app/confirmed-opt-out.ts";
import type { Deps } from "../../src/app/deps.ts";
import { receive } from "../../src/app/receive.ts";
import { type Choice, recordChoice } from "../../src/app/record-choice.ts";
import { recordSends, type Sent } from "../../src/app/record-sends.ts";
import type { AddressKey } from "../../src/domain/words.ts";
import { ALICE, ledgerOf, messageOf, signed, startApp, until } from "./support.ts";

const BOB = "+12125550144";

async function record(deps: Deps, address: string, more: Partial<Choice> = {}) {
  const choice = { kind: "opt-out", address, sender: "acme", by: "person", ...more } as Choice;
  return (await recordChoice(deps, choice, "key:a", null)).entries[0]!;
}

function find(deps: Deps, position: number, address = ALICE, sender = "acme") {
  return findConfirmedOptOut(deps, address as AddressKey, sender, position);
}

const CONFIRMATION = { sender: "acme", channel: "sms", class: "confirmation" } as const;

test("an opt-out of this address and this sender is found, with when it came", async (t) => {
  const { deps, clock } = await startApp(t);
  const { position } = await record(deps, ALICE);
  const found = await find(deps, position);
  assert.deepEqual(found, { position, receivedAt: clock.now(), isConfirmed: false });
});

test("no other entry can be confirmed: not a stranger's, another sender's, an opt-in, or none", async (t) => {
  const { deps } = await startApp(t);
  const evidence = { kind: "form" };
  const bobs = await record(deps, BOB);
  const optIn = await record(deps, ALICE, { kind: "opt-in", channel: "sms", evidence });
  const own = await record(deps, ALICE);
  assert.equal(await find(deps, bobs.position), null);
  assert.equal(await find(deps, optIn.position), null);
  assert.equal(await find(deps, own.position, ALICE, "globex"), null);
  assert.equal(await find(deps, own.position + 1), null);
  assert.notEqual(await find(deps, own.position), null, "the control: its own opt-out is found");
});

test("an opt-out that the sender recorded a confirmation of is confirmed", async (t) => {
  const { deps } = await startApp(t);
  const { position } = await record(deps, ALICE);
  const sent: Sent = { to: ALICE, ...CONFIRMATION, confirms: position };
  await recordSends(deps, [sent], "key:a", null);
  assert.equal((await find(deps, position))?.isConfirmed, true);
});

test("an opt-out that Heed confirmed is confirmed", async (t) => {
  const { heed, deps, clock, sent } = await startApp(t);
  heed.startWorkers();
  await receive(deps, "shop", signed(messageOf("STOP"), clock.now()), {});
  await until("the confirmation is sent", () => sent.length === 1);
  const stop = (await ledgerOf(deps)).find(({ act }) => act?.kind === "opt-out")!;
  assert.equal((await find(deps, stop.position))?.isConfirmed, true);
});

test("a second STOP says no more than the first and is confirmed with it; after a START it is not", async (t) => {
  const { deps, clock } = await startApp(t);
  const first = await record(deps, ALICE, { channel: "sms" });
  const sent: Sent = { to: ALICE, ...CONFIRMATION, confirms: first.position };
  await recordSends(deps, [sent], "key:a", null);
  clock.pass(60_000);
  const second = await record(deps, ALICE, { channel: "sms" });
  assert.equal((await find(deps, second.position))?.isConfirmed, true);
  clock.pass(60_000);
  const evidence = { kind: "form" };
  const start = { kind: "opt-in", channel: "sms", level: "express", evidence } as const;
  await record(deps, ALICE, start);
  clock.pass(60_000);
  const third = await record(deps, ALICE, { channel: "sms" });
  assert.equal((await find(deps, third.position))?.isConfirmed, false);
});
