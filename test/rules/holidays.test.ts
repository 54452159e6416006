/** Holidays: the base data as civil dates, corrected by the pack, where somebody may be. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { findHoliday, hasHolidays, planCalendar } from "../../src/rules/holidays.ts";
import { epochDayOf } from "../../src/rules/local-clock.ts";
import type { Calendar } from "../../src/rules/pack.ts";
import { SOURCES } from "./some-rules.ts";

type Day = Calendar["add"][number];

interface Where {
  readonly countries?: readonly string[];
  readonly regions?: readonly string[];
  readonly county?: string | null;
}

function calendarOf(base: Calendar["base"], changes: Partial<Calendar> = {}): Calendar {
  return { base, add: [], remove: [], ...changes };
}

function day(date: string, changes: Partial<Day> = {}): Day {
  return { date, name: `Day ${date}`, sources: SOURCES, ...changes };
}

function nameOf(date: string, calendar: Calendar, where: Where): string | null {
  const { countries = [], regions = [], county = null } = where;
  const place = { countries, regions };
  return findHoliday(planCalendar(calendar), place, county, epochDayOf(date))?.name ?? null;
}

/** Whether each date is a holiday, for tables that are easy to check against a calendar. */
function closed(dates: readonly string[], calendar: Calendar, where: Where): readonly boolean[] {
  return dates.map((date) => nameOf(date, calendar, where) !== null);
}

const OF_COUNTRY = calendarOf("country-of-address");
const OF_REGION = calendarOf("region-of-address");

test("a holiday is that of the address's own country", () => {
  const ask = (date: string, country: string) => nameOf(date, OF_COUNTRY, { countries: [country] });
  assert.equal(ask("2026-05-25", "FR"), "Whit Monday");
  assert.equal(ask("2026-05-26", "FR"), null);
  assert.notEqual(ask("2026-05-22", "MQ"), null);
  assert.equal(ask("2026-05-22", "FR"), null);
  const both = { countries: ["FR", "MQ"] };
  assert.notEqual(nameOf("2026-05-22", OF_COUNTRY, both), null, "of several, each counts");
});

test("a holiday of several days closes each of them", () => {
  const days = ["2026-03-20", "2026-03-21", "2026-03-22", "2026-03-23"];
  assert.deepEqual(closed(days, OF_COUNTRY, { countries: ["BD"] }), [true, true, true, false]);
});

test("a pack adds days that the base misses and removes those that are none", () => {
  const corrected = calendarOf("country-of-address", {
    remove: [day("08-15", { name: "National Mourning Day" }), day("03-17")],
    add: [day("2026-06-10", { name: "Election day" })],
  });
  const BD = { countries: ["BD"] };
  const days = ["2026-08-15", "2027-08-15", "2026-03-17", "2026-06-10", "2027-06-10"];
  assert.deepEqual(closed(days, OF_COUNTRY, BD), [true, true, true, false, false]);
  assert.deepEqual(closed(days, corrected, BD), [false, false, false, true, false]);
  assert.equal(nameOf("2026-06-10", corrected, BD), "Election day");
});

test("a day that is taken out leaves another holiday that falls on it", () => {
  // On 1 May 2008 France had Labour Day and Ascension Day, in other years the one without the other.
  const remove = [day("05-01", { name: "Labour Day" })];
  const removed = calendarOf({ country: "FR" }, { remove });
  assert.equal(nameOf("2008-05-01", removed, {}), "Ascension Day");
  assert.equal(nameOf("2009-05-01", removed, {}), null);
  const base = closed(["2008-05-01", "2009-05-01"], calendarOf({ country: "FR" }), {});
  assert.deepEqual(base, [true, true], "the control: the base");
});

test("federal holidays of the US are closed on the day and on the day they are observed", () => {
  const federal = calendarOf({ country: "US" });
  const july = ["2026-07-02", "2026-07-03", "2026-07-04", "2026-07-05", "2026-07-06"];
  assert.deepEqual(closed(july, federal, {}), [false, true, true, false, false]);
  const july27 = ["2027-07-02", "2027-07-03", "2027-07-04", "2027-07-05", "2027-07-06"];
  assert.deepEqual(closed(july27, federal, {}), [false, false, true, true, false]);
  const newYear = ["2027-12-30", "2027-12-31", "2028-01-01", "2028-01-03"];
  assert.deepEqual(closed(newYear, federal, {}), [false, true, true, false]);
  const movable = ["2026-01-19", "2026-02-16", "2026-05-25", "2026-09-07", "2026-11-26"];
  assert.deepEqual(closed(movable, federal, {}), [true, true, true, true, true]);
});

test("Victory Day is a holiday of Rhode Island and of no other state", () => {
  const days = ["2026-08-10", "2027-08-09", "2026-08-11"];
  const inState = (state: string) => closed(days, calendarOf({ country: "US", state }), {});
  assert.deepEqual(inState("RI"), [true, true, false]);
  assert.deepEqual(inState("CT"), [false, false, false]);
});

test("Louisiana closes on Mardi Gras and on the day after Thanksgiving, by its own list", () => {
  const add = [day("easter -47"), day("friday after 4th thursday in November")];
  const louisiana = calendarOf({ country: "US", state: "LA" }, { add });
  const days = ["2026-02-17", "2026-11-27", "2027-02-09", "2027-11-26", "2026-11-28"];
  assert.deepEqual(closed(days, louisiana, {}), [true, true, true, true, false]);
});

