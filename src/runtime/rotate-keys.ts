/**
 * Rotates a key while no server runs on the data folder. The new key is on disk before the ledger
 * has its entry, and the entry is there before the old key goes, so wherever this is cut short, the
 * next start or the next rotation finishes it instead of beginning another.
 */
import path from "node:path";
import { announceKeys } from "../app/announce-keys.ts";
import { pepperFingerprint } from "../app/installation-secrets.ts";
import { PEPPER, SIGNING_KEY } from "../app/known-keys.ts";
import type { RandomBytes } from "../app/ports.ts";
import { type Config, ConfigProblem } from "./config.ts";
import { type Env, given } from "./key-folder.ts";
import { addPepper } from "./secrets.ts";
import { removeSnapshot } from "./standings-file.ts";
import { type Heed, type StartOptions, startHeed } from "./start.ts";

export interface Rotation {
  readonly config: Config;
  readonly start: Omit<StartOptions, "rotatedBy">;
  readonly random: RandomBytes;
  /** The member of staff who does it: the entry names them. */
  readonly by: string;
}

export interface RotatedSigningKey {
  readonly vkey: string;
  readonly retired: number;
  /** File with which the old key vouches for the new one; `null` when there was none to vouch. */
  readonly handover: string | null;
}

/** `isLost`: the present key is gone for good. */
export async function rotateSigningKey(
  rotation: Rotation,
  isLost: boolean,
): Promise<RotatedSigningKey> {
  refuseGiven(rotation.start.env, "HEED_SIGNING_KEY", "signing-key");
  return await withLedger(rotation, async ({ deps, announced }) => {
    const { logKeys } = deps;
    if (!announced.includes(SIGNING_KEY)) {
      await logKeys.rotate(isLost);
      await announceKeys(deps, rotation.by);
    }
    const { signer } = logKeys;
    if (signer === null || logKeys.change !== null) {
      throw new ConfigProblem(
        "the ledger was locked meanwhile; see `heed doctor`, then start again",
      );
    }
    const name = `handover-${signer.keyId.slice(-8)}.json`;
    return {
      vkey: signer.vkey,
      retired: logKeys.vkeys.length - 1,
      handover: isVouchedFor(logKeys.handovers, signer.keyId)
        ? path.join(rotation.config.dataFolder, "keys", name)
        : null,
    };
  });
}

function isVouchedFor(handovers: readonly { readonly record: string | null }[], keyId: string) {
  return handovers.some(({ record }) => record?.includes(JSON.stringify(keyId)));
}

export interface RotatedPepper {
  /** Tells it from others, and nothing else about it. */
  readonly fingerprint: string;
  readonly retired: number;
}

export async function rotatePepper(rotation: Rotation): Promise<RotatedPepper> {
  const { config, start, random } = rotation;
  refuseGiven(start.env, "HEED_PEPPER", "pepper");
  const isDone = await withLedger(rotation, async ({ announced }) => announced.includes(PEPPER));
  if (!isDone) {
    await addPepper(config.dataFolder, start.env, random);
    // Everybody in it who is known by token is kept under the old pepper.
    await removeSnapshot(path.join(config.dataFolder, "snapshots"));
  }
  return await withLedger(rotation, async ({ deps: { secrets } }) => ({
    fingerprint: pepperFingerprint(secrets.peppers[0]!),
    retired: secrets.peppers.length - 1,
  }));
}

/** Starts everything but the HTTP server and the workers. */
async function withLedger<T>(rotation: Rotation, work: (heed: Heed) => Promise<T>): Promise<T> {
  const heed = await startHeed(rotation.config, { ...rotation.start, rotatedBy: rotation.by });
  try {
    const { lock } = heed.deps.guard;
    if (lock !== null) {
      throw new ConfigProblem(
        `the ledger is locked, and nothing is rotated until that is mended. ${lock.text} See ` +
          "`heed doctor`",
      );
    }
    return await work(heed);
  } finally {
    await heed.stop();
  }
}

function refuseGiven(env: Env, variable: string, what: string): void {
  if (given(env, variable) === null) return;
  throw new ConfigProblem(
    `${variable} is set, so nothing was changed here. Put a new value in front of it, with a comma ` +
      `between them, on every server, and start them again; \`heed rotate ${what} --print\` makes one`,
  );
}
