/** Names of places, dates and times in the sentences of reasons, the same in every language. */
import { isoDateOf, type Reading } from "./local-clock.ts";

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

/** `New York` of `America/New_York`, and `Kolkata` of `Asia/Calcutta`. */
export function nameZone(zone: string): string {
  const city = zone.slice(zone.lastIndexOf("/") + 1);
  return (CITIES_NOW[city] ?? city).replaceAll("_", " ");
}

export function nameDate(reading: Reading): string {
  return isoDateOf(reading.epochDay);
}

/** `21:40`, with the seconds only when they are what matters: `20:59:59`. */
export function nameTime(reading: Reading): string {
  const seconds = Math.floor(reading.ofDayMs / 1000);
  const two = (count: number) => String(count).padStart(2, "0");
  const time = `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}`;
  return seconds % 60 === 0 ? time : `${time}:${two(seconds % 60)}`;
}
