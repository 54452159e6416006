// A whole Heed in a temporary folder, without its workers: real SQLite, real packs and lexicons, the
// real HTTP server. Nothing is mocked; the clock can be handed in. Gone, with everything it wrote, after the test.
import path from "node:path";
import { makeApiKey } from "../../src/app/api-keys.ts";
import type { Deps } from "../../src/app/deps.ts";
import type { Clock, Log } from "../../src/app/ports.ts";
import type { ApiKey, KeyScope } from "../../src/app/settings.ts";
import type { ApiServer, ServerOptions } from "../../src/http/api.ts";
import { buildServer } from "../../src/http/server.ts";
import type { SandboxOutbox } from "../../src/outbound/sandbox-messages.ts";
import { startHeed } from "../../src/runtime/start.ts";
import { temporaryFolder } from "./temp-folder.ts";

export interface TestHeed {
  readonly deps: Deps;
  readonly server: ApiServer;
  readonly outbox: SandboxOutbox;
  /** Everything that was logged, as JSON lines. */
  readonly logged: string[];
  /** The text of a key with these scopes. */
  key(...scopes: KeyScope[]): string;
  /** `Authorization` with such a key. */
  auth(...scopes: KeyScope[]): { authorization: string };
  /** Listens on a free port of the loopback interface and gives the URL. */
  listen(): Promise<string>;
}

export interface Overrides {
  readonly clock?: Clock;
  readonly publicUrl?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly options?: Partial<ServerOptions>;
  /** Changes the parts before the server is built, for a control that must fail. */
  readonly change?: (deps: Deps) => Deps;
}

interface HasAfter {
  after(release: () => void | Promise<void>): void;
}

export async function startTestHeed(t: HasAfter, overrides: Overrides = {}): Promise<TestHeed> {
  // Hooks run in the order in which they are added: close first, then remove the folder.
  const closing: (() => Promise<void>)[] = [];
  t.after(async () => {
    for (const close of closing) await close();
  });
  const folder = path.join(temporaryFolder(t), "data");
  const logged: string[] = [];
  const env = overrides.env ?? {};
  const heed = await startHeed(
    {
      dataFolder: folder,
      anchorFile: `${folder}.anchor`,
      databaseUrl: null,
      host: "127.0.0.1",
      port: 0,
      publicUrl: overrides.publicUrl ?? "https://heed.test",
      defaultRegion: null,
      logLevel: "silent",
      mode: "development",
    },
    {
      env,
      log: logOf(logged),
      onBroken: (error) => {
        throw error;
      },
      ...(overrides.clock === undefined ? {} : { clock: overrides.clock }),
    },
  );
  closing.push(() => heed.stop());
  const deps = overrides.change?.(heed.deps) ?? heed.deps;
  await deps.settings.putSender({
    id: "acme",
    name: "Acme Shoes",
    language: "en",
    stopCovers: "standard",
    confirm: true,
    programs: [],
  });
  const keys = new Map<string, ApiKey>();
  const server = await buildServer(deps, {
    env,
    scrubFolder: path.join(folder, "scrubs"),
    mode: "production",
    localKeys: keys,
    ...overrides.options,
    // Tests share the processor; only those about shedding want to be refused for load.
    limits: { maxEventLoopDelayMs: 0, ...overrides.options?.limits },
  });
  closing.unshift(() => server.close());
  const key = (...scopes: KeyScope[]) => {
    const made = makeApiKey(deps, { name: scopes.join(" "), scopes });
    keys.set(made.apiKey.id, made.apiKey);
    return made.key;
  };
  return {
    deps,
    server,
    outbox: heed.sandboxOutbox as SandboxOutbox,
    logged,
    key,
    auth: (...scopes) => ({ authorization: `Bearer ${key(...scopes)}` }),
    listen: () => server.listen({ host: "127.0.0.1", port: 0 }),
  };
}

function logOf(lines: string[]): Log {
  const write = (level: string) => (fields: object, message: string) => {
    const shown = Object.entries(fields).map(([name, value]) => [
      name,
      value instanceof Error ? (value.stack ?? value.message) : value,
    ]);
    lines.push(JSON.stringify({ level, message, ...Object.fromEntries(shown) }));
  };
  return {
    debug: write("debug"),
    info: write("info"),
    warn: write("warn"),
    error: write("error"),
  };
}
