/** `?receipt=1`: the acknowledgement of an act carries the proof of it. For every route that answers for an act. */
import { type Static, Type } from "typebox";
import { giveReceipts } from "../app/give-receipts.ts";
import type { Entry } from "../domain/entry.ts";
import { RECEIPT_FORMAT, type Receipt } from "../ledger/receipt.ts";
import type { Commit } from "../store/store.ts";
import type { Api } from "./api.ts";

const closed = { additionalProperties: false } as const;
const TextOrErased = Type.Union([Type.String(), Type.Null()]);

/** docs/formats/ledger.md */
export const ReceiptSchema = Type.Object(
  {
    format: Type.Literal(RECEIPT_FORMAT),
    record: TextOrErased,
    salt: TextOrErased,
    leaf: Type.String(),
    proof: Type.String(),
    key: Type.String(),
  },
  {
    ...closed,
    description:
      "The proof that an entry is in the ledger. Keep it as it is: `heed verify` checks it.",
  },
);

/** What else is in the query is left alone: an opt-out is not refused for a stray parameter. */
export const ReceiptQuery = Type.Object({
  receipt: Type.Optional(
    Type.Enum(["1", "0"], { description: "`1`: the answer carries the receipt." }),
  ),
});

const ReceiptOrNone = Type.Union([ReceiptSchema, Type.Null()], {
  description: "With `receipt=1`; `null` while nothing may be signed.",
});
const receiptNote = Type.Optional(
  Type.String({ description: "Why there is no receipt, and where to get it later." }),
);

/** Members of an answer for one entry. */
export const receiptMembers = { receipt: Type.Optional(ReceiptOrNone), receiptNote };

/** Members of an answer for several entries. */
export const receiptsMembers = {
  receipts: Type.Optional(
    Type.Array(ReceiptOrNone, { description: "With `receipt=1`: one for each of `entries`." }),
  ),
  receiptNote,
};

interface Recorded {
  readonly entries: readonly Entry[];
  readonly commit?: Commit | undefined;
}
type Query = Static<typeof ReceiptQuery>;

/** The members for one entry: none unless they were asked for. */
export async function withReceipt(
  api: Api,
  query: Query,
  recorded: Recorded,
): Promise<{ receipt?: Receipt | null; receiptNote?: string }> {
  const { receipts, receiptNote } = await withReceipts(api, query, recorded);
  return receipts === undefined
    ? {}
    : { receipt: receipts[0] ?? null, ...(receiptNote === undefined ? {} : { receiptNote }) };
}

/** The members for several entries: none unless they were asked for. */
export async function withReceipts(
  api: Api,
  query: Query,
  recorded: Recorded,
): Promise<{ receipts?: (Receipt | null)[]; receiptNote?: string }> {
  if (query.receipt !== "1") return {};
  const { receipts, note } = await giveReceipts(api.deps, recorded);
  return { receipts: [...receipts], ...(note === undefined ? {} : { receiptNote: note }) };
}
