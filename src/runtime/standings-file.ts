/**
 * The standings on disk: a snapshot beside the database makes a start quick. It is never the truth:
 * it says which entry it is true as of, and when that entry is not the one in the ledger, or the
 * file is damaged in any way, the standings are folded from the ledger again.
 *
 * It holds phone numbers, so an erasure removes it: the server that erased writes the next one when
 * it stops, and one that only read of it when it has folded the ledger anew.
 */
import { createReadStream, existsSync } from "node:fs";
import { mkdir, open, rename, rm } from "node:fs/promises";
import path from "node:path";
import type { AddressCopy } from "../app/address-copies.ts";
import type { CheckedEntries } from "../app/checked-entries.ts";
import type { HeadGuard } from "../app/head-guard.ts";
import type { Log } from "../app/ports.ts";
import type { TokensOf } from "../ledger/sealed-check.ts";
import { readSnapshot, writeSnapshot } from "../sets/snapshot.ts";
import { Standings } from "../sets/standings.ts";
import type { Store } from "../store/store.ts";
import { syncFolder } from "./sync-folder.ts";

const READ_LIMIT = 5000;
/** A tail longer than this is worth a new snapshot at once. */
const TAIL_WORTH_A_SNAPSHOT = 50_000;
export const SNAPSHOT_FILE = "standings.snapshot";

export interface StandingsPlace {
  readonly folder: string;
  readonly store: Store;
  readonly entries: CheckedEntries;
  readonly guard: Pick<HeadGuard, "lock">;
  /** The suppression tokens of an address, under this installation's peppers. */
  readonly tokensOf: TokensOf;
  readonly log: Log;
}

/** Loads the snapshot, if it can be used, and applies the ledger's tail. */
export async function loadStandings(place: StandingsPlace): Promise<Standings> {
  const found = await readUsable(place);
  const { position } = found ?? { position: 0 };
  let standings = await applyTail(place, found ?? (await noStandings(place)));
  if (found !== null && standings.mayNameErased) {
    place.log.info({}, "somebody in the snapshot was erased since; folding the ledger anew");
    await removeSnapshot(place.folder);
    standings = await applyTail(place, await noStandings(place));
  }
  place.entries.end();
  // No other file of this server is read before the standings, so none is behind them.
  standings.takeErasures();
  if (standings.position - position > TAIL_WORTH_A_SNAPSHOT) await saveStandings(place, standings);
  return standings;
}

/** Everything will be read from now on, so whoever was erased by now leaves no address in them. */
async function noStandings({ store, tokensOf }: StandingsPlace): Promise<Standings> {
  return new Standings(tokensOf, null, await store.head());
}

async function applyTail({ entries }: StandingsPlace, standings: Standings): Promise<Standings> {
  for (;;) {
    if ((await entries.applyTo(standings, READ_LIMIT)) < READ_LIMIT) return standings;
  }
}

async function readUsable({ folder, store, tokensOf, log }: StandingsPlace) {
  const file = path.join(folder, SNAPSHOT_FILE);
  if (!existsSync(file)) return null;
  try {
    const standings = await readSnapshot(createReadStream(file), tokensOf);
    const [entry] = await store.read(standings.position - 1, 1);
    if (entry?.leafHash === standings.leafHash) return standings;
    log.warn({ file }, "the snapshot of the standings is of another ledger; folding this one");
  } catch (error) {
    log.warn({ err: error, file }, "the snapshot of the standings is damaged; folding the ledger");
  }
  return null;
}

/**
 * Writes the snapshot in place of the last one, unless the server is locked: the next start takes a
 * snapshot for made from entries that were all checked. Only call it while nothing is being applied: a
 * snapshot of a moving table would be of no moment at all.
 */
export async function saveStandings(place: StandingsPlace, standings: Standings): Promise<void> {
  // What a locked server holds may be of entries that the ledger has no more.
  if (standings.position === 0 || place.guard.lock !== null) return;
  const temporary = path.join(place.folder, `${SNAPSHOT_FILE}.tmp`);
  try {
    if (standings.mayNameErased) return await removeSnapshot(place.folder);
    await mkdir(place.folder, { recursive: true, mode: 0o700 });
    const handle = await open(temporary, "w", 0o600);
    try {
      await writeSnapshot(standings, async (chunk) => {
        await handle.writeFile(chunk);
      });
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path.join(place.folder, SNAPSHOT_FILE));
  } catch (error) {
    // A snapshot only saves time; the ledger has everything.
    place.log.warn({ err: error }, "the snapshot of the standings was not written");
  }
}

/** Also what a stop that was killed left half written. */
export async function removeSnapshot(folder: string): Promise<void> {
  if (!existsSync(folder)) return;
  for (const name of [SNAPSHOT_FILE, `${SNAPSHOT_FILE}.tmp`]) {
    await rm(path.join(folder, name), { force: true });
  }
  // Else a power cut could bring it back.
  await syncFolder(folder);
}

export function snapshotsOf({ folder }: Pick<StandingsPlace, "folder">): AddressCopy {
  return {
    async forget() {
      const isThere = existsSync(path.join(folder, SNAPSHOT_FILE));
      await removeSnapshot(folder);
      return { removed: isThere ? ["the snapshot of the standings"] : [], remains: [] };
    },
  };
}
