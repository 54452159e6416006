/**
 * The contract of inbound adapters: one file per source, which verifies and parses and does nothing
 * else. It has no store, no clock and no network; what it needs is handed in.
 * `test/inbound/contract.ts` runs the cases that nobody remembers against every adapter.
 */
import type { TSchema } from "typebox";
import type { Actor, ConsentLevel, Evidence } from "../domain/act.ts";
import type { Scope } from "../domain/scope.ts";
import type { Channel, Instant } from "../domain/words.ts";
import type { Receipt } from "../ledger/receipt.ts";

export interface RawRequest {
  readonly method: string;
  /**
   * The URL under which the provider knows us: the configured public URL followed by path and
   * query as received. Never built from the `Host` header, which a forger chooses.
   */
  readonly url: string;
  /** Names in lower case. A header that came twice is joined with ", ". */
  readonly headers: Readonly<Record<string, string>>;
  /** The bytes as they came. Signatures are checked on these, before anything is parsed. */
  readonly body: Uint8Array;
}

export interface RawResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What a person wrote or said, still to be understood. */
export interface InboundMessage {
  readonly kind: "message";
  /** The provider's id, unique within the source for ever. */
  readonly messageId: string;
  readonly channel: Channel;
  /** As the provider wrote it; the app normalises it. */
  readonly from: string;
  /** Our number or address that they wrote to. */
  readonly to: string;
  readonly text: string;
  /** `null` when the provider gives no time of its own. */
  readonly sentAt: Instant | null;
  /** The provider's own reading of the message, when it has one. */
  readonly providerIntent: "opt-out" | "opt-in" | "help" | null;
  /** Whether the provider answers the person itself, so that Heed must not. */
  readonly confirmedByProvider: boolean;
  readonly language?: string;
}

/** Something that was decided elsewhere: a form, an agent's note, a provider's own block. */
export interface InboundAct {
  readonly kind: "opt-out" | "opt-in";
  readonly messageId: string;
  readonly address: string;
  readonly by: Actor;
  /** `null`: the default scopes of a plain STOP or START of the source's sender, on `channel`. */
  readonly scopes: readonly Scope[] | null;
  /** The channel that it is about; `null` when it came with scopes or covers every channel. */
  readonly channel: Channel | null;
  readonly claimedAt: Instant | null;
  readonly level?: ConsentLevel;
  readonly text?: string;
  readonly language?: string;
  readonly evidence: Evidence;
  readonly confirmedByProvider: boolean;
}

export type InboundEvent = InboundMessage | InboundAct;

/** Why a request is not believed. `detail` goes to the log, never to the sender of the request. */
export interface Refusal {
  readonly refused: "signature" | "timestamp" | "account" | "malformed" | "method";
  readonly detail: string;
}

export interface InboundAdapter<Config = unknown> {
  /** Name in the configuration of a source: `twilio`. */
  readonly id: string;
  /** TypeBox schema of the source's settings. Every secret in it has `"secret": true`. */
  readonly configSchema: TSchema;
  /** Whether an opt-in of this source counts as the person's own, so that it can lift. */
  readonly provesPerson: boolean;
  /** Checks the request on its raw bytes. `null` means it is believed. Never throws. */
  verify(request: RawRequest, config: Config, now: Instant): Refusal | null;
  /** Reads a verified request. A refusal says what is missing; an empty list is nothing to do. */
  parse(request: RawRequest, config: Config): readonly InboundEvent[] | Refusal;
  /**
   * What the provider expects to hear once everything is on disk. `receipts` are those of the entries
   * in their order, when the caller asked for them; a format without room for them leaves them out.
   */
  acknowledge(
    events: readonly InboundEvent[],
    config: Config,
    receipts?: readonly (Receipt | null)[] | null,
  ): RawResponse;
}

export function isRefusal(outcome: readonly InboundEvent[] | Refusal | null): outcome is Refusal {
  return outcome !== null && "refused" in outcome;
}
