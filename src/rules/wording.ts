/** Words that reasons are made of: plain English, for the person who asks why. */
import type { Channel } from "../domain/words.ts";
import { isoDateOf, type Reading, weekdayOf } from "./local-clock.ts";

const WEEKDAY_NAMES = [
  "Monday",
  "Tuesday",
  "Wednesday",
  "Thursday",
  "Friday",
  "Saturday",
  "Sunday",
] as const;

const MESSAGES: Readonly<Record<Channel, readonly [plural: string, verb: string]>> = {
  sms: ["texts", "sent"],
  voice: ["calls", "made"],
  email: ["e-mails", "sent"],
};

/** `marketing texts`. */
export function nameMessages(messageClass: string, channel: Channel): string {
  return `${messageClass} ${MESSAGES[channel][0]}`;
}

/** `sent`, or `made` for calls. */
export function nameDoing(channel: Channel): string {
  return MESSAGES[channel][1];
}

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

export function nameWeekday(reading: Reading): string {
  return WEEKDAY_NAMES[weekdayOf(reading.epochDay)]!;
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

/** `, one of 3 time zones this address may be in`. Empty for one. */
export function nameOtherZones(count: number): string {
  if (count <= 1) return "";
  return `, one of ${count} time zones this address may be in`;
}
