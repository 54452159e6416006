/** Holidays: the base data as civil dates, corrected by the pack. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { findHoliday, hasHolidays } from "../../src/rules/holidays.ts";
import { epochDayOf } from "../../src/rules/local-clock.ts";
import type { Calendar } from "../../src/rules/pack.ts";

const SOURCES = [{ title: "A proclamation", grade: "primary" as const }];
const BASE: Calendar = { base: "country-of-address", add: [], remove: [] };

function name(date: string, country: string, calendar: Calendar = BASE): string | null {
  return findHoliday(calendar, country, epochDayOf(date));
}

test("a holiday is that of the address's own country", () => {
  assert.equal(name("2026-05-25", "FR"), "Whit Monday");
  assert.equal(name("2026-05-26", "FR"), null);
  assert.notEqual(name("2026-05-22", "MQ"), null);
  assert.equal(name("2026-05-22", "FR"), null);
});

test("a holiday of several days closes each of them", () => {
  for (const date of ["2026-03-20", "2026-03-21", "2026-03-22"]) {
    assert.notEqual(name(date, "BD"), null, date);
  }
  assert.equal(name("2026-03-23", "BD"), null);
});

test("a pack adds days that the base misses and removes those that are none", () => {
  const remove = [{ date: "08-15", name: "National Mourning Day", sources: SOURCES }];
  const add = [{ date: "2026-06-10", name: "Election day", sources: SOURCES }];
  const calendar: Calendar = { ...BASE, add, remove };
  assert.notEqual(name("2026-08-15", "BD"), null);
  assert.equal(name("2026-08-15", "BD", calendar), null);
  assert.equal(name("2027-08-15", "BD", calendar), null);
  assert.equal(name("2026-06-10", "BD", calendar), "Election day");
  assert.equal(name("2027-06-10", "BD", calendar), null);
});

test("a country whose holidays are not known is a failure, not an open day", () => {
  assert.equal(hasHolidays("NP"), false);
  assert.throws(() => name("2026-06-09", "NP"), { name: "RuleFailure" });
  assert.throws(() => findHoliday(BASE, null, 20_000), { name: "RuleFailure" });
});
