/** Suspensions, caps and pauses: what shuts, until when, and when all of it is open together. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Mark } from "../../src/domain/fold.ts";
import type { Facts, Message, PastSend, Suspension } from "../../src/rules/facts.ts";
import { PLAIN_MESSAGE } from "../../src/rules/facts.ts";
import type { RulePack } from "../../src/rules/pack.ts";
import { PACKS } from "./load-packs.ts";
import { arbitraryFacts, EVERYTHING, factsOf } from "./some-facts.ts";
import {
  cap,
  coolingOff,
  hours,
  isFirstOpening,
  kindsOf,
  packOf,
  suspension,
  timingOf,
} from "./some-rules.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

interface Given {
  readonly at: string;
  readonly zones?: readonly string[];
  readonly regions?: readonly string[];
  readonly county?: string | null;
  readonly sends?: readonly PastSend[];
  readonly suspensions?: readonly Suspension[];
  readonly standing?: readonly Mark[];
  readonly message?: Partial<Message>;
  readonly channel?: Facts["send"]["channel"];
}

function factsFor(given: Given): Facts {
  const facts = factsOf({ at: given.at, channel: given.channel ?? "voice" });
  const { zones = ["America/New_York"], regions = ["US-FL"], county = null } = given;
  return {
    ...facts,
    place: { ...facts.place, countries: ["US"], regions, zones },
    person: { ...facts.person, county },
    sends: given.sends ?? [],
    suspensions: given.suspensions ?? [],
    standing: given.standing ?? [],
    message: { ...PLAIN_MESSAGE, ...given.message },
  };
}

function send(at: string, changes: Partial<PastSend> = {}): PastSend {
  const plain = { subject: null, callKind: null, isReply: false } as const;
  const instant = { at: Date.parse(at) };
  return { ...instant, channel: "voice", class: "marketing", sender: "acme", ...plain, ...changes };
}

function mark(kind: Mark["kind"], at: string, changes: Partial<Mark> = {}): Mark {
  const scopes = [{ ...EVERYTHING, sender: "acme", use: "contact" as const }];
  const plain = { position: 3, lifts: kind === "opt-in", hasEvidence: true, level: null };
  return { kind, scopes, effectiveAt: Date.parse(at), erased: false, ...plain, ...changes };
}

/** What is said, and until when, in the wall clock of the first zone. */
function ask(given: Given, ...packs: readonly RulePack[]) {
  const facts = factsFor(given);
  const timing = timingOf(facts, packs);
  if (timing.notBefore !== null) assert.ok(isFirstOpening(facts, packs, timing), "first opening");
  const zone = facts.place.zones[0] ?? "UTC";
  const opens =
    timing.notBefore === null
      ? null
      : Temporal.Instant.fromEpochMilliseconds(timing.notBefore)
          .toZonedDateTimeISO(zone)
          .toString({ timeZoneName: "never", smallestUnit: "minute" });
  const first = timing.reasons[0];
  return {
    kinds: kindsOf(timing),
    opens,
    answer: first?.answer ?? null,
    text: first?.text ?? null,
  };
}

const THREE = ["10:00", "12:00", "15:00"].map((time) => send(`2026-05-12T${time}:00-04:00`));

test("a cap in hours is open again when the send that decides is so old", () => {
  const pack = packOf([cap()]);
  const asked = ask({ at: "2026-05-13T09:59:59-04:00", sends: THREE }, pack);
  assert.deepEqual(asked.kinds, ["cap-reached"]);
  assert.equal(asked.opens, "2026-05-13T10:00-04:00");
  assert.equal(
    asked.text,
    "In the last 24 hours this person was sent 3 of at most 3 messages of this kind.",
  );
  assert.deepEqual(ask({ at: "2026-05-13T10:00:00-04:00", sends: THREE }, pack).kinds, []);
  const two = ask({ at: "2026-05-13T09:00:00-04:00", sends: THREE.slice(0, 2) }, pack);
  assert.deepEqual(two.kinds, [], "the control: a third may go");
});

