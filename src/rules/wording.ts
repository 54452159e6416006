/** Names of places, dates and times in the sentences of reasons, the same in every language. */
import { isoDateOf, type Reading } from "./local-clock.ts";
import { writeTime } from "./windows.ts";

/** Cities that zones are still named after by a name of long ago: links in the IANA data. */
const CITIES_NOW: Readonly<Record<string, string>> = {
  Asmera: "Asmara",
  Calcutta: "Kolkata",
  Dacca: "Dhaka",
  Faeroe: "Faroe",
  Godthab: "Nuuk",
  Katmandu: "Kathmandu",
  Kiev: "Kyiv",
  Ponape: "Pohnpei",
  Rangoon: "Yangon",
  Saigon: "Ho Chi Minh City",
  Truk: "Chuuk",
};

/** Zones come from askers too, so what is remembered of them has an end. */
const ZONES_AT_MOST = 1000;
const namedZones = new Map<string, string>();

/** `New York` of `America/New_York`, and `Kolkata` of `Asia/Calcutta`. */
export function nameZone(zone: string): string {
  let name = namedZones.get(zone);
  if (name === undefined) {
    name = makeNameOf(zone);
    if (namedZones.size >= ZONES_AT_MOST) namedZones.clear();
    namedZones.set(zone, name);
  }
  return name;
}

function makeNameOf(zone: string): string {
  const city = zone.slice(zone.lastIndexOf("/") + 1);
  return (CITIES_NOW[city] ?? city).replaceAll("_", " ");
}

export function nameDate(reading: Reading): string {
  return isoDateOf(reading.epochDay);
}

/** `21:40`, with the seconds only when they are what matters: `20:59:59`. */
export function nameTime(reading: Reading): string {
  const time = writeTime(reading.ofDayMs);
  const seconds = Math.floor(reading.ofDayMs / 1000) % 60;
  return seconds === 0 ? time : `${time}:${String(seconds).padStart(2, "0")}`;
}
