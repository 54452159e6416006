/**
 * The standings on disk: a snapshot beside the database makes a start quick. It is never the truth:
 * it says which entry it is true as of, and when that entry is not the one in the ledger, or the
 * file is damaged in any way, the standings are folded from the ledger again.
 */
import { createReadStream, existsSync } from "node:fs";
import { mkdir, open, rename } from "node:fs/promises";
import path from "node:path";
import type { Log } from "../app/ports.ts";
import type { TokensOf } from "../ledger/sealed-check.ts";
import { readSnapshot, writeSnapshot } from "../sets/snapshot.ts";
import { Standings } from "../sets/standings.ts";
import type { Store } from "../store/store.ts";

const READ_LIMIT = 5000;
/** A tail longer than this is worth a new snapshot at once. */
const TAIL_WORTH_A_SNAPSHOT = 50_000;
const FILE_NAME = "standings.snapshot";

export interface StandingsPlace {
  readonly folder: string;
  readonly store: Store;
  /** The suppression tokens of an address, under this installation's peppers. */
  readonly tokensOf: TokensOf;
  readonly log: Log;
}

/** Loads the snapshot, if it can be used, and applies the ledger's tail. */
export async function loadStandings(place: StandingsPlace): Promise<Standings> {
  const standings = (await readUsable(place)) ?? new Standings(place.tokensOf);
  const loadedAt = standings.position;
  for (;;) {
    const entries = await place.store.read(standings.position, READ_LIMIT);
    for (const entry of entries) standings.apply(entry);
    if (entries.length < READ_LIMIT) break;
  }
  if (standings.position - loadedAt > TAIL_WORTH_A_SNAPSHOT) await saveStandings(place, standings);
  return standings;
}

async function readUsable({ folder, store, tokensOf, log }: StandingsPlace) {
  const file = path.join(folder, FILE_NAME);
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
 * Writes the snapshot in place of the last one. Only call it while nothing is being applied: a
 * snapshot of a moving table would be of no moment at all.
 */
export async function saveStandings(place: StandingsPlace, standings: Standings): Promise<void> {
  if (standings.position === 0) return;
  const temporary = path.join(place.folder, `${FILE_NAME}.tmp`);
  try {
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
    await rename(temporary, path.join(place.folder, FILE_NAME));
  } catch (error) {
    // A snapshot only saves time; the ledger has everything.
    place.log.warn({ err: error }, "the snapshot of the standings was not written");
  }
}
