/**
 * The one place where everything is wired: configuration, store, standings, rules, adapters. What
 * comes out is `Deps`, which use cases take, and a way to stop that loses nothing.
 */
import { randomBytes } from "node:crypto";
import { lookup } from "node:dns/promises";
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { AddressCopies, type AddressCopy } from "../app/address-copies.ts";
import { type AnchoredGuard, openHeadGuard } from "../app/anchored-guard.ts";
import { announceKeys } from "../app/announce-keys.ts";
import { answerPeople } from "../app/answer-people.ts";
import { CheckedEntries } from "../app/checked-entries.ts";
import { damagedEntry } from "../app/decide-lock.ts";
import { deliverEntries } from "../app/deliver-entries.ts";
import type { Deps } from "../app/deps.ts";
import { followKeys, lockOfMissing } from "../app/follow-keys.ts";
import { type KeyKind, knownKeys } from "../app/known-keys.ts";
import { LiveStandings } from "../app/live-standings.ts";
import type { LogKeys } from "../app/log-keys.ts";
import { createNotary } from "../app/notary.ts";
import type { Clock, Log, RandomBytes } from "../app/ports.ts";
import { keptFor, LiveSends } from "../app/sends.ts";
import { LiveSettings } from "../app/settings.ts";
import { tokensOfErasure } from "../domain/act.ts";
import { inboundAdapters } from "../inbound/registry.ts";
import { createMessageProviders, destinations } from "../outbound/registry.ts";
import { createSafeFetch } from "../outbound/safe-fetch.ts";
import { createSandboxOutbox, type SandboxOutbox } from "../outbound/sandbox-messages.ts";
import type { MessageKeying } from "../store/message-keying.ts";
import { openPostgresStore } from "../store/postgres/open-postgres-store.ts";
import { openSqliteStore } from "../store/sqlite/open-sqlite-store.ts";
import type { Store } from "../store/store.ts";
import { openAnchorFile } from "./anchor-file.ts";
import { systemClock } from "./clock.ts";
import type { Config } from "./config.ts";
import { openListShelf } from "./list-shelf.ts";
import { openLogKeys } from "./open-log-keys.ts";
import { loadAllPacks, loadRecogniser, loadTexts } from "./reviewed-files.ts";
import { checkSecrets, keyingOf, loadSecrets, refuseTwoRotations } from "./secrets.ts";
import { isSwitching, LEDGER_FILE } from "./staging.ts";
import {
  loadStandings,
  type StandingsPlace,
  saveStandings,
  snapshotsOf,
} from "./standings-file.ts";
import { finishSwitch, lockRestores } from "./switch-ledger.ts";
import { makeDurableFolder } from "./sync-folder.ts";

export interface Heed {
  readonly config: Config;
  readonly deps: Deps;
  /** What the sandbox provider "sent"; `null` outside development. */
  readonly sandboxOutbox: SandboxOutbox | null;
  /** Keys that took over and got their entries at this start. */
  readonly announced: readonly KeyKind[];
  /** Starts answering people and telling destinations. */
  startWorkers(): void;
  /** Ends the workers, writes a snapshot and closes the store. */
  stop(): Promise<void>;
}

export interface StartOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Log;
  /** The store broke: nothing may be acknowledged any more and the process must end. */
  readonly onBroken: (error: Error) => void;
  readonly clock?: Clock;
  readonly random?: RandomBytes;
  /** Who rotated the keys that the ledger does not know of yet. */
  readonly rotatedBy?: string;
  /** Wraps the store that use cases and workers write to, to count and time what they do. */
  readonly measure?: (store: Store, isSource: (name: string) => boolean) => Store;
}

export async function startHeed(config: Config, options: StartOptions): Promise<Heed> {
  const { env, log } = options;
  const clock = options.clock ?? systemClock;
  const random = options.random ?? ((length: number) => new Uint8Array(randomBytes(length)));
  const { secrets, store } = await openDataFolder(config, options, random);
  const ledger = await openLedger(config, options, { clock, random, secrets, store });
  const { guard, live, logKeys } = ledger;
  try {
    const settings = new LiveSettings(store, clock, log);
    await settings.refresh();
    // The sandbox keeps messages in memory, so it exists in development only.
    const sandboxOutbox = config.mode === "development" ? createSandboxOutbox() : null;
    const isSource = (name: string) => settings.sources.has(name);
    const { tokensOf } = secrets;
    const { dataFolder } = config;
    const lists = await openListShelf({
      folder: path.join(dataFolder, "lists"),
      tokensOf,
      isErased: (address) => live.standings.isErased(address),
    });
    const packs = await loadAllPacks(config.rulepacks);
    const alone = config.databaseUrl === null;
    const keepMs = keptFor(packs);
    const sends = new LiveSends({ store, secrets, clock, random, keepMs, alone });
    ledger.onErased((tokens) => sends.forgetTokens(tokens));
    await sends.refresh();
    const deps: Deps = {
      store: options.measure?.(store, isSource) ?? store,
      live,
      guard,
      notary: createNotary({ store, guard, logKeys, secrets }),
      settings,
      sends,
      copies: new AddressCopies([
        ...[lists, sends, snapshotsOf(ledger.snapshots)],
        otherLedgers(dataFolder),
      ]),
      lists,
      packs,
      recogniser: await loadRecogniser(),
      texts: await loadTexts(),
      inbound: inboundAdapters,
      destinations,
      providers: createMessageProviders(sandboxOutbox),
      fetch: createSafeFetch({
        resolve: async (host) => (await lookup(host, { all: true })).map((one) => one.address),
        allowPrivate: config.mode === "development",
        allowHttp: config.mode === "development",
      }),
      clock,
      random,
      secrets,
      logKeys,
      log,
      publicUrl: config.publicUrl,
      defaultRegion: config.defaultRegion,
      holder: `${os.hostname()}:${process.pid}:${Buffer.from(random(4)).toString("hex")}`,
    };
    const announced = await announceKeys(deps, options.rotatedBy ?? null);
    return { ...runningHeed(config, deps, sandboxOutbox, env, ledger), announced };
  } catch (error) {
    await ledger.close();
    throw error;
  }
}

