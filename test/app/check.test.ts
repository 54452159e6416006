/** What a check gathers before it is decided: the right lists, the right place, the right position. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { gatherFacts } from "../../src/app/check.ts";
import type { ListDescription } from "../../src/app/lists.ts";
import { recordChoice } from "../../src/app/record-choice.ts";
import type { AddressKey } from "../../src/domain/words.ts";
import { ALICE, marketingTo, serviceTo, startApp } from "./support.ts";

const LIST: ListDescription = {
  name: "house",
  kind: "do-not-contact",
  asOf: 1,
  maxAgeDays: null,
  countries: [],
  channels: [],
  defaultRegion: "US",
};

async function* lines(text: string) {
  yield Buffer.from(text);
}

const QUESTION = { sender: "acme", channel: "sms", class: "transactional" } as const;

test("a do-not-contact list of this deployment denies marketing, and names itself", async (t) => {
  const { deps } = await startApp(t);
  await deps.lists.load(LIST, lines(`${ALICE}\n`));
  const verdict = marketingTo(deps, ALICE);
  assert.equal(verdict.answer, "deny");
  assert.equal(verdict.reasons.find((reason) => reason.kind === "listed")?.list, "house");
});

test("lists for other channels and other countries have no say; one for a known country has", async (t) => {
  const { deps } = await startApp(t);
  await deps.lists.load({ ...LIST, name: "voice", channels: ["voice"] }, lines(`${ALICE}\n`));
  await deps.lists.load({ ...LIST, name: "france", countries: ["FR"] }, lines(`${ALICE}\n`));
  const listsFor = (more: object) =>
    gatherFacts(deps, ALICE as AddressKey, { ...QUESTION, ...more }).lists.map((one) => one.list);
  assert.deepEqual(listsFor({}), []);
  assert.deepEqual(listsFor({ channel: "voice" }), ["voice"]);
  assert.deepEqual(listsFor({ known: { country: "FR" } }), ["france"]);
  const { reasons } = marketingTo(deps, ALICE, { known: { country: "FR" } });
  assert.equal(reasons.find((reason) => reason.kind === "listed")?.list, "france");
});

test("a known country adds to what the number says, and a known zone takes the place of guesses", async (t) => {
  const { deps } = await startApp(t);
  const place = (known: object) =>
    gatherFacts(deps, ALICE as AddressKey, { ...QUESTION, known }).place;
  assert.ok(place({}).countries.includes("US"));
  assert.deepEqual(place({ country: "FR" }).countries, [...place({}).countries, "FR"]);
  assert.deepEqual(place({ timezone: "Europe/Paris" }).zones, ["Europe/Paris"]);
});

test("a zone that there is not, and a sender that is not configured, are unknown and never allowed", async (t) => {
  const { deps } = await startApp(t);
  assert.notEqual(
    marketingTo(deps, ALICE, { known: { timezone: "Mars/Olympus" } }).answer,
    "allow",
  );
  assert.equal(serviceTo(deps, ALICE, { sender: "globex" }).answer, "unknown");
});

test("a verdict says as of which entry it is true, and a wrong address is a problem with a pointer", async (t) => {
  const { deps } = await startApp(t);
  assert.equal(serviceTo(deps, ALICE).position, 0);
  const { entries } = await recordChoice(
    deps,
    { kind: "opt-out", address: ALICE, sender: "acme", by: "person" },
    "key:a",
    null,
  );
  const verdict = serviceTo(deps, ALICE);
  assert.equal(verdict.position, entries[0]?.position);
  assert.equal(verdict.reasons.find((one) => one.kind === "opted-out")?.entry, verdict.position);
  assert.throws(() => serviceTo(deps, "alice"), { code: "invalid-address", pointer: "/to" });
});

test("a server that is not fresh says unknown, and still denies what it knows of", async (t) => {
  const { deps } = await startApp(t);
  await recordChoice(
    deps,
    { kind: "opt-out", address: ALICE, sender: "acme", by: "person" },
    "key:a",
    null,
  );
  const stale = {
    ...deps,
    live: {
      isFresh: () => false,
      standing: deps.live.standing.bind(deps.live),
      position: deps.live.position,
    } as never,
  };
  assert.equal(serviceTo(stale, "+12125550102").answer, "unknown");
  assert.equal(serviceTo(stale, ALICE).answer, "deny");
});
