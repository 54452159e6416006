/** A server from start to stop: listens, tells the command line where it is, and ends cleanly. */
import { once } from "node:events";
import { mkdir, rm } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import path from "node:path";
import { makeApiKey } from "../app/api-keys.ts";
import type { Log } from "../app/ports.ts";
import { type ApiKey, KEY_SCOPES } from "../app/settings.ts";
import { Metrics } from "../http/metrics.ts";
import { buildServer } from "../http/server.ts";
import type { Config } from "./config.ts";
import { DEMO_SENDER, DEMO_SOURCE, setUpDemo } from "./demo.ts";
import { backupsOf } from "./make-backup.ts";
import { removeServerFile, writeServerFile } from "./server-file.ts";
import { type Heed, startHeed } from "./start.ts";

export interface Serving {
  readonly heed: Heed;
  /** Where it listens. */
  readonly url: string;
  /** A key with every scope that lives as long as this process. */
  readonly key: string;
  /** The API key made on the first start of the development mode; shown once. */
  readonly firstKey: string | null;
  /** Finishes what is under way, then stops. */
  stop(): Promise<void>;
}

export interface ServeOptions {
  readonly onBroken: (error: Error) => void;
  /**
   * `false` for a command that serves itself: it tells nobody where it is, answers no people and
   * sets up no demo.
   */
  readonly asServer: boolean;
}

type Env = Readonly<Record<string, string | undefined>>;

/** Starts a server. Rejects with an error that `explainFailure` can put in words. */
export async function serve(
  given: Config,
  env: Env,
  log: Log,
  options: ServeOptions,
): Promise<Serving> {
  const { asServer } = options;
  const config = await withPort(given);
  const metrics = new Metrics();
  const heed = await startHeed(config, {
    env,
    log,
    onBroken: options.onBroken,
    measure: (store, isSource) => metrics.measure(store, isSource),
  });
  try {
    const isDemo = asServer && config.mode === "development";
    const firstKey = isDemo ? await setUpDemo(heed.deps) : null;
    const local = makeApiKey(heed.deps, { name: "command-line", scopes: KEY_SCOPES });
    const page = makeApiKey(heed.deps, { name: "sandbox", scopes: KEY_SCOPES });
    const server = await buildServer(heed.deps, {
      env,
      mode: config.mode,
      metrics,
      ...(config.trustedProxies === undefined || config.trustedProxies.length === 0
        ? {}
        : { trustedProxies: config.trustedProxies }),
      metricsOpen: config.metricsOpen ?? false,
      ledgerOpen: config.ledgerOpen ?? false,
      backups: backupsOf(heed, env),
      scrubFolder: await emptyFolder(path.join(config.dataFolder, "scrubs")),
      localKeys: new Map<string, ApiKey>([
        [local.apiKey.id, local.apiKey],
        ...(isDemo ? ([[page.apiKey.id, page.apiKey]] as const) : []),
      ]),
      sandbox: isDemo ? sandboxOf(heed, page.key) : null,
    });
    const url = await server.listen({ host: config.host, port: config.port });
    if (asServer) {
      await writeServerFile(config.dataFolder, { url, pid: process.pid, key: local.key });
      heed.startWorkers();
    }
    return {
      heed,
      url,
      key: local.key,
      firstKey,
      async stop() {
        await server.close();
        if (asServer) await removeServerFile(config.dataFolder);
        await heed.stop();
      },
    };
  } catch (error) {
    await heed.stop();
    throw error;
  }
}

/**
 * Port 0 asks for any free one. Links carry the public URL, which is derived from the port when
 * nobody gives it, so the port is chosen before anything is built.
 */
async function withPort(config: Config): Promise<Config> {
  if (config.port !== 0) return config;
  const probe = createServer().listen(0, config.host);
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return { ...config, port, publicUrl: config.publicUrl.replace(/:0$/, `:${port}`) };
}

/** Results of scrubs end with the server that made them. */
async function emptyFolder(folder: string): Promise<string> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { mode: 0o700 });
  return folder;
}

function sandboxOf(heed: Heed, key: string) {
  if (heed.sandboxOutbox === null) return null;
  return { outbox: heed.sandboxOutbox, key, sender: DEMO_SENDER, source: DEMO_SOURCE };
}
