/**
 * The contracts of outbound adapters. A `MessageProvider` sends one message to one person (the
 * confirmation); a `Destination` carries entries to another system. One file each; neither touches
 * the store. Network is handed in as `Fetch`, so that tests and the simulator can own it.
 */
import type { TSchema } from "typebox";
import type { Entry } from "../domain/entry.ts";
import type { AddressKey, Channel, Instant } from "../domain/words.ts";

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface OutgoingMessage {
  readonly channel: Channel;
  readonly to: AddressKey;
  /** The number or address of ours to send from. */
  readonly from: string;
  readonly text: string;
}

export type SendOutcome =
  | { readonly sent: true; readonly providerMessageId: string }
  /** `optedOut`: the provider refused because it knows of an opt-out itself. */
  | { readonly sent: false; readonly optedOut: boolean; readonly error: string };

export interface MessageProvider<Config = unknown> {
  readonly id: string;
  readonly configSchema: TSchema;
  /** Never throws and never retries: a confirmation is sent at most once (promise 7). */
  send(message: OutgoingMessage, config: Config, fetch: Fetch): Promise<SendOutcome>;
}

/** What a destination says to one entry. Only `delivered` lets the next one of the address go. */
export type DeliveryOutcome =
  | { readonly outcome: "delivered" }
  /** Worth trying again; `retryAfterMs` when the receiver asked for a pause. */
  | { readonly outcome: "failed"; readonly error: string; readonly retryAfterMs: number | null }
  /** The receiver wants no more of it (410 Gone): the destination is switched off. */
  | { readonly outcome: "disabled"; readonly error: string };

export interface Destination<Config = unknown> {
  readonly id: string;
  readonly configSchema: TSchema;
  /** At least once: the receiver sees the same id again when an answer was lost. */
  deliver(entry: Entry, config: Config, now: Instant, fetch: Fetch): Promise<DeliveryOutcome>;
}