test("24 hours are 24 hours, also when the clock is set back", () => {
  const times = ["12:00", "14:00", "16:00"];
  const sends = times.map((time) => send(`2026-10-31T${time}:00-04:00`));
  const pack = packOf([cap()]);
  // The wall shows 11:00 when 24 hours have passed since it showed 12:00 the day before.
  const before = ask({ at: "2026-11-01T10:59:59-05:00", sends }, pack);
  assert.equal(before.opens, "2026-11-01T11:00-05:00");
  assert.deepEqual(ask({ at: "2026-11-01T11:30:00-05:00", sends }, pack).kinds, []);
  const calendar = packOf([cap({ period: { calendarDays: 2 } })]);
  const days = ask({ at: "2026-11-01T11:30:00-05:00", sends }, calendar);
  assert.equal(days.opens, "2026-11-02T00:00-05:00", "the control: calendar days go by dates");
});

test("a cap in calendar days goes by the dates where the person is, and of zones by the strictest", () => {
  const sends = ["2026-05-04", "2026-05-12", "2026-05-20", "2026-05-28"].map((date) =>
    send(`${date}T11:00:00+02:00`),
  );
  const pack = packOf([cap({ max: 4, period: { calendarDays: 30 } })]);
  const given = { at: "2026-06-02T11:00:00+02:00", zones: ["Europe/Paris"], sends };
  assert.equal(ask(given, pack).opens, "2026-06-03T00:00+02:00");
  assert.match(ask(given, pack).text ?? "", /^In 30 days, today the last, .* 4 of at most 4/u);
  assert.deepEqual(ask({ ...given, at: "2026-06-03T00:00:00+02:00" }, pack).kinds, []);
  const west = { ...given, zones: ["Europe/Paris", "America/Martinique"] };
  assert.equal(ask(west, pack).opens, "2026-06-03T06:00+02:00");
  const nowhere = ask({ ...given, zones: [] }, pack);
  assert.deepEqual(nowhere.kinds, ["zone-unknown"]);
  assert.equal(nowhere.answer, "unknown");
});

test("a cap of one day is today", () => {
  const pack = packOf([cap({ max: 1, period: { calendarDays: 1 } })]);
  const sends = [send("2026-05-12T23:30:00-04:00")];
  assert.equal(
    ask({ at: "2026-05-12T23:59:00-04:00", sends }, pack).opens,
    "2026-05-13T00:00-04:00",
  );
  assert.deepEqual(ask({ at: "2026-05-13T00:00:00-04:00", sends }, pack).kinds, []);
});

test("only what a cap counts counts", () => {
  const at = "2026-05-12T17:00:00-04:00";
  const kindsWith = (changes: Partial<PastSend>, rule = cap(), message: Partial<Message> = {}) => {
    const sends = THREE.map((each) => ({ ...each, ...changes }));
    return ask({ at, sends, message }, packOf([rule])).kinds;
  };
  const { counts } = cap();
  assert.deepEqual(kindsWith({}), ["cap-reached"], "the control");
  assert.deepEqual(kindsWith({ channel: "email" }), []);
  assert.deepEqual(kindsWith({ class: "transactional" }), []);
  assert.deepEqual(kindsWith({ class: "unheard-of" }), ["cap-reached"], "it could be marketing");
  assert.deepEqual(kindsWith({ sender: "other" }), []);
  assert.deepEqual(kindsWith({ sender: "other" }, cap({ whose: "everyone" })), ["cap-reached"]);
  const bySubject = cap({ perSubject: true });
  const solar = { subject: "solar offer" };
  assert.deepEqual(kindsWith({ subject: "gas contract" }, bySubject, solar), []);
  assert.deepEqual(kindsWith({ subject: " Solar Offer" }, bySubject, solar), ["cap-reached"]);
  assert.deepEqual(kindsWith({ subject: null }, bySubject, solar), ["cap-reached"]);
  assert.deepEqual(kindsWith({ subject: "gas contract" }, bySubject), ["cap-reached"]);
  const dialled = cap({ counts: { ...counts, callKinds: ["auto", "prerecorded"] } });
  const auto = { callKind: "auto" } as const;
  assert.deepEqual(kindsWith({ callKind: "live" }, dialled, auto), []);
  assert.deepEqual(kindsWith(auto, dialled, auto), ["cap-reached"]);
  const noReplies = cap({ counts: { ...counts, replies: false } });
  assert.deepEqual(kindsWith({ isReply: true }, noReplies), []);
  assert.deepEqual(kindsWith({ isReply: true }), ["cap-reached"]);
});

