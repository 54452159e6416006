/** The languages that people in a place read, for the sentence that tells them the way out. */
import type { Place } from "../../domain/place.ts";

/** Places with more languages than one, or with another than CLDR thinks likeliest; best first. */
const SPOKEN: Readonly<Record<string, readonly string[]>> = {
  AE: ["ar", "en"],
  BE: ["nl", "fr", "de"],
  CA: ["en", "fr"],
  "CA-QC": ["fr", "en"],
  "CA-NB": ["en", "fr"],
  CH: ["de", "fr", "it"],
  "ES-CT": ["es"],
  FI: ["fi", "sv"],
  HK: ["zh", "en"],
  IE: ["en"],
  IL: ["he", "ar"],
  IN: ["hi", "en"],
  KE: ["sw", "en"],
  LU: ["fr", "de"],
  MY: ["ms", "en", "zh"],
  NG: ["en"],
  NO: ["nb"],
  PH: ["tl", "en"],
  PK: ["ur", "en"],
  SG: ["en", "zh", "ms"],
  TZ: ["sw", "en"],
  US: ["en", "es"],
  "US-PR": ["es", "en"],
  ZA: ["en"],
};

/** Languages of all the places that somebody may be in, each once. Empty: the place is unknown. */
export function languagesOf(place: Place): readonly string[] {
  const languages = place.countries.flatMap((country) => {
    const regions = place.regions.filter((region) => region.startsWith(`${country}-`));
    const special = regions.flatMap((region) => SPOKEN[region] ?? []);
    return special.length > 0 ? special : (SPOKEN[country] ?? [likeliest(country)]);
  });
  return [...new Set(languages)];
}

/** By CLDR's likely subtags, which are part of ECMA-402 and the same on every machine. */
function likeliest(country: string): string {
  return new Intl.Locale("und", { region: country }).maximize().language;
}

/** Tags that mean one language, as the files of the texts name it. */
const SAME: Readonly<Record<string, string>> = {
  no: "nb",
  nn: "nb",
  fil: "tl",
  in: "id",
  iw: "he",
};

/** `fr` of `fr-CA`. */
export function baseLanguage(tag: string): string {
  const base = tag.toLowerCase().split("-")[0]!;
  return SAME[base] ?? base;
}
