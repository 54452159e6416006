/**
 * How many SMS a text takes: 3GPP TS 23.038 (the GSM 7-bit default alphabet and its extension
 * table) and TS 23.040 (the header of 6 octets that joins the parts of a long one).
 */

/** 3GPP TS 23.038 §6.2.1; the escape to the extension table is left out. */
const BASIC =
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZ" +
  "ÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
/** §6.2.1.1: each is written as an escape and a septet. */
const EXTENDED = "\f^{}\\[~]|€";
const SEPTETS = new Map<string, number>([
  ...[...BASIC].map((character) => [character, 1] as const),
  ...[...EXTENDED].map((character) => [character, 2] as const),
]);

const GSM_7 = { alone: 160, joined: 153 } as const;
const UCS_2 = { alone: 70, joined: 67 } as const;

export interface Segments {
  readonly encoding: "GSM-7" | "UCS-2";
  /** Septets of GSM-7, or 16-bit units of UCS-2. */
  readonly units: number;
  /** How many messages it is sent and paid as. An empty text is one. */
  readonly segments: number;
  /** Units that the last of them has room for. */
  readonly left: number;
  /** Characters that GSM-7 lacks, each once: what makes a text UCS-2. */
  readonly outsideGsm7: readonly string[];
}

export function countSegments(text: string): Segments {
  const characters = [...text];
  const outside = [...new Set(characters.filter((character) => !SEPTETS.has(character)))];
  const isGsm7 = outside.length === 0;
  // A pair of septets or of surrogates is never cut in two, so it may leave a unit empty.
  const widths = characters.map((one) => (isGsm7 ? SEPTETS.get(one)! : one.length));
  const units = widths.reduce((sum, width) => sum + width, 0);
  const { alone, joined } = isGsm7 ? GSM_7 : UCS_2;
  const encoding = isGsm7 ? "GSM-7" : "UCS-2";
  if (units <= alone)
    return { encoding, units, segments: 1, left: alone - units, outsideGsm7: outside };
  const { segments, used } = pack(widths, joined);
  return { encoding, units, segments, left: joined - used, outsideGsm7: outside };
}

function pack(widths: readonly number[], size: number): { segments: number; used: number } {
  let [segments, used] = [1, 0];
  for (const width of widths) {
    if (used + width > size) {
      segments += 1;
      used = 0;
    }
    used += width;
  }
  return { segments, used };
}
