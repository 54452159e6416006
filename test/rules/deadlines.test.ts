/** Deadlines: counted as a naive reference counts them, and never later where something is unknown. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { placeOf } from "../../src/address/place-of.ts";
import type { Place } from "../../src/domain/place.ts";
import { plainStopScopes, type Scope } from "../../src/domain/scope.ts";
import type { AddressKey, Channel } from "../../src/domain/words.ts";
import { deadlinesOf, MOMENT_MS } from "../../src/rules/deadlines.ts";
import type { Calendar } from "../../src/rules/pack.ts";
import type { DeadlineRule } from "../../src/rules/rule-kinds.ts";
import { PACKS } from "./load-packs.ts";
import { packOf, SOURCES } from "./some-rules.ts";

const at = (text: string) => Date.parse(text);
const SHARE: Scope = { sender: "acme", channel: "all", program: "all", class: "all", use: "share" };

/** What somebody at an address who says STOP by the first channel has coming, by rule. */
function dueFor(address: string, asked: string, more: readonly Scope[] = []) {
  const channels: readonly Channel[] = address.startsWith("+") ? ["sms", "voice"] : ["email"];
  const found = deadlinesOf(PACKS, placeOf(address as AddressKey), {
    at: at(asked),
    scopes: [...plainStopScopes("acme", channels[0]!), ...more],
    channels,
  });
  return new Map(found.map((one) => [one.rule.replace(/@.*/u, ""), one]));
}

function deadline(changes: Partial<DeadlineRule>): DeadlineRule {
  return {
    ...{ id: "deadline", kind: "deadline", title: "A deadline", about: "opt-out" },
    appliesTo: { channels: ["sms", "voice", "email"], classes: ["marketing"] },
    ...{ basis: "law", status: "in-force", citation: "§ 1", sources: SOURCES },
    ...{ reviewed: "2026-11-21", effectiveFrom: "2000-01-01", effectiveUntil: null },
    within: { immediately: true },
    ...changes,
  };
}

const NOWHERE: Place = { countries: [], regions: [], zones: [], numberType: "unknown" };

function dueIn(
  rule: DeadlineRule,
  asked: number,
  parts: { zone?: string; calendars?: Record<string, Calendar>; place?: Place } = {},
) {
  const pack = packOf([rule], parts.calendars ?? {}, { zone: parts.zone ?? "UTC" });
  const request = { at: asked, scopes: plainStopScopes("acme", "sms"), channels: ["sms"] as const };
  return deadlinesOf([pack], parts.place ?? NOWHERE, request)[0];
}

/** Day by day with `Temporal`: business days after the day of the request, to the end of the last. */
function naiveEnd(
  asked: number,
  zone: string,
  count: number,
  weekend: readonly number[],
  holidays: ReadonlySet<string>,
): number {
  let day = Temporal.Instant.fromEpochMilliseconds(asked).toZonedDateTimeISO(zone).toPlainDate();
  for (let left = count; left > 0; ) {
    day = day.add({ days: 1 });
    if (!weekend.includes(day.dayOfWeek) && !holidays.has(day.toString())) left -= 1;
  }
  return day.add({ days: 1 }).toZonedDateTime(zone).epochMilliseconds - 1;
}

const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
const ZONES = ["UTC", "America/New_York", "Asia/Dhaka", "Australia/Sydney", "America/El_Salvador"];

/** Counts the holidays, or not. */
function agrees(withHolidays: boolean): void {
  const dates = fc
    .integer({ min: 0, max: 400 })
    .map((days) => Temporal.PlainDate.from("2026-01-01").add({ days }).toString());
  fc.assert(
    fc.property(
      fc.integer({ min: at("2026-01-01"), max: at("2027-01-01") }),
      fc.constantFrom(...ZONES),
      fc.integer({ min: 1, max: 25 }),
      fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { maxLength: 3 }),
      fc.uniqueArray(dates, { maxLength: 30 }),
      (asked, zone, businessDays, weekend, holidays) => {
        const add = holidays.map((date) => ({ date, name: `Day ${date}`, sources: SOURCES }));
        const rule = deadline({
          within: { businessDays, weekend: weekend.map((day) => DAYS[day - 1]!), calendar: "own" },
        });
        const calendars = { own: { base: null, add, remove: [] } };
        const counted = new Set(withHolidays ? holidays : []);
        const expected = naiveEnd(asked, zone, businessDays, weekend, counted);
        assert.equal(dueIn(rule, asked, { zone, calendars })?.dueAt, expected);
      },
    ),
    { numRuns: 150, seed: 41 },
  );
}

test("business days are counted as a naive reference counts them, in any zone", () => {
  agrees(true);
});

test("control: a reference that forgets holidays disagrees", () => {
  assert.throws(() => agrees(false));
});

test("the FCC's 10 business days run over Thanksgiving", () => {
  const due = dueFor("+12125550101", "2026-11-20T17:00:00Z").get("us/stop-deadline");
  assert.equal(due?.dueOn, "2026-12-07");
  assert.equal(due.dueAt, at("2026-12-08T05:00:00Z") - 1);
  assert.equal(due.words, "within 10 business days, by the end of 2026-12-07 (New York)");
  assert.equal(due.place, "United States, federal");
  // The day of the request is New York's: it is still the 19th there, and one day less is left.
  const evening = dueFor("+12125550101", "2026-11-20T04:00:00Z").get("us/stop-deadline");
  assert.equal(evening?.dueOn, "2026-12-04");
});

