/** Days written as rules: the grammar that is taken, what is refused, and the dates they give. */
import assert from "node:assert/strict";
import { test } from "node:test";
import Holidays from "date-holidays";
import { daysOfRule, isHolidayRule } from "../../src/rules/holiday-rule.ts";
import { isoDateOf } from "../../src/rules/local-clock.ts";

function datesOf(text: string, year: number): readonly string[] {
  return [...daysOfRule(text, year)].map(isoDateOf).sort();
}

const TAKEN = [
  "2026-03-17",
  "01-06",
  "02-29",
  "easter",
  "easter -47",
  "easter 60",
  "orthodox -2",
  "November",
  "4th thursday in November",
  "friday after 4th thursday in November",
  "monday before 06-01",
  "2nd monday in August",
  "07-04 and if sunday then next monday if saturday then previous friday",
  "substitutes 12-25 if saturday, sunday then next monday",
  "1 Shawwal",
  "10 Dhu al-Hijjah P3D",
  "15 Nisan",
  "chinese 01-0-01",
  "chinese 5-01 solarterm",
  "08-06 P2D",
  "01-20 every 4 years since 1937",
  "11-03 in even years",
  "06-19 since 2021",
  "08-15 prior to 2024",
  "05-01 not on sunday",
];

const REFUSED = [
  "",
  " ",
  "02-30",
  "13-01",
  "2026-02-29",
  "2026-13-01",
  "1-6",
  "easter banana",
  "easter -47 and some more",
  "first monday in May",
  "4th thursday in Novembre",
  "6th monday in May",
  "02-29 and if sunday then next monday",
  "02-30 if sunday then next monday",
  "07-04 if sunday then",
  "if sunday then next monday",
  "in even years",
  "12-24 14:00",
  "12-31 is public holiday",
  "31 Shawwal",
  " 07-04",
  "07-04 ",
  "07-04\n",
];

test("rules of whole civil days are taken, and the library reads each of them", () => {
  for (const text of TAKEN) {
    assert.ok(isHolidayRule(text), text);
    const years = [2024, 2025, 2026, 2027, 2028];
    const days = years.flatMap((year) => [...daysOfRule(text, year)]);
    assert.notEqual(days.length, text === "08-15 prior to 2024" ? -1 : 0, text);
  }
});

test("what names no day of a calendar is refused, even where the library would take it", () => {
  for (const text of REFUSED) {
    assert.ok(!isHolidayRule(text), JSON.stringify(text));
    assert.throws(() => daysOfRule(text, 2026), { name: "RuleFailure" });
  }
  // The control: the library takes 30 February for 2 March.
  const library = new Holidays({ types: ["public"] });
  assert.ok(library.setHoliday("02-30", { name: "x", type: "public" }));
  assert.match(library.getHolidays(2026)[0]!.date, /^2026-03-02/u);
});

test("the dates are those of the calendar", () => {
  assert.deepEqual(datesOf("easter -47", 2026), ["2026-02-17"]);
  assert.deepEqual(datesOf("easter -47", 2027), ["2027-02-09"]);
  assert.deepEqual(datesOf("friday after 4th thursday in November", 2026), ["2026-11-27"]);
  assert.deepEqual(datesOf("monday before 06-01", 2026), ["2026-05-25"]);
  assert.deepEqual(datesOf("02-29", 2027), []);
  assert.deepEqual(datesOf("02-29", 2028), ["2028-02-29"]);
  assert.deepEqual(datesOf("2026-03-17", 2026), ["2026-03-17"]);
  assert.deepEqual(datesOf("2026-03-17", 2027), []);
  assert.deepEqual(datesOf("08-06 P2D", 2026), ["2026-08-06", "2026-08-07"]);
});

test("an observed day is a day too, also when it falls into the year before", () => {
  const observed = "and if sunday then next monday if saturday then previous friday";
  assert.deepEqual(datesOf(`07-04 ${observed}`, 2026), ["2026-07-03", "2026-07-04"]);
  assert.deepEqual(datesOf(`07-04 ${observed}`, 2027), ["2027-07-04", "2027-07-05"]);
  assert.deepEqual(datesOf(`07-04 ${observed}`, 2025), ["2025-07-04"]);
  assert.deepEqual(datesOf(`01-01 ${observed}`, 2027), ["2027-01-01", "2027-12-31"]);
  assert.deepEqual(datesOf(`01-01 ${observed}`, 2028), ["2028-01-01"]);
});
