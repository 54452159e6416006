/** Hours: open and closed as a plain reading of the rule says, in every zone and on every day. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Facts } from "../../src/rules/facts.ts";
import type { Calendar } from "../../src/rules/pack.ts";
import type { HoursRule } from "../../src/rules/rule-kinds.ts";
import { WEEKDAYS } from "../../src/rules/rule-parts.ts";
import { factsOf } from "./some-facts.ts";
import { hours, kindsOf, packOf, SOURCES, timingOf } from "./some-rules.ts";

const ZONES = Intl.supportedValuesOf("timeZone");
const QUARTER_MS = 15 * 60_000;
const DAY_MS = 86_400_000;
const FROM = Date.parse("2026-01-01T00:00:00Z");
const UNTIL = Date.parse("2028-01-01T00:00:00Z");

function factsIn(zones: readonly string[], at: number): Facts {
  const facts = factsOf();
  return { ...facts, at, place: { ...facts.place, countries: ["XX"], regions: [], zones } };
}

/** The reference: what the wall clock shows, held against the words of the rule. */
function isOpenByTheBook(rule: HoursRule, days: ReadonlySet<string>, zone: string, at: number) {
  const clock = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone);
  const date = clock.toPlainDate();
  const weekday = rule.week[WEEKDAYS[clock.dayOfWeek - 1]!];
  const isHoliday = days.has(date.toString());
  const isEve = days.has(date.add({ days: 1 }).toString());
  let windows = weekday;
  if (weekday.length > 0 && rule.holidays !== null && isHoliday) windows = rule.holidays.windows;
  else if (weekday.length > 0 && rule.eves !== null && isEve && !isHoliday) {
    windows = rule.eves.windows;
  }
  const time = clock.toPlainTime().toString({ smallestUnit: "second" });
  return windows.some((window) => {
    const [from, to] = window.split("-");
    return `${from}:00` <= time && time < `${to}:00`;
  });
}

/** The first open quarter of an hour, looked for one by one: every edge and every offset is on one. */
function scanForOpening(
  rule: HoursRule,
  days: ReadonlySet<string>,
  zones: readonly string[],
  at: number,
) {
  const isOpen = (instant: number) =>
    zones.every((zone) => isOpenByTheBook(rule, days, zone, instant));
  if (isOpen(at)) return at;
  const first = Math.ceil((at + 1) / QUARTER_MS) * QUARTER_MS;
  for (let instant = first; instant <= at + 31 * DAY_MS; instant += QUARTER_MS) {
    if (isOpen(instant)) return instant;
  }
  return null;
}

const HOLIDAYS = new Set(["2026-02-17", "2026-03-08", "2026-10-25", "2026-11-01", "2027-03-28"]);
for (let year = 2026; year <= 2028; year += 1) {
  for (const date of ["01-01", "03-29", "04-03", "05-01", "06-02", "12-25", "12-26"]) {
    HOLIDAYS.add(`${year}-${date}`);
  }
}
const CALENDAR: Calendar = {
  base: null,
  add: [...HOLIDAYS].map((date) => ({ date, name: `Feast of ${date}`, sources: SOURCES })),
  remove: [],
};

/** Windows with edges where clocks jump: at midnight, at one, two and three, and in between. */
const arbitraryDay: fc.Arbitrary<string[]> = fc.oneof(
  fc.constant<string[]>([]),
  fc.constantFrom<string[]>(
    ["09:00-20:00"],
    ["10:00-13:00", "14:00-20:00"],
    ["00:00-24:00"],
    ["00:00-00:30"],
    ["00:30-02:15", "23:30-24:00"],
    ["02:00-02:30"],
    ["01:15-01:45", "03:00-03:15"],
    ["23:00-24:00"],
  ),
);
const arbitraryRule: fc.Arbitrary<HoursRule> = fc
  .record({
    week: fc.tuple(...WEEKDAYS.map(() => arbitraryDay)),
    holidays: fc.option(arbitraryDay),
    eves: fc.option(arbitraryDay),
  })
  .map(({ week, holidays, eves }) => {
    const [mon, tue, wed, thu, fri, sat, sun] = week as string[][];
    const special = (windows: string[] | null) =>
      windows === null ? null : { calendar: "feasts", windows };
    return hours({
      week: { mon: mon!, tue: tue!, wed: wed!, thu: thu!, fri: fri!, sat: sat!, sun: sun! },
      holidays: special(holidays),
      eves: special(eves),
    });
  });