test("an answer to the person that a cap does not count may go when the cap is full", () => {
  const rule = cap({ counts: { ...cap().counts, replies: false } });
  const given = { at: "2026-05-12T17:00:00-04:00", sends: THREE };
  assert.deepEqual(ask({ ...given, message: { isReply: true } }, packOf([rule])).kinds, []);
  assert.deepEqual(ask(given, packOf([rule])).kinds, ["cap-reached"]);
});

test("one channel a week: another channel waits until the week is over", () => {
  const channels = ["sms", "voice", "email"] as const;
  const rule = cap({
    max: 0,
    period: { calendarDays: 7 },
    counts: {
      channels: [...channels],
      classes: ["marketing"],
      otherChannelsOnly: true,
      replies: true,
    },
  });
  const given = {
    at: "2026-05-14T15:00:00-05:00",
    zones: ["America/Bogota"],
    sends: [send("2026-05-12T10:00:00-05:00", { channel: "sms" })],
  };
  const call = ask(given, packOf([rule]));
  assert.deepEqual(call.kinds, ["cap-reached"]);
  assert.equal(call.opens, "2026-05-19T00:00-05:00");
  assert.match(call.text ?? "", /by other channels/u);
  assert.deepEqual(ask({ ...given, channel: "sms" }, packOf([rule])).kinds, []);
  const none = cap({ max: 0 });
  assert.equal(ask({ ...given, sends: [] }, packOf([none])).answer, "deny", "not a single one");
});

test("a cap is lifted by its grounds, and only then", () => {
  const rule = cap({ unless: [{ ground: "dealing", dealings: ["purchase"], within: "P18M" }] });
  const given = { at: "2026-05-12T17:00:00-04:00", sends: THREE };
  const bought = [mark("purchase", "2026-01-01T12:00:00Z")];
  assert.deepEqual(ask({ ...given, standing: bought }, packOf([rule])).kinds, []);
  assert.deepEqual(ask(given, packOf([rule])).kinds, ["cap-reached"]);
});

const EMERGENCY: Suspension = {
  kind: "state-of-emergency",
  region: "US-LA",
  county: null,
  from: Date.parse("2026-08-20T12:00:00-05:00"),
  until: Date.parse("2026-09-03T00:00:00-05:00"),
};
const IN_LOUISIANA = { zones: ["America/Chicago"], regions: ["US-LA"] };

test("a suspension defers until its end, joined with the hours, and denies while it has none", () => {
  const pack = packOf([suspension(), hours({ week: { ...hours().week, thu: ["11:00-20:00"] } })]);
  const given = { ...IN_LOUISIANA, at: "2026-08-27T12:00:00-05:00", suspensions: [EMERGENCY] };
  const asked = ask(given, pack);
  assert.deepEqual(asked.kinds, ["suspended"]);
  assert.equal(asked.opens, "2026-09-03T11:00-05:00");
  assert.match(
    asked.text ?? "",
    /^A state of emergency in US-LA from 2026-08-20 12:00 \(Chicago\)/u,
  );
  const open = ask({ ...given, suspensions: [{ ...EMERGENCY, until: null }] }, pack);
  assert.deepEqual([open.kinds, open.answer, open.opens], [["suspended"], "deny", null]);
  assert.deepEqual(ask({ ...given, at: "2026-08-20T11:59:59-05:00" }, pack).kinds, []);
  assert.deepEqual(ask({ ...given, at: "2026-09-03T11:00:00-05:00" }, pack).kinds, []);
});

test("a suspension binds the place that it names, everything in it, and what is not known", () => {
  const at = "2026-08-27T12:00:00-05:00";
  const isShut = (where: Partial<Given>, area: Partial<Suspension>) =>
    ask(
      { ...IN_LOUISIANA, at, ...where, suspensions: [{ ...EMERGENCY, ...area }] },
      packOf([suspension()]),
    ).kinds.length > 0;
  assert.ok(isShut({}, { region: "US" }));
  assert.ok(isShut({}, {}));
  assert.ok(!isShut({}, { region: "US-TX" }));
  assert.ok(isShut({ regions: ["US-LA", "US-TX"] }, { region: "US-TX" }));
  assert.ok(isShut({ regions: [] }, { region: "US-TX" }));
  assert.ok(!isShut({}, { region: "FR" }));
  assert.ok(isShut({ county: "Orleans Parish" }, { county: "orleans" }));
  assert.ok(!isShut({ county: "Caddo" }, { county: "Orleans" }));
  assert.ok(isShut({ county: null }, { county: "Orleans" }));
  const pack = packOf([suspension({ events: ["proclaimed-holiday"] })]);
  assert.deepEqual(ask({ ...IN_LOUISIANA, at, suspensions: [EMERGENCY] }, pack).kinds, []);
});