/**
 * INVARIANT: from the look for a switch that was cut short until the store holds the ledger, no
 * restore can change which ledger lies in the folder. One that is in PostgreSQL nobody restores here.
 */
async function openDataFolder(
  config: Config,
  options: StartOptions,
  random: RandomBytes,
): Promise<Pick<Deps, "secrets" | "store">> {
  const { dataFolder, databaseUrl } = config;
  await makeDurableFolder(dataFolder);
  const isLocal = databaseUrl === null || isSwitching(dataFolder);
  const lock = isLocal ? lockRestores(dataFolder) : null;
  try {
    if (await finishSwitch(dataFolder)) {
      options.log.warn({}, "finished a restore that was interrupted");
    }
    const secrets = await loadSecrets(dataFolder, options.env, random);
    return { secrets, store: await openStore(config, options, keyingOf(secrets)) };
  } finally {
    lock?.unlock();
  }
}

/** The ledger with what stands guard over it and what was folded from it. */
interface Ledger {
  readonly store: Store;
  readonly guard: AnchoredGuard;
  readonly live: LiveStandings;
  readonly logKeys: LogKeys;
  readonly snapshots: StandingsPlace;
  /** Tells of the tokens that each erasure names, when it is read from the ledger. */
  onErased(listener: (tokens: readonly string[]) => void): void;
  close(): Promise<void>;
}

async function openLedger(
  config: Config,
  options: StartOptions,
  given: Pick<Deps, "clock" | "random" | "secrets" | "store">,
): Promise<Ledger> {
  const { env, log, onBroken } = options;
  const { clock, random, secrets, store } = given;
  const { dataFolder, publicUrl } = config;
  const alone = config.databaseUrl === null;
  const open: { close(): Promise<void> }[] = [store];
  const close = async () => {
    for (const one of open) await one.close();
  };
  try {
    await checkSecrets(store, secrets, clock);
    const logKeys = await openLogKeys({ dataFolder, env, publicUrl, random, store, clock });
    const place = await openAnchorFile(config.anchorFile, dataFolder);
    open.push(place);
    const { origin } = logKeys;
    const guard = await openHeadGuard({ store, place, origin, alone, clock, log, onBroken });
    // Before its file: what is being written may end.
    open.splice(1, 0, guard);
    const { peppers } = await knownKeys(store);
    refuseTwoRotations(secrets, peppers);
    const lock = lockOfMissing(secrets, peppers);
    if (lock !== null) guard.lockNow(lock);
    const { tokensOf } = secrets;
    let tellErased: (tokens: readonly string[]) => void = () => {};
    const onErased = (listener: typeof tellErased) => {
      tellErased = listener;
    };
    const entries = new CheckedEntries({
      store,
      tokensOf,
      onFault: (position, fault) => guard.lockNow(damagedEntry(position, fault)),
      onAct: (act) => {
        followKeys({ secrets, logKeys, guard }, act);
        if (act?.kind === "erasure") tellErased(tokensOfErasure(act));
      },
    });
    const folder = path.join(dataFolder, "snapshots");
    const snapshots = { folder, store, entries, guard, tokensOf, log };
    const standings = await loadStandings(snapshots);
    const live = new LiveStandings({ standings, store, entries, guard, clock, alone });
    await live.refresh();
    return { store, guard, live, logKeys, snapshots, onErased, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * Other ledgers in the data folder: what a restore put aside, a backup. They are whole, somebody
 * wants them so, and they are their owner's to remove.
 */
function otherLedgers(dataFolder: string): AddressCopy {
  return {
    async forget() {
      const folders = (await readdir(dataFolder)).map((name) => path.join(dataFolder, name));
      const remains = folders.filter((folder) => existsSync(path.join(folder, LEDGER_FILE)));
      return { removed: [], remains: remains.sort() };
    },
  };
}

function openStore(
  config: Config,
  { onBroken, log }: StartOptions,
  keying: MessageKeying,
): Promise<Store> {
  if (config.databaseUrl === null) {
    return openSqliteStore({ file: path.join(config.dataFolder, "heed.db"), keying, onBroken });
  }
  return openPostgresStore({
    url: config.databaseUrl,
    keying,
    onBroken,
    onWarning: (message) => log.warn({}, message),
  });
}

function runningHeed(
  config: Config,
  deps: Deps,
  sandboxOutbox: SandboxOutbox | null,
  env: StartOptions["env"],
  { snapshots, close }: Ledger,
): Omit<Heed, "announced"> {
  const stopping = new AbortController();
  const following: Promise<void>[] = [deps.sends.follow(stopping.signal, deps.log)];
  if (config.databaseUrl !== null) {
    following.push(deps.live.follow(stopping.signal, deps.log));
    following.push(deps.settings.follow(stopping.signal));
    following.push(deps.copies.follow(deps.live.standings, stopping.signal, deps.log));
  }
  return {
    config,
    deps,
    sandboxOutbox,
    startWorkers() {
      following.push(answerPeople(deps, env, stopping.signal));
      following.push(deliverEntries(deps, env, stopping.signal));
    },
    async stop() {
      stopping.abort();
      await Promise.all(following);
      await saveStandings(snapshots, deps.live.standings);
      await close();
    },
  };
}