/** Instants over two years, half of them within a day of a change of clocks in the zone. */
function arbitraryInstant(zone: string): fc.Arbitrary<number> {
  const changes: number[] = [];
  let clock = Temporal.Instant.fromEpochMilliseconds(FROM).toZonedDateTimeISO(zone);
  for (;;) {
    const next = clock.getTimeZoneTransition("next");
    if (next === null || next.epochMilliseconds > UNTIL) break;
    changes.push(next.epochMilliseconds);
    clock = next;
  }
  const anywhen = fc
    .integer({ min: FROM / 1000, max: UNTIL / 1000 })
    .map((second) => second * 1000);
  if (changes.length === 0) return anywhen;
  const near = fc
    .tuple(fc.constantFrom(...changes), fc.integer({ min: -86_400, max: 86_400 }))
    .map(([change, second]) => change + second * 1000);
  return fc.oneof(anywhen, near);
}

test("in every zone the opening is the first instant that the wall clock allows", () => {
  const waits: number[] = [];
  for (const zone of ZONES) {
    fc.assert(
      fc.property(arbitraryRule, arbitraryInstant(zone), (rule, at) => {
        const timing = timingOf(factsIn([zone], at), [packOf([rule], { feasts: CALENDAR })]);
        const expected = scanForOpening(rule, HOLIDAYS, [zone], at);
        if (expected === at) assert.deepEqual(timing.reasons, []);
        else assert.equal(timing.notBefore, expected);
        if (timing.notBefore !== null) waits.push(timing.notBefore - at);
      }),
      { numRuns: 3 },
    );
  }
  assert.ok(waits.length > ZONES.length, "the control: most of the cases were about waiting");
});

test("of several zones the opening is the first instant that all of them allow", () => {
  const zones = fc.uniqueArray(fc.constantFrom(...ZONES), { minLength: 2, maxLength: 3 });
  const instants = fc.integer({ min: FROM / QUARTER_MS, max: UNTIL / QUARTER_MS });
  fc.assert(
    fc.property(zones, instants, (some, quarter) => {
      const at = quarter * QUARTER_MS;
      const rule = hours({ holidays: { calendar: "feasts", windows: [] } });
      const timing = timingOf(factsIn(some, at), [packOf([rule], { feasts: CALENDAR })]);
      const expected = scanForOpening(rule, HOLIDAYS, some, at);
      assert.equal(timing.reasons.length === 0 ? at : timing.notBefore, expected);
    }),
    { numRuns: 20 },
  );
});

test("of the many zones of North America too, over the changes of their clocks", () => {
  const american = ZONES.filter(
    (zone) => zone.startsWith("America/") || zone === "Pacific/Honolulu",
  );
  const some = fc.subarray(american, { minLength: 8, maxLength: 24 });
  const near = fc.constantFrom(
    "2026-03-08T12:00:00Z",
    "2026-04-05T03:00:00Z",
    "2026-10-31T20:00:00Z",
  );
  const quarters = fc.integer({ min: -400, max: 400 });
  const week = { ...hours().week, sun: ["13:00-21:00"] };
  fc.assert(
    fc.property(some, near, quarters, (zones, change, quarter) => {
      const at = Date.parse(change) + quarter * QUARTER_MS;
      const rule = hours({ week, holidays: { calendar: "feasts", windows: [] } });
      const facts = factsIn(zones, at);
      const packs = [packOf([rule], { feasts: CALENDAR })];
      const expected = scanForOpening(rule, HOLIDAYS, zones, at);
      for (const instant of [at, at - 1, expected! - 1, at]) {
        const timing = timingOf({ ...facts, at: instant }, packs);
        const wanted = scanForOpening(rule, HOLIDAYS, zones, instant);
        assert.equal(timing.reasons.length === 0 ? instant : timing.notBefore, wanted);
      }
    }),
    { numRuns: 15 },
  );
});

