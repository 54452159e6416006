/**
 * Where an address may be and what kind of number it is: every country, subdivision and zone that
 * cannot be ruled out, so that the strictest rule can win. Never an error, and never a single zone
 * for a number that tells nothing. An e-mail address tells nothing at all.
 */
import type { Place } from "../domain/place.ts";
import { type AddressKey, kindOfAddress } from "../domain/words.ts";
import { readNumber } from "./number-reading.ts";

const PLACE_OF_EMAIL: Place = { countries: [], regions: [], zones: [], numberType: "not-a-number" };

/** Equal places are one object, so what is worked out for a place can be kept beside it. */
export function placeOf(key: AddressKey): Place {
  return kindOfAddress(key) === "email" ? PLACE_OF_EMAIL : readNumber(key);
}
