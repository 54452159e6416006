/** Whether two zones show the same time, for the scripts that make the tables of zones. */

const clocks = new Map<string, string>();

/** What the clock of a zone shows at every change of it from 2015 to 2037. */
export function clockOf(zone: string): string {
  const known = clocks.get(zone) ?? readClock(zone);
  clocks.set(zone, known);
  return known;
}

function readClock(zone: string): string {
  const end = Temporal.Instant.from("2037-12-31T00:00:00Z");
  let now: Temporal.ZonedDateTime | null =
    Temporal.Instant.from("2015-01-01T00:00:00Z").toZonedDateTimeISO(zone);
  const readings: string[] = [];
  while (now !== null && Temporal.Instant.compare(now.toInstant(), end) < 0) {
    readings.push(`${readings.length === 0 ? "" : now.epochMilliseconds} ${now.offset}`);
    now = now.getTimeZoneTransition("next");
  }
  return readings.join();
}
