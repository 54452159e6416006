/** Erasing a person: what goes, what stays, and that nothing under way brings it back. */
import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { ByteSearch } from "../../prove/erasure/search.ts";
import { answerPeople } from "../../src/app/answer-people.ts";
import { deliverEntries } from "../../src/app/deliver-entries.ts";
import type { Deps } from "../../src/app/deps.ts";
import { erase } from "../../src/app/erase.ts";
import { createLink, optOutByLink } from "../../src/app/opt-out-link.ts";
import { receive } from "../../src/app/receive.ts";
import { recordChoice } from "../../src/app/record-choice.ts";
import { openHolds, reviewHold } from "../../src/app/review-holds.ts";
import { timelineOf } from "../../src/app/timeline.ts";
import type { SendOutcome } from "../../src/outbound/outbound.ts";
import { rotatePepper } from "../../src/runtime/rotate-keys.ts";
import type { Store } from "../../src/store/store.ts";
import { startReceiver } from "../outbound/receiver.ts";
import { again, EMAIL, emailTo, rotationOf, stopByEmail } from "./rotating.ts";
import {
  ALICE,
  BOB,
  kindsOf,
  ledgerOf,
  marketingTo,
  messageOf,
  SECRET,
  serviceTo,
  signed,
  startApp,
  type TestApp,
  until,
  untilPassed,
} from "./support.ts";

const DESK = { by: "staff", author: "kim", source: "key:desk" } as const;
const eraseAs = (deps: Deps, address: string) => erase(deps, { ...DESK, address });

async function say(app: TestApp, text: string, from: string = ALICE) {
  app.clock.pass(1000);
  await receive(app.deps, "shop", signed(messageOf(text, { from }), app.clock.now()), {});
}

async function sayUnclearly(app: TestApp) {
  const { deps } = app;
  const read = deps.recogniser.recognize.bind(deps.recogniser);
  // Which words are unclear is the lexicons' own business and theirs to test.
  deps.recogniser.recognize = (text, context) => ({ ...read(text, context), intent: "unclear" });
  await say(app, "hm, maybe enough?");
}

const found = (app: TestApp, ...people: string[]) =>
  new ByteSearch(people).inFolder(app.dataFolder);

async function* text(lines: string) {
  yield Buffer.from(lines);
}

async function loadList(app: TestApp, lines: string) {
  const description = { name: "house", kind: "do-not-contact", asOf: 1, maxAgeDays: null } as const;
  const more = { countries: [], channels: [], defaultRegion: "US" };
  await app.deps.lists.load({ ...description, ...more }, text(lines));
}

test("an erased person is in no byte of the data folder, and is denied everything", async (t) => {
  const app = await startApp(t);
  await say(app, "START");
  await say(app, "STOP");
  await say(app, "STOP", BOB);
  await stopByEmail(app);
  await loadList(app, `${ALICE}\n${BOB}\n${EMAIL}\n`);
  assert.ok(found(app, ALICE).length > 0 && found(app, EMAIL).length > 0, "the search can find");
  for (const address of [ALICE, EMAIL]) {
    const { status, records, removed, remains } = await eraseAs(app.deps, address);
    assert.deepEqual([status, remains], ["erased", []]);
    assert.equal(records, address === ALICE ? 2 : 1);
    assert.deepEqual(removed, ["a line of the list house"]);
  }
  assert.deepEqual(found(app, ALICE, EMAIL), []);
  const isDenied = () => {
    for (const ask of [serviceTo, marketingTo]) assert.equal(ask(app.deps, ALICE).answer, "deny");
    assert.equal(emailTo(app, EMAIL).answer, "deny");
  };
  isDenied();
  assert.equal(serviceTo(app.deps, ALICE).reasons[0]?.kind, "erased");
  await app.stop();
  assert.deepEqual(found(app, ALICE, EMAIL), []);
  assert.ok(found(app, BOB).some(({ file }) => file.endsWith("standings.snapshot")));
  const later = await again(t, app);
  assert.deepEqual(found(later, ALICE, EMAIL), []);
  assert.equal(serviceTo(later.deps, ALICE).answer, "deny");
  assert.equal(emailTo(later, EMAIL).answer, "deny");
});

