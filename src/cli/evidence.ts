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

/** The name of a receipt inside the folder. */
export function receiptFile({ position }: Pick<ProvenAct, "position">): string {
  return `receipts/entry-${position}.json`;
}
