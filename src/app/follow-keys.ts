/**
 * What the ledger says about keys, held against those that this server has. Another server may have
 * rotated: without its pepper nobody who was erased or wrote under it would be found here, which
 * reads as "nothing against it", so everything is denied. Without its signing key nothing is signed.
 */
import type { Act } from "../domain/act.ts";
import type { HeadGuard, Lock } from "./head-guard.ts";
import { type InstallationSecrets, pepperFingerprint } from "./installation-secrets.ts";
import { type Change, changeOf, PEPPER, SIGNING_KEY } from "./known-keys.ts";
import type { LogKeys } from "./log-keys.ts";

export interface OwnKeys {
  readonly secrets: Pick<InstallationSecrets, "peppers">;
  readonly logKeys: Pick<LogKeys, "learn">;
  readonly guard: Pick<HeadGuard, "lockNow">;
}

/** To be called with every entry that is followed, before anything in it counts. */
export function followKeys({ secrets, logKeys, guard }: OwnKeys, act: Act | null): void {
  const change = changeOf(act);
  if (change?.what === SIGNING_KEY) logKeys.learn(change);
  if (change?.what !== PEPPER) return;
  const lock = lockOfMissing(secrets, [change]);
  if (lock !== null) guard.lockNow(lock);
}

/** `null` when this server has every pepper that the ledger names. */
export function lockOfMissing(
  secrets: Pick<InstallationSecrets, "peppers">,
  changes: readonly Change[],
): Lock | null {
  const ours = new Set(secrets.peppers.map(pepperFingerprint));
  const named = changes.flatMap(({ from, to }) => [from, to]);
  const missing = [...new Set(named)].filter((fingerprint) => !ours.has(fingerprint));
  if (missing.length === 0) return null;
  const one = missing.length === 1;
  return {
    kind: "keys-missing",
    text:
      `This server does not have the pepper${one ? "" : "s"} ${missing.join(", ")} of this ledger: ` +
      `people whose tokens were made with ${one ? "it" : "them"} would not be found.`,
    waysOut: [
      "Copy `pepper` and `retired-peppers` from the `keys` folder of the server that rotated them, " +
        "or put all peppers in HEED_PEPPER, the present one first; then start this server again.",
      "If you have removed a retired pepper, put it back. None can ever be given up.",
    ],
  };
}