test("the ledger keeps the leaves and one entry that names nobody", async (t) => {
  const app = await startApp(t);
  await say(app, "STOP");
  const before = await ledgerOf(app.deps);
  const { entry } = await erase(app.deps, { ...DESK, address: ALICE, note: "by letter of 3 May" });
  const [gone, erasure] = await ledgerOf(app.deps);
  assert.deepEqual(gone, { ...before[0], act: null });
  assert.deepEqual(erasure, entry);
  const { address, by, author, note, evidence } = erasure!.act!;
  assert.deepEqual([address, by, author, note], [null, "staff", "kim", "by letter of 3 May"]);
  const tokens = app.deps.secrets.tokensOf(ALICE as never).join(" ");
  const { leafHash } = before[0]!;
  assert.deepEqual(evidence, { kind: "erasure", tokens, entries: 1, leafHashes: leafHash });
  const { events } = await timelineOf(app.deps, ALICE);
  assert.deepEqual(
    events.map(({ inWords }) => inWords.split(".")[0]),
    ["A record that was erased", "The person's data was erased"],
  );
});

test("erased twice, there is one entry, and copies that came in between are looked through", async (t) => {
  const app = await startApp(t);
  await say(app, "STOP");
  const first = await eraseAs(app.deps, ALICE);
  // As a copy of an older Heed that somebody put back by hand.
  await loadList(app, `${BOB}\n`);
  const second = await eraseAs(app.deps, "(212) 555-0101".replace("(", "+1 ("));
  assert.equal(second.status, "erased-before");
  assert.deepEqual(second.entry, first.entry);
  assert.equal((await ledgerOf(app.deps)).length, 2);
});

test("what the person said after an erasure goes with the next one", async (t) => {
  const app = await startApp(t);
  await say(app, "STOP");
  await eraseAs(app.deps, ALICE);
  await say(app, "STOP");
  assert.ok(found(app, ALICE).length > 0);
  const { status, records } = await eraseAs(app.deps, ALICE);
  assert.deepEqual([status, records], ["erased", 1]);
  assert.deepEqual(found(app, ALICE), []);
  assert.deepEqual(kindsOf(await ledgerOf(app.deps)), [undefined, "erasure", undefined, "erasure"]);
});

test("somebody of whom nothing is on record is suppressed from then on", async (t) => {
  const app = await startApp(t);
  assert.equal(serviceTo(app.deps, BOB).answer, "allow");
  const { status, records } = await eraseAs(app.deps, BOB);
  assert.deepEqual([status, records], ["erased", 0]);
  assert.equal(serviceTo(app.deps, BOB).answer, "deny");
  assert.deepEqual(found(app, BOB), []);
  assert.equal(serviceTo((await again(t, app)).deps, BOB).answer, "deny");
});

test("only the person's own later opt-in lifts it", async (t) => {
  const app = await startApp(t);
  await say(app, "STOP");
  await eraseAs(app.deps, ALICE);
  app.clock.pass(1000);
  const optIn = { kind: "opt-in", address: ALICE, sender: "acme", channel: "sms" } as const;
  const evidence = { kind: "form" };
  await recordChoice(app.deps, { ...optIn, by: "staff", evidence }, "key:desk", null);
  assert.equal(serviceTo(app.deps, ALICE).answer, "deny");
  await recordChoice(app.deps, { ...optIn, by: "person", evidence }, "key:desk", null);
  assert.equal(serviceTo(app.deps, ALICE).answer, "allow");
  assert.equal(serviceTo((await again(t, app)).deps, ALICE).answer, "allow");
});

for (const [member, written] of [
  ["note", "please delete 212-555-0101, she says"],
  ["author", "Al (+1 212 555 01 01)"],
] as const) {
  test(`${member}s that name the address are refused, and nothing is changed`, async (t) => {
    const app = await startApp(t);
    await say(app, "STOP");
    await assert.rejects(erase(app.deps, { ...DESK, address: ALICE, [member]: written }), {
      code: "invalid-request",
      pointer: `/${member}`,
    });
    assert.equal((await ledgerOf(app.deps)).length, 1);
  });
}

test("while the ledger is locked nobody is erased", async (t) => {
  const app = await startApp(t);
  await say(app, "STOP");
  app.deps.guard.lockNow({ kind: "damaged", text: "for the test", waysOut: [] });
  await assert.rejects(eraseAs(app.deps, ALICE), { code: "locked" });
  assert.ok((await ledgerOf(app.deps))[0]?.act);
});

