/** A server from start to stop: listens, tells the command line where it is, and ends cleanly. */
import { makeApiKey } from "../app/api-keys.ts";
import type { Log } from "../app/deps.ts";
import { type ApiKey, KEY_SCOPES } from "../app/settings.ts";
import { buildServer } from "../http/server.ts";
import type { Config } from "./config.ts";
import { DEMO_SENDER, DEMO_SOURCE, setUpDemo } from "./demo.ts";
import { removeServerFile, writeServerFile } from "./server-file.ts";
import { type Heed, startHeed } from "./start.ts";

export interface Serving {
  readonly heed: Heed;
  /** Where it listens. */
  readonly url: string;
  /** The API key made on the first start of the development mode; shown once. */
  readonly firstKey: string | null;
  /** Finishes what is under way, then stops. */
  stop(): Promise<void>;
}

type Env = Readonly<Record<string, string | undefined>>;

/** Starts a server. Rejects with an error that `explainFailure` can put in words. */
export async function serve(
  config: Config,
  env: Env,
  log: Log,
  onBroken: (error: Error) => void,
): Promise<Serving> {
  const heed = await startHeed(config, { env, log, onBroken });
  try {
    const firstKey = config.mode === "development" ? await setUpDemo(heed.deps) : null;
    const local = makeApiKey(heed.deps, { name: "this process", scopes: KEY_SCOPES });
    const server = await buildServer(heed.deps, {
      env,
      mode: config.mode,
      localKeys: new Map<string, ApiKey>([[local.apiKey.id, local.apiKey]]),
      sandbox:
        heed.sandboxOutbox === null
          ? null
          : {
              outbox: heed.sandboxOutbox,
              key: local.key,
              sender: DEMO_SENDER,
              source: DEMO_SOURCE,
            },
    });
    const url = await server.listen({ host: config.host, port: config.port });
    await writeServerFile(config.dataFolder, { url, pid: process.pid, key: local.key });
    heed.startWorkers();
    return {
      heed,
      url,
      firstKey,
      async stop() {
        await server.close();
        await removeServerFile(config.dataFolder);
        await heed.stop();
      },
    };
  } catch (error) {
    await heed.stop();
    throw error;
  }
}