test("a proclaimed day without an end is that civil day", () => {
  const suspensions: Suspension[] = [
    {
      ...EMERGENCY,
      kind: "proclaimed-holiday",
      from: Date.parse("2026-03-03T00:00:00-06:00"),
      until: null,
    },
  ];
  const pack = packOf([suspension()], {}, { zone: "America/Chicago" });
  const given = { ...IN_LOUISIANA, suspensions };
  const asked = ask({ ...given, at: "2026-03-03T11:00:00-06:00" }, pack);
  assert.deepEqual([asked.kinds, asked.opens], [["suspended"], "2026-03-04T00:00-06:00"]);
  assert.deepEqual(ask({ ...given, at: "2026-03-04T00:00:00-06:00" }, pack).kinds, []);
  assert.deepEqual(ask({ ...given, at: "2026-03-02T23:59:59-06:00" }, pack).kinds, []);
  const mountain = { ...given, zones: ["America/Denver"], at: "2026-03-03T11:00:00-07:00" };
  assert.equal(ask(mountain, pack).opens, "2026-03-04T00:00-07:00", "their day, where they are");
});

test("after a refusal whole civil days have to pass, where the person is", () => {
  const standing = [mark("refusal", "2026-05-26T11:05:00+02:00")];
  const given = { at: "2026-07-15T11:00:00+02:00", zones: ["Europe/Paris"], standing };
  const asked = ask(given, packOf([coolingOff()]));
  assert.deepEqual(asked.kinds, ["cooling-off"]);
  assert.equal(asked.opens, "2026-07-26T00:00+02:00");
  assert.match(asked.text ?? "", /said no in a call on 2026-05-26 \(entry 3\).* 60 days/u);
  const pack = packOf([coolingOff(), hours({ week: { ...hours().week, sun: [] } })]);
  const withHours = ask(given, pack);
  assert.equal(
    withHours.opens,
    "2026-07-27T09:00+02:00",
    "further ahead than the hours are looked",
  );
  assert.deepEqual(
    ask({ ...given, at: "2026-07-26T00:00:00+02:00" }, packOf([coolingOff()])).kinds,
    [],
  );
  const hour = packOf([coolingOff({ lasts: "PT24H" })]);
  const nextDay = { ...given, at: "2026-05-26T12:00:00+02:00" };
  assert.equal(ask(nextDay, hour).opens, "2026-05-27T11:05+02:00");
  const year = packOf([coolingOff({ lasts: "P12M" })]);
  assert.equal(ask(given, year).opens, "2027-05-27T00:00+02:00");
});

test("a refusal binds the sender that it was said to, and is taken back by what came after it", () => {
  const at = "2026-07-15T11:00:00+02:00";
  const kindsWith = (standing: readonly Mark[], rule = coolingOff()) =>
    ask({ at, zones: ["Europe/Paris"], standing }, packOf([rule])).kinds;
  const refusal = mark("refusal", "2026-05-26T11:05:00+02:00");
  const others = [{ ...EVERYTHING, sender: "other" }];
  assert.deepEqual(kindsWith([{ ...refusal, scopes: others }]), []);
  assert.deepEqual(kindsWith([refusal]), ["cooling-off"]);
  const lifted = coolingOff({ unless: [{ ground: "consent", level: "express" }] });
  const consent = { position: 2, level: "express" as const };
  const before = mark("opt-in", "2026-01-01T12:00:00Z", consent);
  const after = mark("opt-in", "2026-06-01T12:00:00Z", { ...consent, position: 9 });
  assert.deepEqual(kindsWith([refusal, before], lifted), ["cooling-off"], "a yes before the no");
  assert.deepEqual(kindsWith([refusal, after], lifted), []);
  assert.deepEqual(kindsWith([refusal, after]), ["cooling-off"], "no ground of this rule");
});

