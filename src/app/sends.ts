/**
 * Messages that were sent, for the rules that count them: on record in the store, and in memory for as
 * long as a rule can count them, so that no check waits for a database. People are in both by their
 * suppression token only, and what a message was about by a keyed hash.
 *
 * Other servers record sends too. This one follows them as it follows the ledger, and what it knows
 * counts for fresh as long as its last successful question for news is young enough.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { AddressKey, Instant, Position } from "../domain/words.ts";
import type { CallKind, PastSend } from "../rules/facts.ts";
import type { RulePack } from "../rules/pack.ts";
import { RecentSends } from "../sets/recent-sends.ts";
import type { RecordedSend, SendDraft, SendsOutcome, Store } from "../store/store.ts";
import type { AddressCopy, Forgotten } from "./address-copies.ts";
import type { InstallationSecrets } from "./installation-secrets.ts";
import { FRESHNESS_LEASE_MS } from "./live-standings.ts";
import { pause } from "./pause.ts";
import type { Clock, Log, RandomBytes } from "./ports.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const HOUR_MS = 60 * 60 * 1000;
/** Two months: what a cap of the largest period in hours counts, and as long again. */
const LEAST_KEPT_DAYS = 62;
const POLL_MS = 200;
const READ_LIMIT = 5000;
const DELETE_LIMIT = 5000;
const SWEEP_EVERY_MS = HOUR_MS;
const SEED_BYTES = 8;
const NOBODY: readonly PastSend[] = [];

export interface SendsParts {
  readonly store: Pick<Store, "recordSends" | "sendsHead" | "readSends" | "deleteSendsBefore">;
  readonly secrets: Pick<InstallationSecrets, "tokensOf" | "digestOf">;
  readonly clock: Clock;
  readonly random: RandomBytes;
  /** How long a send can matter; see `keptFor`. */
  readonly keepMs: number;
  /** No other process can write to this store, so what was recorded here is all there is. */
  readonly alone: boolean;
}

/** How long a send can matter to a rule of these packs: the longest period of a cap, and at least two months. */
export function keptFor(packs: readonly RulePack[]): number {
  const days = packs
    .flatMap(({ rules }) => rules)
    .flatMap((rule) => (rule.kind === "cap" ? [rule.period] : []))
    // A calendar day of the recipient's can begin up to 14 hours before ours, or end 12 after it.
    .map((period) => ("hours" in period ? Math.ceil(period.hours / 24) : period.calendarDays + 2));
  return Math.max(LEAST_KEPT_DAYS, ...days) * DAY_MS;
}

