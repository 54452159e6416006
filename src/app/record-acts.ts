/**
 * The one way into the ledger: acts become drafts, the store makes them durable, the standings in
 * memory take them in, the anchor says that they are there, and only then does the caller hear of it.
 * The order is promises 1, 2 and 6.
 */
import { createHash } from "node:crypto";
import { type Act, LEDGER_TOKEN, type PersonsAct } from "../domain/act.ts";
import type { Entry } from "../domain/entry.ts";
import type { Position } from "../domain/words.ts";
import { canonicalJson, type Json } from "../ledger/canonical.ts";
import { keyedHashes, type MessageHashes } from "../ledger/message-hashes.ts";
import type { AppendRequest, Commit } from "../store/store.ts";
import type { Deps } from "./deps.ts";
import type { InstallationSecrets } from "./installation-secrets.ts";

export interface RecordRequest {
  /** Unique for ever; see `AppendRequest.key`. */
  readonly key: string;
  /** What the caller sent, in a form that is equal for equal requests. */
  readonly body: Json;
  readonly acts: readonly PersonsAct[];
  /** The entry that they are about: a conflict once it was erased. See `AppendRequest.about`. */
  readonly about?: Position;
}

export type RecordOutcome =
  | {
      readonly status: "recorded";
      readonly entries: readonly Entry[];
      /** What the commit made of the tree: receipts are made of it. */
      readonly commit: Commit;
    }
  | { readonly status: "replayed"; readonly entries: readonly Entry[] }
  | { readonly status: "conflict" };

const SALT_BYTES = 32;

export async function recordActs(deps: Deps, request: RecordRequest): Promise<RecordOutcome> {
  const { acts, ...rest } = request;
  const drafts = acts.map((act) => ({ act, token: deps.secrets.tokenOf(act.address) }));
  return await appendAll(deps, { ...rest, drafts });
}

/** An erasure: in its commit goes everything on record about whoever has one of these tokens. */
export async function recordErasure(
  deps: Deps,
  request: { readonly act: Act; readonly tokens: readonly [string, ...string[]] },
): Promise<Exclude<RecordOutcome, { status: "conflict" }>> {
  const { act, tokens } = request;
  const key = `erasure:${act.messageId}`;
  const drafts = [{ act, token: tokens[0] }];
  const outcome = await appendAll(deps, { key, body: key, drafts, erases: tokens });
  if (outcome.status === "conflict") throw new Error(`INVARIANT: \`${key}\` is of other acts`);
  return outcome;
}

/** An act about the ledger itself and about nobody. The same key is taken for the same act. */
export async function recordAboutLedger(
  deps: Deps,
  request: { readonly key: string; readonly act: Act },
): Promise<Exclude<RecordOutcome, { status: "conflict" }>> {
  const { key, act } = request;
  const drafts = [{ act, token: LEDGER_TOKEN }];
  const outcome = await appendAll(deps, { key, body: key, drafts });
  if (outcome.status === "conflict") throw new Error(`INVARIANT: \`${key}\` is of other acts`);
  return outcome;
}

interface Unwritten extends Pick<AppendRequest, "about" | "erases"> {
  readonly key: string;
  readonly body: Json;
  readonly drafts: readonly { readonly act: Act; readonly token: string }[];
}

/** The only append of a running server. */
async function appendAll(
  deps: Deps,
  { key, body, drafts, ...rest }: Unwritten,
): Promise<RecordOutcome> {
  const recordedAt = deps.clock.now();
  const outcome = await deps.store.append({
    ...rest,
    ...idempotencyOf(deps.secrets, { key, body }),
    drafts: drafts.map((draft) => ({ ...draft, recordedAt, salt: deps.random(SALT_BYTES) })),
  });
  if (outcome.status === "conflict") return outcome;
  const { entries } = outcome;
  if (outcome.status === "appended") {
    await deps.live.takeIn(entries);
    await deps.guard.keep(outcome.commit.tree);
    return { status: "recorded", entries, commit: outcome.commit };
  }
  await takeInReplayed(deps, entries);
  return outcome;
}

/**
 * The first answer may never have been given: then nobody has waited for the anchor. And the entries
 * may be another server's, which this one has not followed yet.
 */
async function takeInReplayed(deps: Deps, entries: readonly Entry[]): Promise<void> {
  const last = entries.at(-1)?.position ?? 0;
  await deps.live.catchUpTo(last);
  const { kept } = deps.guard;
  if (kept !== null && kept.size < last) await deps.guard.keep(await deps.store.tree());
}

/**
 * How a request is known again; whoever appends by another way must be known in the same one. See
 * `ledger/message-hashes.ts`.
 */
export function idempotencyOf(
  { digestOf }: Pick<InstallationSecrets, "digestOf">,
  { key, body }: Pick<RecordRequest, "key" | "body">,
): MessageHashes {
  return keyedHashes(digestOf, { key: sha256(key), bodyHash: hashOf(body) });
}

/** Equal for equal bodies. For keys only: see `idempotencyOf`. */
export function hashOf(body: Json): string {
  return sha256(canonicalJson(body));
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
