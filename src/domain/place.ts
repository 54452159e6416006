/** Where an address is and what kind of number it is, as far as anybody can tell. */

/** What is known about where and what an address is. */
export interface Place {
  /** ISO 3166-1 alpha-2 codes that may apply, all of them: the strictest rule wins. Empty: unknown. */
  readonly countries: readonly string[];
  /**
   * ISO 3166-2 subdivisions of those countries that may apply (`US-FL`), all of them. A country
   * without one here may be any part of it.
   */
  readonly regions: readonly string[];
  /** Every IANA zone the person may be in. Empty: none could be found. */
  readonly zones: readonly string[];
  readonly numberType: NumberType;
}

export const NUMBER_TYPES = [
  "mobile",
  "fixed-line",
  "fixed-line-or-mobile",
  "toll-free",
  "premium-rate",
  "shared-cost",
  "voip",
  "personal",
  "pager",
  "uan",
  "voicemail",
  "unknown",
  "not-a-number",
] as const;
export type NumberType = (typeof NUMBER_TYPES)[number];