test("after an opt-out nobody asks again for a time, unless the person came back", () => {
  const at = "2026-07-15T11:00:00-04:00";
  const rule = coolingOff({ after: "opt-out", lasts: "P12M" });
  const optOut = mark("opt-out", "2026-05-26T11:05:00-04:00", { lifts: false });
  const back = mark("opt-in", "2026-06-01T12:00:00Z", { position: 9, level: "express" });
  assert.deepEqual(ask({ at, standing: [optOut] }, packOf([rule])).kinds, ["cooling-off"]);
  assert.deepEqual(ask({ at, standing: [optOut, back] }, packOf([rule])).kinds, []);
  assert.deepEqual(
    ask({ at, standing: [mark("refusal", "2026-05-26T11:05:00Z")] }, packOf([rule])).kinds,
    [],
  );
});

test("a message that is of no use by then is denied, and one that still is waits", () => {
  const at = "2026-05-12T21:00:00-04:00";
  const withUse = (usefulUntil: string, ...packs: readonly RulePack[]) =>
    ask({ at, message: { usefulUntil: Date.parse(usefulUntil) } }, ...packs);
  const pack = packOf([hours()]);
  const late = withUse("2026-05-13T08:59:59-04:00", pack);
  assert.deepEqual(late.kinds, ["outside-hours", "too-late"]);
  assert.equal(late.opens, null);
  assert.equal(withUse("2026-05-13T09:00:00-04:00", pack).opens, "2026-05-13T09:00-04:00");
  assert.deepEqual(withUse("2026-05-12T20:00:00-04:00", packOf([cap()])).kinds, ["too-late"]);
  assert.deepEqual(withUse("2026-05-12T21:00:00-04:00", packOf([cap()])).kinds, []);
});

test("rules that take effect or end while one waits are taken as they will be then", () => {
  const early = hours({ id: "early", effectiveUntil: "2026-06-11" });
  const late = hours({
    id: "late",
    effectiveFrom: "2026-06-11",
    week: { ...hours().week, thu: ["14:00-20:00"] },
  });
  const pack = packOf([early, late], {}, { zone: "America/New_York" });
  assert.equal(ask({ at: "2026-06-10T21:00:00-04:00" }, pack).opens, "2026-06-11T14:00-04:00");
  const ends = packOf([early], {}, { zone: "America/New_York" });
  assert.equal(ask({ at: "2026-06-10T21:00:00-04:00" }, ends).opens, "2026-06-11T00:00-04:00");
});

test("a purchase that lifts a rule today may be too old when the others open", () => {
  const unless = [{ ground: "dealing" as const, dealings: ["purchase" as const], within: "P3M" }];
  const week = { ...hours().week, wed: ["14:00-20:00"] };
  const pack = packOf([hours({ id: "strict", week, unless }), hours({ id: "plain" })]);
  const given = { at: "2026-06-09T21:00:00-04:00" };
  const bought = (at: string) => ({ ...given, standing: [mark("purchase", at)] });
  assert.equal(ask(bought("2026-05-01T12:00:00Z"), pack).opens, "2026-06-10T09:00-04:00");
  assert.equal(ask(bought("2026-03-10T04:00:00Z"), pack).opens, "2026-06-10T14:00-04:00");
  assert.equal(ask(given, pack).opens, "2026-06-10T14:00-04:00", "the control: no purchase");
});

const instants = fc.integer({ min: 0, max: 90 * 24 * 60 }).map((minutes) => minutes * 60_000);
const ZONES = ["America/New_York", "Europe/Paris", "Australia/Lord_Howe", "America/Santiago"];
const CHANNELS = ["sms", "voice", "email"] as const;