test("Mardi Gras closes two counties of Alabama, and those that are not known", () => {
  const counties = ["Baldwin", "Mobile"];
  const mardiGras = day("easter -47", { regions: ["US-AL"], counties });
  const alabama = calendarOf({ country: "US", state: "AL" }, { add: [mardiGras] });
  const where = { countries: ["US"], regions: ["US-AL"] };
  const ask = (county: string | null, other: Where = where) =>
    nameOf("2026-02-17", alabama, { ...other, county }) !== null;
  assert.ok(ask("Baldwin"));
  assert.ok(ask("mobile county"));
  assert.ok(ask(null), "an unknown county counts");
  assert.ok(!ask("Jefferson"), "the control: another county");
  assert.ok(!ask("Mobile", { countries: ["US"], regions: ["US-GA"] }), "another state");
  assert.ok(ask("Mobile", { countries: ["US"], regions: [] }), "an unknown state counts");
});

test("Spain goes by region: one that is known, one of several, or all", () => {
  const madrid = "2026-05-02";
  const catalonia = "2026-06-24";
  const everywhere = "2026-10-12";
  const plain = "2026-06-23";
  const days = [madrid, catalonia, everywhere, plain];
  const ask = (regions: readonly string[]) =>
    closed(days, OF_REGION, { countries: ["ES"], regions });
  assert.deepEqual(ask(["ES-CT"]), [false, true, true, false]);
  assert.deepEqual(ask(["ES-MD"]), [true, false, true, false]);
  assert.deepEqual(ask(["ES-CT", "ES-MD"]), [true, true, true, false]);
  assert.deepEqual(ask([]), [true, true, true, false]);
  assert.deepEqual(ask(["ES-B"]), [false, true, true, false], "a province is of its community");
  assert.deepEqual(ask(["ES-XX"]), [true, true, true, false], "an unknown one is any of them");
  const national = closed(days, OF_COUNTRY, { countries: ["ES"], regions: ["ES-CT"] });
  assert.deepEqual(national, [false, false, true, false], "the control: the national days alone");
});

test("a country without regions in the data has its national days", () => {
  const ask = (date: string) => nameOf(date, OF_REGION, { countries: ["PT"], regions: ["PT-11"] });
  assert.notEqual(ask("2026-06-10"), null);
  assert.equal(ask("2026-06-11"), null);
});

test("France beyond the mainland, and the departments with days of their own", () => {
  const days = ["2026-04-03", "2026-12-20", "2026-07-14"];
  const ask = (regions: readonly string[]) =>
    closed(days, OF_REGION, { countries: ["FR"], regions });
  assert.deepEqual(ask(["FR-75"]), [false, false, true]);
  assert.deepEqual(ask(["FR-67"]), [true, false, true]);
  assert.deepEqual(ask(["FR-974"]), [false, true, true]);
  assert.deepEqual(ask(["FR-GES"]), [true, false, true]);
  assert.deepEqual(ask([]), [true, true, true]);
});

test("El Salvador: days that the base calls no holidays, and two of its capital", () => {
  const capital = { regions: ["SV-SS"] };
  const add = [
    day("01-01"),
    day("05-10"),
    day("06-17"),
    day("08-03", capital),
    day("08-05", capital),
  ];
  const salvador = calendarOf({ country: "SV" }, { add });
  const days = ["2026-01-01", "2026-05-10", "2026-06-17", "2026-08-03", "2026-08-05", "2026-08-06"];
  const ask = (regions: readonly string[]) =>
    closed(days, salvador, { countries: ["SV"], regions });
  assert.deepEqual(ask(["SV-SS"]), [true, true, true, true, true, true]);
  assert.deepEqual(ask(["SV-SM"]), [true, true, true, false, false, true]);
  assert.deepEqual(ask([]), [true, true, true, true, true, true], "an unknown region counts");
  const base = closed(days, calendarOf({ country: "SV" }), {});
  assert.deepEqual(base, [false, false, false, false, false, true], "the control: the base alone");
});

test("Australia counts the national days only, so Easter Saturday is open", () => {
  const remove = [day("easter -1", { name: "Easter Saturday" })];
  const national = calendarOf({ country: "AU" }, { remove });
  const days = ["2026-04-03", "2026-04-04", "2026-04-06", "2026-04-25", "2026-06-08"];
  assert.deepEqual(closed(days, national, {}), [true, false, true, true, false]);
  const withBase = closed(days, calendarOf({ country: "AU" }), {});
  assert.deepEqual(withBase, [true, true, true, true, false], "the control: the base");
});

test("a day is taken out only where somebody is for sure, and added where they may be", () => {
  const remove = [day("10-12", { regions: ["US-AL"] })];
  const calendar = calendarOf({ country: "US" }, { remove });
  const ask = (regions: readonly string[]) =>
    nameOf("2026-10-12", calendar, { countries: ["US"], regions }) !== null;
  assert.ok(!ask(["US-AL"]));
  assert.ok(ask(["US-AL", "US-GA"]));
  assert.ok(ask([]));
});

test("a day counts from its first date on, and not from its last", () => {
  const calendar = calendarOf(null, {
    add: [day("06-19", { from: "2026-01-01", until: "2027-06-19" })],
  });
  assert.deepEqual(closed(["2025-06-19", "2026-06-19", "2027-06-19"], calendar, {}), [
    false,
    true,
    false,
  ]);
});

test("a country whose holidays are not known is a failure, not an open day", () => {
  assert.equal(hasHolidays("NP"), false);
  assert.equal(hasHolidays("US", "RI"), true);
  assert.equal(hasHolidays("US", "XX"), false);
  for (const calendar of [OF_COUNTRY, OF_REGION]) {
    assert.throws(() => nameOf("2026-06-09", calendar, { countries: ["NP"] }), {
      name: "RuleFailure",
    });
    assert.throws(() => nameOf("2026-06-09", calendar, {}), { name: "RuleFailure" });
    const some = { countries: ["FR", "NP"] };
    assert.throws(() => nameOf("2026-06-09", calendar, some), { name: "RuleFailure" });
  }
});
