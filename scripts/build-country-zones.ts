/**
 * Writes src/address/country-zones.json: every time zone of every country, from tzdata's zone.tab
 * and iso3166.tab (both in the public domain). Of zones that have shown the same clock since 2015
 * only one is kept, because rules are asked about the present and the years before and after it.
 * Run it after tzdata has changed: `node scripts/build-country-zones.ts [folder of zone.tab]`.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { clockOf } from "./zone-clock.ts";

const folder = process.argv[2] ?? "/usr/share/zoneinfo";

/** Codes that ISO leaves to users and that phone numbers have: Ascension, Tristan da Cunha, Kosovo. */
const NOT_IN_ISO: Readonly<Record<string, readonly string[]>> = {
  AC: ["Atlantic/St_Helena"],
  TA: ["Atlantic/St_Helena"],
  XK: ["Europe/Belgrade"],
};

function rowsOf(file: string): readonly (readonly string[])[] {
  return readFileSync(join(folder, file), "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.split("\t"));
}

/** Zones that lend a shared clock their name, where tzdata lists another one before them. */
const NAMED_AFTER: readonly string[] = ["Australia/Sydney"];

const zonesByCountry = new Map<string, string[]>(
  rowsOf("iso3166.tab").map(([country]) => [country!, []]),
);
for (const [country, zones] of Object.entries(NOT_IN_ISO)) zonesByCountry.set(country, [...zones]);
const rows = rowsOf("zone.tab").toSorted(
  ([, , a], [, , b]) => +NAMED_AFTER.includes(b!) - +NAMED_AFTER.includes(a!),
);
for (const [country, , zone] of rows) {
  const zones = zonesByCountry.get(country!)!;
  if (!zones.some((other) => clockOf(other) === clockOf(zone!))) zones.push(zone!);
}
const table = Object.fromEntries(
  [...zonesByCountry]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([country, zones]) => [country, zones.sort().join(" ")]),
);
const target = new URL("../src/address/country-zones.json", import.meta.url);
writeFileSync(target, `${JSON.stringify(table, null, 2)}\n`);
