/**
 * "Keep this proof": from the page that says "you have opted out" to the receipt of that opt-out.
 * The link is sealed like an opt-out link but for another purpose, and only a press of the button
 * makes one: an opt-out link that was passed on shows nobody's record by being opened. Only what came
 * through such a link can be shown: whoever has the link can press, and must not see what the person
 * said elsewhere.
 */
import type { Entry } from "../domain/entry.ts";
import { ALL, type Position } from "../domain/words.ts";
import type { Receipt } from "../ledger/receipt.ts";
import type { Deps } from "./deps.ts";
import { isByLink } from "./opt-out-link.ts";
import { openToken, sealToken } from "./sealed-token.ts";

/**
 * The token of the link to the receipt of an opt-out by a link; `null` when there is nothing to give:
 * nothing may be signed now, the record was erased, or it is of another door.
 */
export async function makeProofToken(
  deps: Pick<Deps, "store" | "notary" | "secrets">,
  position: Position,
): Promise<string | null> {
  if (deps.notary.checkpoint() === null) return null;
  const entry = await provableOptOut(deps, position);
  return entry === null ? null : sealToken(deps.secrets.linkKey, "proof", position);
}

export type ProofOutcome =
  | { readonly status: "proof"; readonly receipt: Receipt; readonly fileName: string }
  /** Nothing may be signed now. */
  | { readonly status: "later" }
  | { readonly status: "none" };

/** The receipt that a token was made for. Whatever is no token of ours has none. */
export async function openProof(
  deps: Pick<Deps, "store" | "notary" | "secrets">,
  token: string,
): Promise<ProofOutcome> {
  const position = openToken(deps.secrets.linkKey, "proof", token);
  if (typeof position !== "number") return { status: "none" };
  // An erasure may have come since.
  const entry = await provableOptOut(deps, position);
  if (entry === null) return { status: "none" };
  const receipt = await deps.notary.receipt(position);
  if (receipt === null) return { status: "later" };
  return { status: "proof", receipt, fileName: fileNameOf(entry) };
}

async function provableOptOut(
  { store }: Pick<Deps, "store">,
  position: Position,
): Promise<Entry | null> {
  if (!Number.isSafeInteger(position) || position < 1) return null;
  const [entry] = await store.read(position - 1, 1);
  const act = entry?.act ?? null;
  return entry !== undefined && act !== null && isByLink(act) ? entry : null;
}

/** Names of senders are lower-case letters, digits and hyphens, which every system takes. */
function fileNameOf({ act }: Entry): string {
  const sender = act?.scopes[0]?.sender ?? ALL;
  return sender === ALL ? "opt-out-proof.json" : `opt-out-proof-${sender}.json`;
}
