/**
 * The one place where everything is wired: configuration, store, standings, rules, adapters. What
 * comes out is `Deps`, which use cases take, and a way to stop that loses nothing.
 */
import { randomBytes } from "node:crypto";
import { lookup } from "node:dns/promises";
import os from "node:os";
import path from "node:path";
import { answerPeople } from "../app/answer-people.ts";
import { deliverEntries } from "../app/deliver-entries.ts";
import type { Deps } from "../app/deps.ts";
import { LiveStandings } from "../app/live-standings.ts";
import type { Clock, Log, RandomBytes } from "../app/ports.ts";
import { LiveSettings } from "../app/settings.ts";
import { inboundAdapters } from "../inbound/registry.ts";
import { createMessageProviders, destinations } from "../outbound/registry.ts";
import { createSafeFetch } from "../outbound/safe-fetch.ts";
import { createSandboxOutbox, type SandboxOutbox } from "../outbound/sandbox-messages.ts";
import { openPostgresStore } from "../store/postgres/open-postgres-store.ts";
import { openSqliteStore } from "../store/sqlite/open-sqlite-store.ts";
import type { Store } from "../store/store.ts";
import { systemClock } from "./clock.ts";
import type { Config } from "./config.ts";
import { openListShelf } from "./list-shelf.ts";
import { loadPacks, loadRecogniser, loadTexts } from "./reviewed-files.ts";
import { checkSecrets, loadSecrets } from "./secrets.ts";
import { loadStandings, type StandingsPlace, saveStandings } from "./standings-file.ts";
import { finishSwitch } from "./switch-ledger.ts";
import { makeDurableFolder } from "./sync-folder.ts";

export interface Heed {
  readonly config: Config;
  readonly deps: Deps;
  /** What the sandbox provider "sent"; `null` outside development. */
  readonly sandboxOutbox: SandboxOutbox | null;
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
  /** Wraps the store that use cases and workers write to, to count and time what they do. */
  readonly measure?: (store: Store, isSource: (name: string) => boolean) => Store;
}

export async function startHeed(config: Config, options: StartOptions): Promise<Heed> {
  const { env, log } = options;
  const clock = options.clock ?? systemClock;
  const random = options.random ?? ((length: number) => new Uint8Array(randomBytes(length)));
  await makeDurableFolder(config.dataFolder);
  if (await finishSwitch(config.dataFolder))
    log.warn({}, "finished a restore that was interrupted");
  const secrets = await loadSecrets(config.dataFolder, env, random);
  const store = await openStore(config, options);
  try {
    await checkSecrets(store, secrets, clock);
    const { tokenOf, tokensOf } = secrets;
    const snapshots = { folder: path.join(config.dataFolder, "snapshots"), store, tokensOf, log };
    const standings = await loadStandings(snapshots);
    const alone = config.databaseUrl === null;
    const live = new LiveStandings({ standings, store, clock, alone });
    await live.refresh();
    const settings = new LiveSettings(store, clock, log);
    await settings.refresh();
    // The sandbox keeps messages in memory, so it exists in development only.
    const sandboxOutbox = config.mode === "development" ? createSandboxOutbox() : null;
    const isSource = (name: string) => settings.sources.has(name);
    const deps: Deps = {
      store: options.measure?.(store, isSource) ?? store,
      live,
      settings,
      lists: await openListShelf(path.join(config.dataFolder, "lists"), tokenOf),
      packs: await loadPacks(),
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
      log,
      publicUrl: config.publicUrl,
      defaultRegion: config.defaultRegion,
      holder: `${os.hostname()}:${process.pid}:${Buffer.from(random(4)).toString("hex")}`,
    };
    return runningHeed(config, deps, sandboxOutbox, env, snapshots, alone);
  } catch (error) {
    await store.close();
    throw error;
  }
}

function openStore(config: Config, { onBroken, log }: StartOptions): Promise<Store> {
  if (config.databaseUrl === null) {
    return openSqliteStore({ file: path.join(config.dataFolder, "heed.db"), onBroken });
  }
  return openPostgresStore({
    url: config.databaseUrl,
    onBroken,
    onWarning: (message) => log.warn({}, message),
  });
}

function runningHeed(
  config: Config,
  deps: Deps,
  sandboxOutbox: SandboxOutbox | null,
  env: StartOptions["env"],
  snapshots: StandingsPlace,
  alone: boolean,
): Heed {
  const stopping = new AbortController();
  const following: Promise<void>[] = [];
  if (!alone) {
    following.push(deps.live.follow(stopping.signal, deps.log));
    following.push(deps.settings.follow(stopping.signal));
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
      await deps.store.close();
    },
  };
}
