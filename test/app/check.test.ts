/** What a check gathers before it is decided: the right lists, the right place, the right position. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { gatherFacts } from "../../src/app/check.ts";
import type { Deps } from "../../src/app/deps.ts";
import type { ListDescription } from "../../src/app/lists.ts";
import type { Known, QuestionAbout } from "../../src/app/question.ts";
import { type Choice, recordChoice } from "../../src/app/record-choice.ts";
import { recordSends, type Sent } from "../../src/app/record-sends.ts";
import type { SuspensionSetting } from "../../src/app/settings.ts";
import type { AddressKey } from "../../src/domain/words.ts";
import { type Facts, PLAIN_MESSAGE, UNKNOWN_PERSON } from "../../src/rules/facts.ts";
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

const BOB = "+12125550144" as AddressKey;

const QUESTION = { sender: "acme", channel: "sms", class: "transactional" } as const;

function factsOf(deps: Deps, more: Partial<QuestionAbout> | { known: Known | undefined }): Facts {
  return gatherFacts(deps, ALICE as AddressKey, { ...QUESTION, ...more } as QuestionAbout);
}

async function optOut(deps: Deps, address: string, more: Partial<Choice> = {}) {
  const choice = { kind: "opt-out", address, sender: "acme", by: "person", ...more } as const;
  return (await recordChoice(deps, choice, "key:a", null)).entries[0]!;
}

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
  assert.deepEqual(listsFor({ known: { residence: "FR" } }), ["france"]);
  const { reasons } = marketingTo(deps, ALICE, { known: { residence: "FR" } });
  assert.equal(reasons.find((reason) => reason.kind === "listed")?.list, "france");
});

test("a residence adds to what the number says, and a known zone takes the place of guesses", async (t) => {
  const { deps } = await startApp(t);
  const place = (known?: Known) => factsOf(deps, { known }).place;
  assert.deepEqual(place().countries, ["US"]);
  assert.deepEqual(place({ residence: "FR" }).countries, ["US", "FR"]);
  assert.ok(place({ residence: "FR" }).zones.includes("Europe/Paris"));
  assert.ok(place({ residence: "US-FL" }).regions.includes("US-FL"));
  assert.deepEqual(place({ timezone: "europe/paris" }).zones, ["Europe/Paris"]);
  const both = place({ residence: "US-FL", timezone: "America/Chicago" });
  assert.deepEqual(both.zones, ["America/Chicago"]);
  assert.ok(both.regions.includes("US-FL"));
  assert.equal(place({ residence: "FR" }), place({ residence: "FR" }), "worked out once");
});

test("a place or a zone that there is not, and an address that cannot be read, are problems with a pointer", async (t) => {
  const { deps } = await startApp(t);
  const wrong: readonly (readonly [Known, string, RegExp])[] = [
    [{ residence: "UK" }, "/known/residence", /no country `UK`.*ISO 3166/u],
    [{ residence: "US-XX" }, "/known/residence", /no part `US-XX`/u],
    [{ timezone: "Mars/Olympus" }, "/known/timezone", /America\/Denver/u],
    [{ timezone: "+05:00" }, "/known/timezone", /IANA/u],
    [{ otherAddresses: [ALICE, "nobody"] }, "/known/otherAddresses/1", /./u],
  ];
  for (const [known, pointer, message] of wrong) {
    assert.throws(() => factsOf(deps, { known }), { name: "Problem", pointer, message });
  }
});

test("a sender that is not configured is unknown and never allowed", async (t) => {
  const { deps } = await startApp(t);
  assert.equal(serviceTo(deps, ALICE, { sender: "globex" }).answer, "unknown");
});

test("what is said of the message and of the person is in the facts; what is not said is null", async (t) => {
  const { deps } = await startApp(t);
  assert.equal(factsOf(deps, {}).message, PLAIN_MESSAGE);
  assert.equal(factsOf(deps, {}).person, UNKNOWN_PERSON);
  const { message, person, language } = factsOf(deps, {
    ...{ callKind: "live", senderType: "toll-free", topic: "energy", subject: "offer", text: "Hi" },
    ...{ isReply: true, usefulUntil: 5, language: "es" },
    known: { county: "Mobile", language: "fr", subscriber: "business", relationship: "none" },
  });
  assert.deepEqual(message, {
    ...{ callKind: "live", senderType: "toll-free", topic: "energy", subject: "offer", text: "Hi" },
    ...{ isReply: true, usefulUntil: 5, confirms: null },
  });
  const business = { subscriber: "business", relationship: "none" } as const;
  assert.deepEqual(person, { county: "Mobile", language: "fr", ...business });
  assert.equal(language, "es");
});

test("standings of the person's other addresses are gathered, each once and never the asked one's", async (t) => {
  const { deps } = await startApp(t);
  await optOut(deps, BOB);
  const others = (...otherAddresses: string[]) =>
    factsOf(deps, { known: { otherAddresses } }).otherStandings;
  assert.deepEqual(others(), []);
  assert.deepEqual(others(BOB, "+1 212 555 0144", ALICE), [deps.live.standing(BOB)]);
  assert.equal(others(BOB)[0]?.[0]?.kind, "opt-out");
});

test("sends on record and suspensions in force are gathered", async (t) => {
  const { deps, clock } = await startApp(t);
  const sent = { to: ALICE, sender: "acme", channel: "sms", class: "marketing", subject: "shoes" };
  await recordSends(deps, [sent as Sent], "key:a", null);
  const at = clock.now();
  assert.deepEqual(
    factsOf(deps, { subject: "shoes" }).sends.map((send) => [send.at, send.subject]),
    [[at, "shoes"]],
  );
  assert.deepEqual(factsOf(deps, { at: at - 1 }).sends, []);
  const storm = {
    kind: "state-of-emergency",
    region: "US-NY",
    county: null,
    from: at,
    until: null,
  };
  await deps.settings.putSuspension({ id: "storm", ...storm } as SuspensionSetting);
  assert.deepEqual(
    factsOf(deps, {}).suspensions.map((one) => one.region),
    ["US-NY"],
  );
});

test("a node that cannot prove that its recorded sends are new is not fresh", async (t) => {
  const { deps } = await startApp(t);
  assert.equal(factsOf(deps, {}).fresh, true);
  const sends = { recent: () => [], isFresh: () => false } as never;
  assert.equal(factsOf({ ...deps, sends }, {}).fresh, false);
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