test("`notBefore` is in the future, open, and the instant before it is not, whatever has to be waited for", () => {
  const calls: fc.Arbitrary<readonly number[]> = fc.array(instants, { maxLength: 6 });
  const week = { ...hours().week, sat: ["10:00-13:00", "15:00-17:00"], sun: [] };
  let waited = 0;
  fc.assert(
    fc.property(
      fc.record({
        start: fc.constantFrom(
          "2026-02-20T12:00:00Z",
          "2026-10-10T03:20:00Z",
          "2027-03-20T21:00:00Z",
        ),
        zones: fc.subarray(ZONES, { minLength: 1, maxLength: 2 }),
        ago: calls,
        refusedAgo: fc.option(instants),
        suspended: fc.option(fc.tuple(instants, instants)),
        channel: fc.constantFrom(...CHANNELS),
        period: fc.constantFrom(
          { hours: 24 },
          { hours: 100 },
          { calendarDays: 1 },
          { calendarDays: 30 },
        ),
        max: fc.integer({ min: 1, max: 4 }),
        lasts: fc.constantFrom("P60D", "P2M", "PT90H"),
        otherChannelsOnly: fc.boolean(),
        effectiveUntil: fc.constantFrom(null, "2026-03-01", "2026-10-25"),
      }),
      (made) => {
        const at = Date.parse(made.start);
        const facts: Facts = {
          ...factsFor({ at: made.start, zones: made.zones, channel: made.channel }),
          sends: made.ago.map((ago) => ({ ...send(made.start), at: at - ago })),
          standing:
            made.refusedAgo === null
              ? []
              : [mark("refusal", new Date(at - made.refusedAgo).toISOString())],
          suspensions:
            made.suspended === null
              ? []
              : [
                  {
                    ...EMERGENCY,
                    region: "US-FL",
                    from: at - 45 * DAY_MS + made.suspended[0],
                    until: at - 45 * DAY_MS + made.suspended[0] + made.suspended[1],
                  },
                ],
        };
        const { otherChannelsOnly, effectiveUntil } = made;
        const counts = { ...cap().counts, otherChannelsOnly };
        const packs = [
          packOf([
            hours({ week }),
            cap({ period: made.period, max: made.max, counts }),
            coolingOff({ lasts: made.lasts, effectiveUntil }),
            suspension(),
          ]),
        ];
        const timing = timingOf(facts, packs);
        if (timing.reasons.length === 0) return;
        waited += 1;
        assert.ok(isFirstOpening(facts, packs, timing));
        for (const { notBefore } of timing.reasons) {
          assert.ok(notBefore !== undefined && notBefore > at && notBefore <= timing.notBefore!);
        }
      },
    ),
    { numRuns: 400 },
  );
  assert.ok(waited > 200, `only ${waited} of the cases were about waiting`);
});

test("the same holds for the real packs, over two years", () => {
  let waited = 0;
  fc.assert(
    fc.property(arbitraryFacts, (facts) => {
      const timing = timingOf(facts, PACKS);
      if (timing.notBefore === null) return;
      waited += 1;
      assert.ok(isFirstOpening(facts, PACKS, timing));
    }),
    { numRuns: 1000 },
  );
  assert.ok(waited > 100, `only ${waited} of the cases were about waiting`);
});

test("and in every zone there is", () => {
  const people = fc.sample(arbitraryFacts, 3 * Intl.supportedValuesOf("timeZone").length);
  let waited = 0;
  for (const [index, zone] of Intl.supportedValuesOf("timeZone").entries()) {
    for (const person of people.slice(3 * index, 3 * index + 3)) {
      const facts = { ...person, place: { ...person.place, zones: [zone] } };
      const timing = timingOf(facts, PACKS);
      if (timing.notBefore === null) continue;
      waited += 1;
      assert.ok(isFirstOpening(facts, PACKS, timing), `${zone} at ${facts.at}`);
    }
  }
  assert.ok(waited > 100, `only ${waited} of the cases were about waiting`);
});

test("an opening that is a second late or early is noticed", () => {
  const facts = factsFor({ at: "2026-05-12T21:00:00-04:00" });
  const packs = [packOf([hours()])];
  const timing = timingOf(facts, packs);
  const moved = (ms: number) => ({ ...timing, notBefore: timing.notBefore! + ms });
  assert.ok(isFirstOpening(facts, packs, timing));
  assert.ok(!isFirstOpening(facts, packs, moved(1000)));
  assert.ok(!isFirstOpening(facts, packs, moved(-1000)));
});

test("what is said about time is said in Spanish too", () => {
  const facts = factsFor({
    at: "2026-05-12T21:00:00-04:00",
    sends: THREE,
    zones: ["America/New_York"],
  });
  const packs = [packOf([hours(), cap()])];
  const texts = timingOf({ ...facts, language: "es" }, packs).reasons.map(({ text }) => text);
  assert.deepEqual(texts, [
    "En New York el reloj marca 21:00; solo pueden hacerse llamadas de marketing de 09:00 a 20:00.",
    "En las últimas 24 horas se enviaron a esta persona 3 de un máximo de 3 mensajes de este tipo.",
  ]);
});
