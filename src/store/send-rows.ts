/** From recorded sends to rows and back, the same for every database. See `rows.ts`. */
import type { Channel } from "../domain/words.ts";
import { plainText, wholeNumber } from "./prepare.ts";
import { CARRIERS, type Carrier, type RecordedSend, type SendDraft } from "./store.ts";

export interface SendRow {
  readonly serial: number;
  readonly token: string;
  readonly at: number;
  readonly sender: string;
  readonly channel: string;
  readonly class: string;
  readonly subject: string | null;
  readonly call_kind: string | null;
  readonly is_reply: number;
  readonly confirms: number | null;
  readonly carrier: string;
  readonly recorded_at: number;
}

/** Ready to be written, in the order of the columns after `serial`. */
export interface PreparedSend {
  readonly columns: readonly [
    token: string,
    at: number,
    sender: string,
    channel: string,
    cls: string,
    subject: string | null,
    callKind: string | null,
    isReply: number,
    confirms: number | null,
    carrier: string,
    recordedAt: number,
  ];
  /** 32 bytes. */
  readonly key: Uint8Array | null;
  readonly bodyHash: string | null;
}

/** What a database says to a request to record sends. */
export type SendsReply =
  /** `fresh`: indexes of those that are new; they have consecutive serials from `first`. */
  | { readonly status: "recorded"; readonly first: number; readonly fresh: readonly number[] }
  | { readonly status: "conflict"; readonly index: number };

const KEY = /^[0-9a-f]{64}$/;

/** Throws a `RangeError` that says what cannot be stored. */
export function prepareSend(draft: SendDraft): PreparedSend {
  const { key, bodyHash, subject, callKind, confirms } = draft;
  if ((key === null) !== (bodyHash === null)) {
    throw new RangeError("a send has a key and a body hash, or neither");
  }
  if (key !== null && !KEY.test(key)) throw new RangeError("the key of a send is no hash");
  if (!CARRIERS.includes(draft.by)) throw new RangeError(`nobody carries as \`${draft.by}\``);
  return {
    columns: [
      plainText(draft.token, "a token"),
      wholeNumber(draft.at, "`at`"),
      plainText(draft.sender, "a sender"),
      plainText(draft.channel, "a channel"),
      plainText(draft.class, "a class"),
      subject === null ? null : plainText(subject, "a subject"),
      callKind === null ? null : plainText(callKind, "a kind of call"),
      draft.isReply ? 1 : 0,
      confirms === null ? null : wholeNumber(confirms, "`confirms`"),
      draft.by,
      wholeNumber(draft.recordedAt, "`recordedAt`"),
    ],
    key: key === null ? null : new Uint8Array(Buffer.from(key, "hex")),
    bodyHash: bodyHash === null ? null : plainText(bodyHash, "a body hash"),
  };
}

export function sendOf(row: SendRow): RecordedSend {
  return {
    serial: row.serial,
    token: row.token,
    at: row.at,
    sender: row.sender,
    channel: row.channel as Channel,
    class: row.class,
    subject: row.subject,
    callKind: row.call_kind,
    isReply: row.is_reply === 1,
    confirms: row.confirms,
    by: row.carrier as Carrier,
    recordedAt: row.recorded_at,
  };
}

/** The sends of a request that are new, with their serials. */
export function freshSends(
  drafts: readonly SendDraft[],
  { first, fresh }: Extract<SendsReply, { status: "recorded" }>,
): readonly RecordedSend[] {
  return fresh.map((index, at) => {
    const { key: _, bodyHash: __, ...send } = drafts[index]!;
    return { ...send, serial: first + at };
  });
}

/**
 * Which of these are new, given what is known of their keys: of two with one key in one request, the
 * first. A key that stands for something else is a conflict.
 */
export function chooseSends(
  sends: readonly PreparedSend[],
  knownBodyOf: (key: Uint8Array) => string | undefined,
): readonly number[] | { readonly conflict: number } {
  const own = new Map<string, string | null>();
  const fresh: number[] = [];
  for (const [index, { key, bodyHash }] of sends.entries()) {
    if (key === null) {
      fresh.push(index);
      continue;
    }
    const name = Buffer.from(key).toString("hex");
    const before = own.get(name) ?? knownBodyOf(key);
    if (before === undefined) {
      own.set(name, bodyHash);
      fresh.push(index);
    } else if (before !== bodyHash) return { conflict: index };
  }
  return fresh;
}
