/**
 * An act that somebody tells through the API, written down: what choices and dealings have in common.
 * Each of them says itself what it covers and what it needs.
 */
import { parseAddress } from "../address/parse-address.ts";
import type { ActKind, Actor, ConsentLevel, Evidence, PersonsAct, Via } from "../domain/act.ts";
import type { Scope } from "../domain/scope.ts";
import type { AddressKey, Instant } from "../domain/words.ts";
import type { Json } from "../ledger/canonical.ts";
import type { Deps } from "./deps.ts";
import { Problem } from "./problem.ts";
import { type RecordOutcome, recordActs } from "./record-acts.ts";

export interface Told {
  readonly kind: ActKind;
  readonly address: string;
  readonly by: Actor;
  readonly via?: Via;
  /** When it happened, if not just now. */
  readonly at?: Instant;
  readonly text?: string;
  readonly language?: string;
  readonly evidence?: Evidence;
  readonly author?: string;
  readonly note?: string;
}

export type ToldOutcome = Exclude<RecordOutcome, { status: "conflict" }>;

/** Where it came from. `idempotencyKey` makes a retry safe and is remembered for ever. */
export interface Door {
  /** Names the API key or door. */
  readonly source: string;
  readonly idempotencyKey: string | null;
}

/**
 * Records what was told. The whole of it is what a retry is compared with. `scopesOf` is asked after
 * the address was read. Throws `Problem` when it cannot be recorded as asked.
 */
export async function recordTold(
  deps: Deps,
  told: Told,
  { source, idempotencyKey }: Door,
  scopesOf: () => readonly Scope[],
  level?: ConsentLevel,
): Promise<ToldOutcome> {
  const receivedAt = deps.clock.now();
  const messageId = idempotencyKey ?? `auto-${Buffer.from(deps.random(16)).toString("hex")}`;
  const { text, language, evidence, author, note } = told;
  const act: PersonsAct = {
    kind: told.kind,
    address: addressOf(deps, told.address),
    scopes: scopesOf(),
    by: told.by,
    via: told.via ?? "api",
    source,
    claimedAt: told.at ?? receivedAt,
    receivedAt,
    messageId,
    ...withoutUndefined({ text, language, level, evidence, author, note }),
  };
  const key = `${source}:${told.kind}:${messageId}`;
  const outcome = await recordActs(deps, { key, body: told as unknown as Json, acts: [act] });
  if (outcome.status === "conflict") {
    throw new Problem(
      "idempotency-conflict",
      "this Idempotency-Key was used before with another body; use a new key for a new act",
    );
  }
  return outcome;
}

/** Normalises an address or throws a `Problem` that says what is wrong with it. */
export function addressOf(deps: Deps, raw: string): AddressKey {
  const parsed = parseAddress(raw, { defaultRegion: deps.defaultRegion });
  if ("problem" in parsed) throw new Problem("invalid-address", parsed.message, "/address");
  return parsed.key;
}

/** Drops members that are `undefined`, which the strict types keep apart from absent ones. */
export function withoutUndefined<T extends object>(
  value: T,
): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