/** What one rule says at a local time, given with its offset. */
function ask(rule: HoursRule, zone: string, at: string, calendar: Calendar = CALENDAR) {
  const facts = factsIn([zone], Date.parse(at));
  const timing = timingOf(facts, [packOf([rule], { feasts: calendar })]);
  const { notBefore } = timing;
  const opens =
    notBefore === null
      ? null
      : Temporal.Instant.fromEpochMilliseconds(notBefore).toZonedDateTimeISO(zone).toString({
          timeZoneName: "never",
          smallestUnit: "minute",
        });
  return { kinds: kindsOf(timing), opens, text: timing.reasons[0]?.text ?? null };
}

test("a window is open from its first second and closed from its last minute on", () => {
  const rule = hours();
  const zone = "Asia/Kolkata";
  assert.deepEqual(ask(rule, zone, "2026-07-08T09:00:00+05:30").kinds, []);
  assert.deepEqual(ask(rule, zone, "2026-07-08T19:59:59+05:30").kinds, []);
  const before = ask(rule, zone, "2026-07-08T08:59:59+05:30");
  assert.deepEqual(before.kinds, ["outside-hours"]);
  assert.equal(before.opens, "2026-07-08T09:00+05:30");
  const after = ask(rule, zone, "2026-07-08T20:00:00+05:30");
  assert.equal(after.opens, "2026-07-09T09:00+05:30");
  assert.equal(
    ask(rule, zone, "2026-07-08T20:12:00+05:30").text,
    "It is 20:12 in Kolkata; marketing texts may be sent from 09:00 to 20:00.",
  );
});

test("a lunch break waits an hour, not a day", () => {
  const day = ["10:00-13:00", "14:00-20:00"];
  const week = { mon: day, tue: day, wed: day, thu: day, fri: day, sat: [], sun: [] };
  const rule = hours({ week });
  assert.equal(
    ask(rule, "Europe/Paris", "2026-06-09T13:00:01+02:00").opens,
    "2026-06-09T14:00+02:00",
  );
  const friday = ask(rule, "Europe/Paris", "2026-06-12T20:00:00+02:00");
  assert.equal(friday.opens, "2026-06-15T10:00+02:00");
  const saturday = ask(rule, "Europe/Paris", "2026-06-13T11:00:00+02:00");
  assert.deepEqual(saturday.kinds, ["banned-day"]);
  assert.equal(
    saturday.text,
    "It is Saturday in Paris; marketing texts may not be sent on that day.",
  );
});

test("the day before a holiday has its own hours, unless it is one itself or closed", () => {
  const work = ["09:00-20:00"];
  const week = {
    mon: work,
    tue: work,
    wed: work,
    thu: work,
    fri: work,
    sat: ["10:00-19:00"],
    sun: [],
  };
  const rule = hours({
    week,
    holidays: { calendar: "feasts", windows: [] },
    eves: { calendar: "feasts", windows: ["10:00-19:00"] },
  });
  const base: Calendar = { base: { country: "IT" }, add: [], remove: [] };
  const rome = (at: string) => ask(rule, "Europe/Rome", at, base);
  const eve = rome("2026-06-01T09:30:00+02:00");
  assert.equal(eve.opens, "2026-06-01T10:00+02:00");
  assert.match(eve.text ?? "", /on the eve of Republic Day/u);
  assert.deepEqual(rome("2026-06-01T10:00:00+02:00").kinds, []);
  assert.equal(rome("2026-12-07T19:30:00+01:00").opens, "2026-12-09T09:00+01:00");
  assert.deepEqual(rome("2026-11-16T09:00:00+01:00").kinds, [], "the control: a plain Monday");
  assert.deepEqual(rome("2026-12-25T11:00:00+01:00").kinds, ["banned-day"], "a holiday and an eve");
  assert.deepEqual(rome("2026-05-31T11:00:00+02:00").kinds, ["banned-day"], "a Sunday is closed");
  assert.equal(
    rome("2026-06-02T11:00:00+02:00").text,
    "It is Republic Day (2026-06-02) in Rome; marketing texts may not be sent on holidays.",
  );
});