export class LiveSends implements AddressCopy {
  readonly #parts: SendsParts;
  readonly #recent: RecentSends;
  #serial = 0;
  #freshAt = Number.NEGATIVE_INFINITY;
  #turns: Promise<unknown> = Promise.resolve();
  /** Tokens that were erased while sends were being read: a row from before may still come in. */
  #erasedMeanwhile = new Set<string>();
  #lastForgotten: { readonly tokens: readonly string[]; readonly sends: number } = {
    tokens: [],
    sends: 0,
  };

  constructor(parts: SendsParts) {
    this.#parts = parts;
    this.#recent = new RecentSends(Buffer.from(parts.random(SEED_BYTES)).toString("hex"));
  }

  get keepMs(): number {
    return this.#parts.keepMs;
  }

  /** Sends in memory. */
  get size(): number {
    return this.#recent.size;
  }

  bytes(): number {
    return this.#recent.bytes();
  }

  /**
   * What was sent to an address in the time that a rule can count, nothing later than `at`. A send
   * about `subject` has it for its subject; of any other, the subject is a hash that equals nothing.
   */
  recent(address: AddressKey, at: Instant, subject: string | null = null): readonly PastSend[] {
    // Who records no sends does not pay for the tokens: an HMAC for each pepper.
    if (this.#recent.size === 0) return NOBODY;
    const { secrets, keepMs } = this.#parts;
    const sends = this.#recent.find(secrets.tokensOf(address), at - keepMs, at);
    if (subject === null || sends.every((send) => send.subject === null)) return sends;
    const digest = this.subjectDigest(subject);
    return sends.map((send) => (send.subject === digest ? { ...send, subject } : send));
  }

  /** Stands for what a message was about, wherever that is kept. */
  subjectDigest(subject: string): string {
    return this.#parts.secrets.digestOf(`subject:${subject.trim()}`);
  }

  /** Whether a message that confirms the opt-out at this position is on record. */
  confirmed(position: Position): boolean {
    return this.#recent.confirmed(position);
  }

  /** Whether this node may rely on what it knows. */
  isFresh(): boolean {
    const { alone, clock } = this.#parts;
    return alone || clock.monotonic() - this.#freshAt < FRESHNESS_LEASE_MS;
  }

  /** Durable and counted by this node's next check when it resolves. */
  async record(drafts: readonly SendDraft[]): Promise<SendsOutcome> {
    const outcome = await this.#parts.store.recordSends(drafts);
    if (outcome.status !== "recorded") return outcome;
    const last = outcome.sends.at(-1);
    if (last !== undefined) await this.#inTurn(() => this.#takeIn(outcome.sends, last.serial));
    return outcome;
  }

  /** Takes in everything there is and dates the lease. */
  async refresh(): Promise<void> {
    const sentAt = this.#parts.clock.monotonic();
    const head = await this.#parts.store.sendsHead();
    await this.#inTurn(() => this.#catchUpTo(head));
    this.#freshAt = Math.max(this.#freshAt, sentAt);
  }

  /** Follows other servers and removes what no rule can count any more, until told to stop. */
  async follow(signal: AbortSignal, log: Log): Promise<void> {
    let isCutOff = false;
    let sweptAt = Number.NEGATIVE_INFINITY;
    const { alone, clock } = this.#parts;
    while (!signal.aborted) {
      try {
        if (!alone) await this.refresh();
        if (isCutOff) log.info({}, "following recorded sends again; checks answer as usual");
        isCutOff = false;
        if (clock.monotonic() - sweptAt >= SWEEP_EVERY_MS) {
          await this.sweep(signal);
          sweptAt = clock.monotonic();
        }
      } catch (error) {
        if (signal.aborted) return;
        // Said once: an outage of an hour must not fill a disk.
        if (!isCutOff) log.warn({ err: error }, "cannot follow recorded sends");
        isCutOff = true;
      }
      await pause(alone ? SWEEP_EVERY_MS : POLL_MS, signal);
    }
  }

  /** Removes from the store and from memory what is too old to matter. */
  async sweep(signal?: AbortSignal): Promise<void> {
    const { store, clock, keepMs } = this.#parts;
    const before = Math.max(0, clock.now() - keepMs);
    for (const _ of this.#recent.dropBefore(before)) {
      if (signal?.aborted) return;
      await nextTurn();
    }
    while (!signal?.aborted) {
      if ((await store.deleteSendsBefore(before, DELETE_LIMIT)) < DELETE_LIMIT) return;
    }
  }

  /**
   * Says what went with the erasure of a person. The store forgot it in that commit, and memory when
   * the entry was read (`forgetTokens`), on this server as on every other.
   */
  async forget(address: AddressKey | null): Promise<Forgotten> {
    if (address === null) return { removed: [], remains: [] };
    const sends = this.forgetTokens(this.#parts.secrets.tokensOf(address));
    this.#lastForgotten = { tokens: [], sends: 0 };
    const removed = sends === 0 ? [] : [`${sends} recorded ${sends === 1 ? "send" : "sends"}`];
    return { removed, remains: [] };
  }

  /** How many sends to whoever has these tokens went now, or went when this was last called. */
  forgetTokens(tokens: readonly string[]): number {
    let sends = tokens.some((token) => this.#lastForgotten.tokens.includes(token))
      ? this.#lastForgotten.sends
      : 0;
    for (const token of tokens) {
      this.#erasedMeanwhile.add(token);
      sends += this.#recent.drop(token);
    }
    this.#lastForgotten = { tokens, sends };
    return sends;
  }

  async #takeIn(sends: readonly RecordedSend[], last: number): Promise<void> {
    if (last <= this.#serial) return;
    // Another server recorded some in between, or an earlier batch was not taken in yet.
    if (sends[0]?.serial !== this.#serial + 1) return await this.#catchUpTo(last);
    this.#apply(sends);
  }

  async #catchUpTo(head: number): Promise<void> {
    while (this.#serial < head) {
      this.#erasedMeanwhile.clear();
      const sends = await this.#parts.store.readSends(this.#serial, READ_LIMIT);
      this.#apply(sends.filter(({ token }) => !this.#erasedMeanwhile.has(token)));
      // What is missing up to the head was removed as too old, or erased.
      this.#serial =
        sends.length < READ_LIMIT ? Math.max(head, this.#serial) : sends.at(-1)!.serial;
    }
  }

  #apply(sends: readonly RecordedSend[]): void {
    const after = this.#parts.clock.now() - this.#parts.keepMs;
    for (const send of sends) {
      this.#serial = Math.max(this.#serial, send.serial);
      if (send.at <= after) continue;
      this.#recent.add({ ...send, callKind: send.callKind as CallKind | null });
    }
  }

  /** One after the other, so that no send is taken in twice. */
  async #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#turns.then(work);
    this.#turns = turn.catch(() => undefined);
    await turn;
  }
}
