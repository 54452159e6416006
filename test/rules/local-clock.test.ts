/** Clocks on the wall: the same readings as Temporal, and the instants at which they are shown. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  epochDayOf,
  instantsOf,
  isoDateOf,
  readClock,
  weekdayOf,
} from "../../src/rules/local-clock.ts";

const ZONES = Intl.supportedValuesOf("timeZone");
const MINUTE_MS = 60_000;

test("a clock reads as Temporal's does, in every zone", () => {
  const seconds = fc.integer({
    min: Date.parse("2015-01-01T00:00:00Z") / 1000,
    max: Date.parse("2035-01-01T00:00:00Z") / 1000,
  });
  fc.assert(
    fc.property(fc.constantFrom(...ZONES), seconds, (zone, second) => {
      const at = second * 1000;
      const clock = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone);
      const { epochDay, ofDayMs } = readClock(zone, at);
      assert.equal(isoDateOf(epochDay), clock.toPlainDate().toString());
      assert.equal(weekdayOf(epochDay), clock.dayOfWeek - 1);
      const time = clock.toPlainTime();
      assert.equal(ofDayMs, ((time.hour * 60 + time.minute) * 60 + time.second) * 1000);
    }),
    { numRuns: 3000 },
  );
});

function shownAt(zone: string, date: string, time: string): string[] {
  const [hours, minutes] = time.split(":").map(Number);
  const reading = { epochDay: epochDayOf(date), ofDayMs: (hours! * 60 + minutes!) * MINUTE_MS };
  return instantsOf(zone, reading).map((at) => new Date(at).toISOString().slice(0, 16));
}

test("a time is shown once on most days", () => {
  assert.deepEqual(shownAt("Europe/Paris", "2026-06-10", "08:00"), ["2026-06-10T06:00"]);
  assert.deepEqual(shownAt("America/New_York", "2026-03-08", "08:00"), ["2026-03-08T12:00"]);
});

test("a time that the clock is set back over is shown twice", () => {
  assert.deepEqual(shownAt("America/New_York", "2026-11-01", "01:30"), [
    "2026-11-01T05:30",
    "2026-11-01T06:30",
  ]);
  assert.deepEqual(shownAt("Australia/Lord_Howe", "2027-04-04", "01:45"), [
    "2027-04-03T14:45",
    "2027-04-03T15:15",
  ]);
});

test("a time that the clock jumps over begins when the jump is made, also at midnight", () => {
  assert.deepEqual(shownAt("America/New_York", "2026-03-08", "02:30"), ["2026-03-08T07:00"]);
  assert.deepEqual(shownAt("Asia/Beirut", "2026-03-29", "00:00"), ["2026-03-28T22:00"]);
});