test("the link of an erased person still opts out, without a record", async (t) => {
  const app = await startApp(t);
  const { token } = createLink(app.deps, { address: EMAIL, sender: "acme" });
  await stopByEmail(app);
  await eraseAs(app.deps, EMAIL);
  for (const how of ["one-click", "page"] as const) {
    assert.equal(await optOutByLink(app.deps, { how, token }), null, how);
  }
  assert.equal((await ledgerOf(app.deps)).length, 2);
  assert.deepEqual(found(app, EMAIL), []);
});

test("a hold ends with its person, and cannot be decided afterwards", async (t) => {
  const app = await startApp(t);
  await sayUnclearly(app);
  const [hold] = await openHolds(app.deps);
  assert.ok(hold !== undefined, "the message is held");
  await eraseAs(app.deps, ALICE);
  assert.deepEqual(await openHolds(app.deps), []);
  const review = { reading: "release", author: "Robin", source: "key:a" } as const;
  const decided = reviewHold(app.deps, { ...review, position: hold.position });
  await assert.rejects(decided, { code: "unknown-entry" });
});

/** The store, with what a use case began held back until somebody was erased. */
function eraseBefore(app: TestApp, isLate: (key: readonly string[]) => boolean): Deps {
  const append: Store["append"] = async (request) => {
    const kinds = request.drafts.map(({ act }) => act.kind);
    if (isLate(kinds)) await eraseAs(app.deps, ALICE);
    return await app.deps.store.append(request);
  };
  return { ...app.deps, store: bound(app.deps.store, { append }) };
}

function bound(store: Store, changed: Partial<Store>): Store {
  return new Proxy(store, {
    get(target, name) {
      const own = Reflect.get(changed, name);
      const member: unknown = own ?? Reflect.get(target, name);
      return own === undefined && typeof member === "function" ? member.bind(target) : member;
    },
  });
}

/** Forgets what an append is about: the precaution that the next tests are there for. */
function heedless(store: Store): Store {
  return bound(store, {
    append: ({ about: _, ...request }) => store.append(request),
  });
}

test("a review that an erasure overtakes writes nothing", async (t) => {
  const app = await startApp(t);
  await sayUnclearly(app);
  const [hold] = await openHolds(app.deps);
  const deps = eraseBefore(app, (kinds) => kinds.includes("release"));
  const review = { position: hold!.position, author: "Robin", source: "key:a" } as const;
  await assert.rejects(reviewHold(deps, { ...review, reading: "opt-out" }), {
    code: "unknown-entry",
  });
  assert.deepEqual(kindsOf(await ledgerOf(app.deps)), [undefined, "erasure"]);
});

test("a confirmation that an erasure overtakes is neither sent nor written down", async (t) => {
  const app = await startApp(t);
  await say(app, "STOP");
  const stop = new AbortController();
  const deps = eraseBefore(app, (kinds) => kinds.includes("confirmation"));
  const working = answerPeople(deps, {}, stop.signal);
  await untilPassed(app.deps, "answers");
  stop.abort();
  await working;
  assert.deepEqual(app.sent, []);
  assert.deepEqual(kindsOf(await ledgerOf(app.deps)), [undefined, "erasure"]);
  assert.deepEqual(found(app, ALICE), []);
});

/** An erasure while the provider has the confirmation and has not answered yet. */
async function eraseWhileSending(
  t: TestContext,
  change: (store: Store) => Store,
): Promise<TestApp> {
  const answer = Promise.withResolvers<SendOutcome>();
  const app = await startApp(t, { send: () => answer.promise });
  await say(app, "STOP");
  const stop = new AbortController();
  const deps = { ...app.deps, store: change(app.deps.store) };
  const working = answerPeople(deps, {}, stop.signal);
  await until("the provider is asked", () => app.sent.length === 1);
  await eraseAs(app.deps, ALICE);
  answer.resolve({ sent: true, providerMessageId: "p1" });
  await untilPassed(app.deps, "answers");
  stop.abort();
  await working;
  return app;
}

test("what became of a confirmation is not written down after an erasure", async (t) => {
  const app = await eraseWhileSending(t, (store) => store);
  assert.deepEqual(kindsOf(await ledgerOf(app.deps)), [undefined, undefined, "erasure"]);
  assert.deepEqual(found(app, ALICE), []);
});

test("control: an append that forgets what it is about brings the address back", async (t) => {
  const app = await eraseWhileSending(t, heedless);
  assert.equal(kindsOf(await ledgerOf(app.deps)).at(-1), "confirmation-outcome");
  assert.ok(found(app, ALICE).length > 0);
});

