/**
 * Tells the ledger of keys that took over, with one entry each. It runs at every start, so a rotation
 * that was cut short is finished by the next one; a key that has its entry gets no second one.
 */
import type { Evidence } from "../domain/act.ts";
import type { Position } from "../domain/words.ts";
import type { Deps } from "./deps.ts";
import { type InstallationSecrets, pepperFingerprint } from "./installation-secrets.ts";
import { type Change, type KeyKind, knownKeys, PEPPER, SIGNING_KEY } from "./known-keys.ts";
import { recordAboutLedger } from "./record-acts.ts";

/** `by`: who rotated, when that is known. Gives what took over. */
export async function announceKeys(deps: Deps, by: string | null): Promise<readonly KeyKind[]> {
  const peppers = newPeppers(deps.secrets, (await knownKeys(deps.store)).peppers);
  // Also while locked: what is written under a pepper comes after the entry that names it.
  for (const { from, to } of peppers) await record(deps, by, { what: PEPPER, from, to });
  const isSigned = await announceSigningKey(deps, by);
  const announced: KeyKind[] = peppers.map(() => PEPPER);
  return isSigned ? [...announced, SIGNING_KEY] : announced;
}

/** The peppers of this server that no entry names, each with the one before it, oldest first. */
export function newPeppers(
  { peppers }: Pick<InstallationSecrets, "peppers">,
  known: readonly Change[],
): readonly Change[] {
  const named = new Set(known.map(({ to }) => to));
  const oldestFirst = peppers.map(pepperFingerprint).reverse();
  return oldestFirst
    .slice(1)
    .map((to, at) => ({ from: oldestFirst[at]!, to }))
    .filter(({ to }) => !named.has(to));
}

/**
 * The entry, then what the old key vouches with, and only then the files: until the last step the
 * old key is there, so every step can be done again. Not while locked, when nothing may be signed.
 */
async function announceSigningKey(deps: Deps, by: string | null): Promise<boolean> {
  const { guard, logKeys, notary } = deps;
  if (guard.lock !== null) return false;
  await logKeys.keepVkey();
  const { change } = logKeys;
  if (change === null) return false;
  const { from, to, voucher } = change;
  const position = await record(deps, by, {
    ...{ what: SIGNING_KEY, from, to: to.keyId, vkey: to.vkey },
  });
  logKeys.learn({ from, to: to.keyId, vkey: to.vkey });
  if (voucher !== null) {
    const receipt = await notary.handover(position, change);
    // Locked in between. The next start goes on from here.
    if (receipt === null) return false;
    await logKeys.keepHandover(change, receipt);
  }
  await logKeys.finishChange();
  return true;
}

async function record(
  deps: Deps,
  by: string | null,
  details: Omit<Evidence, "kind"> & { readonly what: string; readonly to: string },
): Promise<Position> {
  const { what, to } = details;
  const now = deps.clock.now();
  const key = `key-rotation:${what}:${to}`;
  const outcome = await recordAboutLedger(deps, {
    key,
    act: {
      kind: "key-rotation",
      address: null,
      scopes: [],
      by: by === null ? "system" : "staff",
      via: "system",
      source: "heed",
      claimedAt: now,
      receivedAt: now,
      messageId: key,
      evidence: { ...details, kind: "key-rotation" },
      ...(by === null ? {} : { author: by }),
    },
  });
  return outcome.entries[0]!.position;
}
