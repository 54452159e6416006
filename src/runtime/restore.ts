/**
 * Puts a copy of the ledger back. Everything is checked and prepared in `restoring/`, a folder beside
 * the present ledger: first the copy, then what the present ledger has beyond it and nobody may lose,
 * then an entry that says what was put back. Only what is complete and on disk takes the present
 * ledger's place, and that one is kept. Offline, because two of them cannot be in force.
 */
import { existsSync } from "node:fs";
import { mkdir, realpath, rm } from "node:fs/promises";
import path from "node:path";
import { LedgerFile } from "../store/sqlite/ledger-file.ts";
import { StoreInUse, UnsafeStore } from "../store/store.ts";
import { markAnchored } from "./anchor-file.ts";
import { ConfigProblem } from "./config.ts";
import { leaveOutLists } from "./copy-lists.ts";
import { prepareLedger } from "./prepare-ledger.ts";
import type { RestoreReport, RestoreRequest } from "./restore-report.ts";
import { copySource, findSource, type RestoreSource } from "./restore-source.ts";
import { readServerFile } from "./server-file.ts";
import { isSwitching, LEDGER_FILE, stagingFolder } from "./staging.ts";
import { finishSwitch, lockRestores, switchLedger } from "./switch-ledger.ts";
import { makeDurableFolder } from "./sync-folder.ts";

/** The ledger that is in the data folder now, held so that no server starts on it. */
interface Present {
  readonly held: LedgerFile | null;
  readonly isThere: boolean;
  /** Why it cannot be read. */
  readonly damage: string | null;
}

/** Throws `ConfigProblem`, `UnsafeStore` or `StoreInUse`; then the present ledger is as it was. */
export async function restore(request: RestoreRequest): Promise<RestoreReport> {
  const { dataFolder, databaseUrl } = request.config;
  if (databaseUrl !== null) throw new ConfigProblem(USE_POSTGRES_TOOLS);
  await makeDurableFolder(dataFolder);
  const lock = lockRestores(dataFolder);
  try {
    await refuseRunning(dataFolder);
    await finishSwitch(dataFolder);
    const present = openPresent(path.join(dataFolder, LEDGER_FILE));
    try {
      return await restoreInto(request, present);
    } catch (error) {
      present.held?.close();
      await removeStaging(dataFolder);
      throw error;
    }
  } finally {
    lock.unlock();
  }
}

const USE_POSTGRES_TOOLS =
  "the ledger is in PostgreSQL (DATABASE_URL), so PostgreSQL puts it back: stop every server, then " +
  "use `pg_restore`, `psql` or what its provider has. The anchors of the servers say whether " +
  "entries are missing afterwards";

async function refuseRunning(dataFolder: string): Promise<void> {
  if ((await readServerFile(dataFolder)) === null) return;
  throw new ConfigProblem(
    `a server runs on ${dataFolder}. Stop it first: what people tell it meanwhile would be lost`,
  );
}

function openPresent(file: string): Present {
  if (!existsSync(file)) return { held: null, isThere: false, damage: null };
  try {
    return { held: LedgerFile.open(file), isThere: true, damage: null };
  } catch (error) {
    if (error instanceof UnsafeStore) return { held: null, isThere: true, damage: error.message };
    if (!(error instanceof StoreInUse)) throw error;
    throw new ConfigProblem(`${file} is in use. Stop the server or the command that has it first`);
  }
}

async function restoreInto(request: RestoreRequest, present: Present): Promise<RestoreReport> {
  const { dataFolder } = request.config;
  const source = await findSource(request.place);
  await refusePresent(source, dataFolder);
  const staging = stagingFolder(dataFolder);
  await rm(staging, { recursive: true, force: true });
  await mkdir(staging, { mode: 0o700 });
  const texts = await copySource(source, staging);
  await leaveOutLists(path.join(staging, "lists"), path.join(dataFolder, "lists"));
  const prepared = await prepareLedger({
    ...request,
    source,
    texts,
    staging,
    present: present.held,
  });
  const { report, isAnchorGone } = prepared;
  // A ledger that was written elsewhere had an anchor there. Without it nobody can tell what was
  // acknowledged after the copy was made, and a new anchor would say that nothing was.
  if (isAnchorGone) await markAnchored(request.config.anchorFile, dataFolder);
  const replacedIn = await putInPlace(request, present);
  return {
    ...report,
    replacedIn,
    kind: source.kind,
    madeAt: source.kind === "backup" ? source.manifest.madeAt : null,
    notCarried: present.damage,
  };
}

/** On Windows a file that is open cannot be moved; there the lock alone keeps servers off it. */
async function putInPlace(
  { config, clock }: RestoreRequest,
  { held, isThere }: Present,
): Promise<string | null> {
  const isWindows = process.platform === "win32";
  if (isWindows) held?.close();
  // Nobody who minds the lock puts one there, and what is in it would not be carried over.
  const file = path.join(config.dataFolder, LEDGER_FILE);
  if (!isThere && existsSync(file)) {
    throw new ConfigProblem(`${file} appeared during the restore; stop whoever made it, try again`);
  }
  const replacedIn = await switchLedger(config.dataFolder, clock.now());
  if (!isWindows && replacedIn !== null) held?.close(path.join(replacedIn, LEDGER_FILE));
  return replacedIn;
}

async function refusePresent(source: RestoreSource, dataFolder: string): Promise<void> {
  if (source.kind === "backup") return;
  const present = path.join(dataFolder, LEDGER_FILE);
  if (!existsSync(present) || (await realpath(source.file)) !== (await realpath(present))) return;
  throw new ConfigProblem(`${source.file} is the ledger that is in place already`);
}

/** Unless the switch has begun: then the next start finishes it. */
async function removeStaging(dataFolder: string): Promise<void> {
  if (isSwitching(dataFolder)) return;
  await rm(stagingFolder(dataFolder), { recursive: true, force: true });
}
