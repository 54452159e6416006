// What the bare writer and its thread say to each other.

export interface BareAppend {
  readonly key: Uint8Array;
  readonly bodyHash: string;
  readonly drafts: readonly BareDraft[];
}

export interface BareDraft {
  readonly record: Uint8Array;
  readonly salt: Uint8Array;
  readonly token: string;
  readonly recordedAt: number;
  /** What stands in the leaf before and after its position. */
  readonly before: string;
  readonly after: string;
}

export interface BareAsked {
  readonly id: number;
  /** `null` closes. */
  readonly batch: readonly BareAppend[] | null;
}

/** First positions, in order. */
export interface BareAnswered {
  readonly id: number;
  readonly positions: readonly number[];
}