test("a holiday may have hours of its own", () => {
  const rule = hours({ holidays: { calendar: "feasts", windows: ["13:00-21:00"] } });
  const feast = ask(rule, "America/Chicago", "2026-05-01T10:00:00-05:00");
  assert.equal(feast.opens, "2026-05-01T13:00-05:00");
  assert.match(feast.text ?? "", /on holidays marketing texts may be sent from 13:00 to 21:00/u);
});

test("a rule with a zone of its own goes by that clock, wherever the person is", () => {
  const fixed = hours({ zone: "America/Chicago", week: hours().week });
  const at = "2026-05-20T08:30:00-04:00";
  assert.equal(ask(fixed, "America/New_York", at).opens, "2026-05-20T10:00-04:00");
  assert.equal(ask(hours(), "America/New_York", at).opens, "2026-05-20T09:00-04:00");
  const nowhere = timingOf(factsIn([], Date.parse(at)), [packOf([fixed])]);
  assert.deepEqual(kindsOf(nowhere), ["outside-hours"], "no zone of the person is needed");
});

test("where the clock is set back into a window, it opens at the change", () => {
  // In New York the second 01:00 of 1 November 2026 is an hour after the first.
  const night = hours({ week: { ...hours().week, sun: ["00:15-01:30"] } });
  const zone = "America/New_York";
  assert.deepEqual(ask(night, zone, "2026-11-01T01:29:59-04:00").kinds, []);
  assert.equal(ask(night, zone, "2026-11-01T01:45:00-04:00").opens, "2026-11-01T01:00-05:00");
  assert.equal(ask(night, zone, "2026-10-25T01:45:00-04:00").opens, "2026-10-26T09:00-04:00");
});

test("where the clock jumps over an opening, it opens after the jump, and a window in the gap never", () => {
  const zone = "America/New_York";
  const over = hours({ week: { ...hours().week, sun: ["02:30-12:00"] } });
  assert.equal(ask(over, zone, "2026-03-08T01:59:00-05:00").opens, "2026-03-08T03:00-04:00");
  const inside = hours({ week: { ...hours().week, sun: ["02:15-02:45"] } });
  assert.equal(ask(inside, zone, "2026-03-08T01:59:00-05:00").opens, "2026-03-09T09:00-04:00");
  assert.equal(ask(inside, zone, "2026-03-15T01:59:00-04:00").opens, "2026-03-15T02:15-04:00");
});

test("without a zone, or where nothing is ever open, nothing is allowed", () => {
  const at = Date.parse("2026-06-10T12:00:00Z");
  const none = timingOf(factsIn([], at), [packOf([hours()])]);
  assert.deepEqual(kindsOf(none), ["zone-unknown"]);
  assert.equal(none.reasons[0]!.answer, "unknown");
  const short = hours({
    week: { ...hours().week, wed: ["09:00-10:00"], thu: [], fri: [], sat: [] },
  });
  const two = ["Pacific/Kiritimati", "Pacific/Niue"];
  const apart = { ...short, week: { ...short.week, mon: [], tue: [], sun: [] } };
  const never = timingOf(factsIn(two, at), [packOf([apart])]);
  assert.deepEqual(kindsOf(never), ["banned-day", "zone-unknown"]);
  assert.equal(never.notBefore, null);
});

test("a holiday that cannot be looked up is no open day, and a bad zone no error", () => {
  const calendar: Calendar = { base: "country-of-address", add: [], remove: [] };
  const rule = hours({ holidays: { calendar: "feasts", windows: [] } });
  const failed = ask(rule, "Asia/Kathmandu", "2026-06-09T12:00:00+05:45", calendar);
  assert.deepEqual(failed.kinds, ["rule-failed"]);
  const bad = timingOf(factsIn(["Asia/Kathmandu"], FROM), [packOf([hours({ zone: "No/Where" })])]);
  assert.deepEqual(kindsOf(bad), ["rule-failed"]);
});
