/**
 * The one way into the ledger: acts become drafts, the store makes them durable, the standings in
 * memory take them in, and only then does the caller hear of it. The order is promises 1 and 2.
 */
import { createHash } from "node:crypto";
import type { PersonsAct } from "../domain/act.ts";
import type { Entry } from "../domain/entry.ts";
import { canonicalJson, type Json } from "../ledger/canonical.ts";
import type { Deps } from "./deps.ts";

export interface RecordRequest {
  /** Unique for ever; see `AppendRequest.key`. */
  readonly key: string;
  /** What the caller sent, in a form that is equal for equal requests. */
  readonly body: Json;
  readonly acts: readonly PersonsAct[];
}

export type RecordOutcome =
  | { readonly status: "recorded" | "replayed"; readonly entries: readonly Entry[] }
  | { readonly status: "conflict" };

const SALT_BYTES = 32;

export async function recordActs(deps: Deps, request: RecordRequest): Promise<RecordOutcome> {
  const recordedAt = deps.clock.now();
  const outcome = await deps.store.append({
    key: request.key,
    bodyHash: hashOf(request.body),
    drafts: request.acts.map((act) => ({
      act,
      recordedAt,
      salt: deps.random(SALT_BYTES),
      token: deps.secrets.tokenOf(act.address),
    })),
  });
  if (outcome.status === "conflict") return { status: "conflict" };
  // A replay may find entries of another server that this one has not followed yet.
  await deps.live.takeIn(outcome.entries);
  return {
    status: outcome.status === "appended" ? "recorded" : "replayed",
    entries: outcome.entries,
  };
}

export function hashOf(body: Json): string {
  return createHash("sha256").update(canonicalJson(body)).digest("hex");
}
