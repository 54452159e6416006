/**
 * Puts on record that messages were sent, so that the rules that count them can. Whoever sends tells it
 * after each send, or in batches; what was told once is not counted again.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import { isProblem, parseAddress } from "../address/parse-address.ts";
import type { Position } from "../domain/words.ts";
import { type AddressKey, type Channel, channelsOf, type Instant } from "../domain/words.ts";
import { canonicalJson } from "../ledger/canonical.ts";
import type { CallKind } from "../rules/facts.ts";
import type { Carrier, SendDraft } from "../store/store.ts";
import type { Deps } from "./deps.ts";
import { Problem } from "./problem.ts";
import { unknownSender } from "./record-choice.ts";

/** A message that went out, as whoever sent it tells. */
export interface Sent {
  readonly to: string;
  /** In whose name. */
  readonly sender: string;
  readonly channel: Channel;
  readonly class: string;
  /** When it went out, if not just now. */
  readonly at?: Instant;
  readonly subject?: string;
  readonly callKind?: CallKind;
  readonly isReply?: boolean;
  /** Position of the opt-out that it confirmed. */
  readonly confirms?: Position;
  /** Who carried it out: the sender's own systems, or a provider by itself. */
  readonly by?: Carrier;
  /** The teller's own id of the message, by which it is known again. */
  readonly messageId?: string;
}

export interface SendsRecorded {
  readonly recorded: number;
  /** On record already. */
  readonly known: number;
  /** So long ago that no rule can count them: not on record. */
  readonly tooOld: number;
}

/** Sends between two turns of the event loop, so that a batch does not hold up an opt-out. */
const SENDS_PER_TURN = 250;
/** What clocks may differ by. A message of the future was not sent yet. */
const CLOCKS_DIFFER_MS = 5 * 60 * 1000;

type RecordingDeps = Pick<
  Deps,
  "sends" | "secrets" | "settings" | "live" | "clock" | "defaultRegion"
>;

/**
 * All or none, durable and counted when it resolves. `source` names the API key. With an
 * `idempotencyKey` a send without an id of its own is known again by its place in the request.
 * Throws `Problem`, which names the place of the first one that is wrong.
 */
export async function recordSends(
  deps: RecordingDeps,
  sends: readonly Sent[],
  source: string,
  idempotencyKey: string | null,
): Promise<SendsRecorded> {
  const receivedAt = deps.clock.now();
  await knowConfirmed(deps, sends);
  const drafts: SendDraft[] = [];
  const places: number[] = [];
  for (const [index, sent] of sends.entries()) {
    if (index > 0 && index % SENDS_PER_TURN === 0) await nextTurn();
    const address = addressOf(deps, sent, index);
    const at = timeOf(sent, receivedAt, index);
    if (at <= receivedAt - deps.sends.keepMs) continue;
    const messageId = sent.messageId ?? (idempotencyKey && `${idempotencyKey}#${index}`);
    const id = messageId === null ? null : `send:${source}:${messageId}:${address}`;
    drafts.push(draftOf(deps, sent, { address, at, receivedAt, id }));
    places.push(index);
  }
  const outcome = await deps.sends.record(drafts);
  if (outcome.status === "conflict") throw conflictAt(places[outcome.index]!);
  const recorded = outcome.sends.length;
  return { recorded, known: outcome.known, tooOld: sends.length - drafts.length };
}

interface Read {
  readonly address: AddressKey;
  readonly at: Instant;
  readonly receivedAt: Instant;
  /** What it is known again by. */
  readonly id: string | null;
}

function draftOf(
  { secrets, sends }: RecordingDeps,
  sent: Sent,
  { address, at, receivedAt, id }: Read,
): SendDraft {
  const { digestOf } = secrets;
  return {
    token: secrets.tokenOf(address),
    at,
    sender: sent.sender,
    channel: sent.channel,
    class: sent.class,
    subject: sent.subject === undefined ? null : sends.subjectDigest(sent.subject),
    callKind: sent.callKind ?? null,
    isReply: sent.isReply ?? false,
    confirms: sent.confirms ?? null,
    by: sent.by ?? "us",
    recordedAt: receivedAt,
    key: id === null ? null : digestOf(id),
    bodyHash: id === null ? null : digestOf(saidOf(sent, address)),
  };
}

/** Equal for equal sends, however the address was written. */
function saidOf(sent: Sent, address: AddressKey): string {
  const { to: _, messageId: __, ...said } = sent;
  const given = Object.entries(said).filter(([, value]) => value !== undefined);
  return canonicalJson({ ...Object.fromEntries(given), address });
}

function addressOf(deps: RecordingDeps, { to, sender, channel }: Sent, index: number): AddressKey {
  const parsed = parseAddress(to, { defaultRegion: deps.defaultRegion });
  if (isProblem(parsed)) throw new Problem("invalid-address", parsed.message, at(index, "to"));
  if (!deps.settings.senders.has(sender)) {
    const { code, message } = unknownSender(sender);
    throw new Problem(code, message, at(index, "sender"));
  }
  if (channelsOf(parsed.kind).includes(channel)) return parsed.key;
  const what = parsed.kind === "phone" ? "a phone number" : "an e-mail address";
  throw new Problem(
    "invalid-request",
    `the channel is ${channel}, but the address is ${what}`,
    at(index, "channel"),
  );
}

function timeOf(sent: Sent, receivedAt: Instant, index: number): Instant {
  if (sent.at === undefined || sent.at <= receivedAt) return sent.at ?? receivedAt;
  if (sent.at <= receivedAt + CLOCKS_DIFFER_MS) return receivedAt;
  throw new Problem(
    "invalid-request",
    "`at` is in the future; record a message when it has gone out",
    at(index, "at"),
  );
}

/** An opt-out of another server's may not have come here yet. */
async function knowConfirmed({ live }: RecordingDeps, sends: readonly Sent[]): Promise<void> {
  const last = () => sends.findIndex(({ confirms = 0 }) => confirms > live.position);
  if (last() < 0) return;
  await live.refresh();
  const unknown = last();
  if (unknown < 0) return;
  throw new Problem(
    "unknown-entry",
    `the ledger has no entry ${sends[unknown]?.confirms}, so no message can have confirmed it`,
    at(unknown, "confirms"),
  );
}

function conflictAt(index: number): Problem {
  return new Problem(
    "idempotency-conflict",
    "this message was recorded before and was another one then; nothing of this request was " +
      "recorded. Give each message an id of its own",
    at(index, "messageId"),
  );
}

function at(index: number, member: string): string {
  return `/sends/${index}/${member}`;
}
