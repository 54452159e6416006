/** What `GET /v1/evidence` answers: everything that shows what one person said. */
export interface Evidence {
  readonly format: "heed-evidence@v1";
  readonly address: string;
  readonly madeAt: string;
  /** The log's name. */
  readonly origin: string;
  readonly acts: readonly ProvenAct[];
  readonly ledger: readonly ProvenAct[];
  readonly checkpoint: string | null;
  readonly keys: readonly string[];
  /** Receipts in which an old key vouches for the next one. */
  readonly handovers: readonly object[];
  readonly note?: string;
}

export interface ProvenAct {
  readonly position: number;
  readonly recordedAt: string;
  readonly inWords: string;
  readonly act: { readonly claimedAt: string; readonly receivedAt: string } | null;
  readonly erasedBy: number | null;
  readonly receipt: object | null;
}

/** Where an old key vouches for the next one, counted from 1. */
export function handoverFile(number: number): string {
  return `receipts/new-key-${number}.json`;
}

/** The name of a receipt inside the folder. */
export function receiptFile({ position }: Pick<ProvenAct, "position">): string {
  return `receipts/entry-${position}.json`;
}
