/** A place names every country and zone that cannot be ruled out. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { getCountries, getCountryCallingCode } from "libphonenumber-js/max";
import { placeOf } from "../../src/address/place-of.ts";
import table from "../../src/address/zones.json" with { type: "json" };
import type { AddressKey } from "../../src/domain/words.ts";

function zonesOf(key: string): string {
  return placeOf(key as AddressKey).zones.join(" ");
}

function countriesOf(key: string): string {
  return placeOf(key as AddressKey).countries.join(" ");
}

test("an area code over two time zones has both", () => {
  assert.equal(zonesOf("+18505550117"), "America/Chicago America/New_York");
  assert.equal(zonesOf("+18125550117"), "America/Chicago America/New_York");
  assert.equal(zonesOf("+12705550117"), "America/Chicago America/New_York");
  assert.equal(zonesOf("+14235550117"), "America/Chicago America/New_York");
  assert.equal(zonesOf("+12085550114"), "America/Boise America/Denver America/Los_Angeles");
  assert.equal(zonesOf("+19075550123"), "America/Adak America/Anchorage America/Juneau");
  assert.match(zonesOf("+17095550144"), /America\/St_Johns/u);
});

test("an area code over one time zone has that one", () => {
  assert.equal(zonesOf("+12125550123"), "America/New_York");
  assert.equal(zonesOf("+16705550109"), "Pacific/Saipan");
  assert.equal(countriesOf("+16705550109"), "US MP");
});

test("an unknown area code and a toll-free number may be anywhere in +1, and in no state rather than another", () => {
  for (const key of ["+12115550123", "+12995550123", "+18005550123", "+18885550123"]) {
    const { zones, countries, regions } = placeOf(key as AddressKey);
    assert.ok(zones.length > 15, key);
    assert.ok(countries.includes("US") && countries.includes("CA"), key);
    assert.deepEqual(regions, [], key);
  }
});

test("an area code that is newer than the library has its state, and every zone of its country", () => {
  for (const [key, state] of [
    ["+14575550126", "US-LA"],
    ["+17295550123", "US-TN"],
  ] as const) {
    const { zones, countries, regions } = placeOf(key as AddressKey);
    assert.deepEqual([countries, regions], [["US"], [state]]);
    for (const zone of ["America/New_York", "Pacific/Honolulu", "Pacific/Guam"]) {
      assert.ok(zones.includes(zone), `${key} ${zone}`);
    }
    assert.ok(!zones.includes("America/St_Johns"), "nobody in Newfoundland has an American number");
  }
});

test("countries that share a calling code are told apart where the plan does", () => {
  assert.equal(countriesOf("+590690001234"), "FR GP BL MF");
  assert.equal(zonesOf("+590690001234"), "America/Guadeloupe");
  assert.equal(countriesOf("+596696201234"), "FR MQ");
  assert.equal(zonesOf("+596696201234"), "America/Martinique");
  assert.equal(zonesOf("+262692123402"), "Indian/Reunion");
  assert.equal(countriesOf("+77012345678"), "KZ");
  assert.equal(zonesOf("+77012345678"), "Asia/Almaty Asia/Aqtobe");
});

test("the countries of the first packs have their zones", () => {
  assert.equal(zonesOf("+33612345678"), "Europe/Paris");
  assert.equal(zonesOf("+4915123456789"), "Europe/Berlin");
  assert.equal(zonesOf("+8801812345678"), "Asia/Dhaka");
  assert.equal(zonesOf("+50370123456"), "America/El_Salvador");
});

test("zones that are two names of one are named once", () => {
  assert.equal(zonesOf("+447400123431"), "Europe/London");
  assert.equal(zonesOf("+353851234567"), "Europe/Dublin");
  assert.equal(zonesOf("+393123456701"), "Europe/Rome");
});

test("a mobile without an area may be anywhere in its country", () => {
  assert.equal(zonesOf("+34612345678"), "Atlantic/Canary Europe/Madrid");
  assert.match(zonesOf("+61491570158"), /Australia\/Perth.*Australia\/Sydney/u);
});

test("an address that tells nothing has an empty place and no error", () => {
  assert.deepEqual(placeOf("+999123456789" as AddressKey).zones, []);
  assert.deepEqual(placeOf("+870773111601" as AddressKey).countries, []);
  assert.deepEqual(placeOf("a@example.com" as AddressKey), {
    countries: [],
    regions: [],
    zones: [],
    numberType: "not-a-number",
  });
});

test("every zone of the table exists, and every calling code has a row", () => {
  const prefixes = new Set<string>();
  for (const [zones, joined] of Object.entries(table)) {
    for (const zone of zones.split(" ")) {
      assert.doesNotThrow(() => new Temporal.ZonedDateTime(0n, zone), zone);
    }
    for (const prefix of joined.split(" ")) prefixes.add(prefix);
  }
  for (const country of getCountries()) {
    assert.ok(prefixes.has(getCountryCallingCode(country)), country);
  }
});

/** Clock readings over a year: two zones with the same ones are the same for our purposes. */
function clockOf(zone: string): string {
  const months = Array.from({ length: 24 }, (_, half) => half * 15 * 24);
  const start = Temporal.Instant.from("2026-01-15T12:00:00Z");
  return months.map((hours) => start.add({ hours }).toZonedDateTimeISO(zone).offset).join();
}

test("no zone of the table has a clock that its country does not have", () => {
  // CLDR, which comes with the runtime, is a second source for a country's zones. It knows no zone
  // for Ascension and Kosovo.
  const clocks = new Map<string, Set<string>>();
  for (const country of getCountries()) {
    const code = getCountryCallingCode(country);
    const zones = new Intl.Locale(`und-${country}`).getTimeZones() ?? [];
    clocks.set(code, new Set([...(clocks.get(code) ?? []), ...zones.map(clockOf)]));
  }
  for (const [zones, prefixes] of Object.entries(table)) {
    for (const prefix of prefixes.split(" ")) {
      const code = [1, 2, 3].map((n) => prefix.slice(0, n)).find((c) => clocks.has(c));
      assert.ok(code !== undefined, prefix);
      if (code === "247" || code === "383") continue;
      for (const zone of zones.split(" ")) {
        assert.ok(clocks.get(code)!.has(clockOf(zone)), `${prefix} ${zone}`);
      }
    }
  }
});