test("rules in force when they asked count: 30 days until April 2025, then 10 business days", () => {
  const before = dueFor("+12125550101", "2025-04-10T12:00:00Z");
  assert.deepEqual([...before.keys()].sort(), [
    "us/confirmation-deadline",
    "us/stop-deadline-30-days",
  ]);
  const after = dueFor("+12125550101", "2025-04-11T12:00:00Z");
  assert.deepEqual([...after.keys()].sort(), ["us/confirmation-deadline", "us/stop-deadline"]);
});

test("places with deadlines of their own have them beside the country's", () => {
  const florida = dueFor("+13055550123", "2026-11-20T17:00:00Z");
  assert.equal(florida.get("us-fl/stop-deadline")?.dueAt, at("2026-12-05T17:00:00Z"));
  assert.equal(florida.has("us/stop-deadline"), true);
  assert.equal(dueFor("+12125550101", "2026-11-20T17:00:00Z").has("us-fl/stop-deadline"), false);
});

test("El Salvador has 20 business days, and Australia five working days without its holidays", () => {
  const sv = dueFor("+50370123456", "2026-11-20T17:00:00Z").get("sv/opt-out-deadline");
  assert.equal(sv?.dueOn, "2026-12-18");
  // 25 and 28 December (Boxing Day moves from the Saturday) and 1 January are none.
  const au = dueFor("+61412345678", "2026-12-22T00:00:00Z").get("au/message-deadline");
  assert.equal(au?.dueOn, "2026-12-31");
});

test("a weekend of Friday and Saturday is none of the business days", () => {
  const within = { businessDays: 3, weekend: ["fri" as const, "sat" as const], calendar: null };
  const due = dueIn(deadline({ within }), at("2026-11-18T12:00:00Z"), { zone: "Asia/Dhaka" });
  // Wednesday: Thursday, Sunday, Monday.
  assert.equal(due?.dueOn, "2026-11-23");
});

test("what is due at once is due when they asked, and overdue a moment later", () => {
  const due = dueFor("+8801712345678", "2026-11-20T17:00:00Z").get("bd/opt-out-deadline");
  assert.equal(due?.dueAt, at("2026-11-20T17:00:00Z"));
  assert.equal(due.overdueAfter, due.dueAt + MOMENT_MS);
  assert.equal(due.words, "at once");
});

test("months and days go by the calendar of the pack's zone, over a clock change", () => {
  const month = deadline({ within: { duration: "P1M" } });
  const zone = "Europe/Brussels";
  assert.equal(
    dueIn(month, at("2026-01-31T12:00:00Z"), { zone })?.dueAt,
    at("2026-02-28T12:00:00Z"),
  );
  const days = deadline({ within: { duration: "P2D" } });
  assert.equal(
    dueIn(days, at("2026-10-24T12:00:00Z"), { zone })?.dueAt,
    at("2026-10-26T13:00:00Z"),
  );
});

test("an opt-out of sharing has the deadlines of sharing, one of contact has not", () => {
  const asked = "2026-11-20T17:00:00Z";
  assert.equal(dueFor("+14155550123", asked).has("us-ca/sharing-deadline"), false);
  const shared = dueFor("+14155550123", asked, [SHARE]).get("us-ca/sharing-deadline");
  assert.equal(shared?.about, "sharing");
});

test("an address whose country nobody knows has the default's deadline: at once", () => {
  const due = dueFor("ana@example.com", "2026-11-20T17:00:00Z");
  assert.equal(due.get("default/opt-out-deadline")?.words, "at once");
  assert.equal(due.get("mailbox/gmail-deadline")?.dueAt, at("2026-11-22T17:00:00Z"));
});

test("a holiday of some regions gives more time only to those who are there for sure", () => {
  const within = { businessDays: 1, weekend: [], calendar: "own" };
  const date = { date: "2026-11-20", name: "Day of the town", sources: SOURCES };
  const calendars = { own: { base: null, add: [{ ...date, regions: ["SV-SS"] }], remove: [] } };
  const dueOn = (regions: readonly string[]) => {
    const place = { ...NOWHERE, countries: ["SV"], regions };
    return dueIn(deadline({ within }), at("2026-11-19T12:00:00Z"), { calendars, place })?.dueOn;
  };
  assert.equal(dueOn(["SV-SS"]), "2026-11-21");
  assert.equal(dueOn([]), "2026-11-20");
  assert.equal(dueOn(["SV-SS", "SV-SA"]), "2026-11-20");
  const county = { own: { base: null, add: [{ ...date, counties: ["Baldwin"] }], remove: [] } };
  assert.equal(
    dueIn(deadline({ within }), at("2026-11-19T12:00:00Z"), { calendars: county })?.dueOn,
    "2026-11-20",
  );
});

test("a calendar that goes by the address gives nobody more time whose country is not known", () => {
  const within = { businessDays: 1, weekend: [], calendar: "own" };
  const calendars = { own: { base: "country-of-address" as const, add: [], remove: [] } };
  const dueOn = (countries: readonly string[]) =>
    dueIn(deadline({ within }), at("2026-12-24T12:00:00Z"), {
      calendars,
      place: { ...NOWHERE, countries },
    })?.dueOn;
  assert.equal(dueOn(["FR"]), "2026-12-26");
  assert.equal(dueOn([]), "2026-12-25");
});
