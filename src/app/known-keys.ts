/**
 * What the ledger itself says about keys: its `key-rotation` entries name every pepper and every
 * signing key that took over from another. So a server can tell what it lacks, whoever rotated.
 */
import type { Act } from "../domain/act.ts";
import { LEDGER_TOKEN } from "../domain/act.ts";
import type { Entry } from "../domain/entry.ts";
import type { Store } from "../store/store.ts";

/** One key took over from another. Signing keys are named by `name+id`, peppers by fingerprint. */
export interface Change {
  readonly from: string;
  readonly to: string;
}

export interface SigningKeyChange extends Change {
  /** The new key as published; an id has only four bytes, which can be found again by trying. */
  readonly vkey: string;
}

/** In the order of the ledger. */
export interface KnownKeys {
  readonly peppers: readonly Change[];
  readonly signingKeys: readonly SigningKeyChange[];
}

export const SIGNING_KEY = "signing key";
export const PEPPER = "pepper";
/** What can take over; in the evidence it is `what`. */
export type KeyKind = typeof SIGNING_KEY | typeof PEPPER;

export async function knownKeys(store: Pick<Store, "history">): Promise<KnownKeys> {
  return changesIn(await store.history(LEDGER_TOKEN));
}

export function changesIn(entries: readonly Entry[]): KnownKeys {
  const changes = entries.map(({ act }) => changeOf(act)).filter((change) => change !== null);
  return {
    peppers: changes.filter(({ what }) => what === PEPPER),
    signingKeys: changes.filter(({ what }) => what === SIGNING_KEY),
  };
}

/** `null` for whatever puts no key in force. */
export function changeOf(
  act: Act | null,
): { what: string; from: string; to: string; vkey: string } | null {
  if (act?.kind !== "key-rotation") return null;
  const { what, from, to, vkey } = act.evidence ?? { kind: "" };
  return { what: String(what), from: String(from), to: String(to), vkey: String(vkey ?? "") };
}