test("receivers hear of the erasure and of what it erased, and no more of the person", async (t) => {
  const app = await startApp(t);
  const receiver = await startReceiver(t);
  receiver.answer((response) => response.writeHead(500, `${ALICE} is unknown`).end());
  await app.deps.settings.putDestination({
    id: "crm",
    adapter: "webhook",
    enabled: true,
    config: { url: `${receiver.origin}/heed`, secrets: [SECRET] },
  });
  await say(app, "STOP");
  await say(app, "STOP");
  const stop = new AbortController();
  const working = deliverEntries(app.deps, {}, stop.signal);
  t.after(async () => {
    stop.abort();
    await working;
  });
  await until("both are parked", async () => {
    return (await app.deps.store.deliveries("crm", "waiting")).length === 2;
  });
  await eraseAs(app.deps, ALICE);
  const before = receiver.received.length;
  receiver.answer((response) => response.writeHead(204).end());
  app.clock.pass(60 * 60 * 1000);
  await until("everything is delivered", async () => {
    if (receiver.received.length < before + 3) return false;
    return (await app.deps.store.deliveries("crm", "waiting")).length === 0;
  });
  const events = receiver.received.slice(before).map(({ body }) => JSON.parse(body).data);
  for (const event of events) assert.equal(event.address, null);
  const erased = events.filter((event) => event.erased).map(({ position }) => position);
  assert.deepEqual(new Set(erased), new Set([1, 2]));
  const erasure = events.find(({ kind }) => kind === "erasure");
  const [first, second] = await ledgerOf(app.deps);
  assert.deepEqual(erasure.erases, [first?.leafHash, second?.leafHash]);
  assert.ok(!JSON.stringify(events).includes(app.deps.secrets.tokenOf(ALICE as never)));
  assert.deepEqual(found(app, ALICE), []);
});

test("after a rotation of the pepper everything before and after it goes, and the person stays denied", async (t) => {
  const first = await startApp(t);
  await say(first, "STOP");
  await say(first, "STOP", BOB);
  await eraseAs(first.deps, BOB);
  await loadList(first, `${ALICE}\n`);
  await first.stop();
  await rotatePepper(rotationOf(first));
  const app = await again(t, first);
  await say(app, "STOP");
  const { records } = await eraseAs(app.deps, ALICE);
  assert.equal(records, 2);
  assert.equal((await eraseAs(app.deps, BOB)).status, "erased-before");
  assert.deepEqual(found(app, ALICE, BOB), []);
  for (const who of [ALICE, BOB]) assert.equal(serviceTo(app.deps, who).answer, "deny");
  const later = await again(t, app);
  for (const who of [ALICE, BOB]) assert.equal(serviceTo(later.deps, who).answer, "deny");
  assert.deepEqual(found(later, ALICE, BOB), []);
});

test("what Heed may not remove is named: ledgers that a restore put aside", async (t) => {
  const app = await startApp(t);
  const { mkdirSync } = await import("node:fs");
  const aside = join(app.dataFolder, "replaced-2026-05-03");
  mkdirSync(aside);
  writeFileSync(join(aside, "heed.db"), ALICE);
  const { remains } = await eraseAs(app.deps, ALICE);
  assert.deepEqual(remains, [aside]);
  assert.ok(existsSync(join(aside, "heed.db")));
});

test("two erasures at once both end with nothing left", async (t) => {
  const app = await startApp(t);
  await say(app, "STOP");
  await loadList(app, `${ALICE}\n`);
  await Promise.all([eraseAs(app.deps, ALICE), eraseAs(app.deps, ALICE)]);
  assert.deepEqual(found(app, ALICE), []);
  assert.equal(serviceTo(app.deps, ALICE).answer, "deny");
});

test("a copy that cannot be cleaned is told, the others are, and asking again does the rest", async (t) => {
  const app = await startApp(t);
  await say(app, "STOP");
  await loadList(app, `${ALICE}\n`);
  let isFull = true;
  app.deps.copies.add({
    async forget() {
      if (isFull) throw new Error("no space left on device");
      return { removed: ["the rest"], remains: [] };
    },
  });
  await assert.rejects(eraseAs(app.deps, ALICE), /no space left/);
  assert.deepEqual(found(app, ALICE), []);
  assert.equal(serviceTo(app.deps, ALICE).answer, "deny");
  isFull = false;
  const again = await eraseAs(app.deps, ALICE);
  assert.deepEqual([again.status, again.removed], ["erased-before", ["the rest"]]);
});
