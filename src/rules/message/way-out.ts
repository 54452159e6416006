/** A way out that a text tells: what the person can do, and where in the text it stands. */
export interface WayOut {
  readonly kind: "keyword" | "link" | "phone" | "key-press";
  /** Language of the words that tell it; `null`: "STOP 36111" is the same in every one. */
  readonly language: string | null;
  /** Place in the words of the text. */
  readonly start: number;
  readonly end: number;
  /** The keyword, folded. */
  readonly keyword: string | null;
  /** The number that the keyword goes to, in digits; `null`: it is a reply. */
  readonly code: string | null;
}
