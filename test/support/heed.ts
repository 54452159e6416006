// A whole Heed in a temporary folder: real SQLite, real packs and lexicons, the real HTTP server.
// Nothing is mocked; the clock can be handed in. Gone, with everything it wrote, after the test.
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { makeApiKey } from "../../src/app/api-keys.ts";
import type { Clock, Deps, Log } from "../../src/app/deps.ts";
import { LiveStandings } from "../../src/app/live-standings.ts";
import { type ApiKey, type KeyScope, LiveSettings } from "../../src/app/settings.ts";
import type { AddressKey } from "../../src/domain/words.ts";
import type { ApiServer, ServerOptions } from "../../src/http/api.ts";
import { buildServer } from "../../src/http/server.ts";
import { inboundAdapters } from "../../src/inbound/registry.ts";
import { addressToken } from "../../src/ledger/leaf.ts";
import { createMessageProviders, destinations } from "../../src/outbound/registry.ts";
import { createSandboxOutbox, type SandboxOutbox } from "../../src/outbound/sandbox-messages.ts";
import { parseLexicon } from "../../src/recognize/lexicon.ts";
import { compileRecogniser } from "../../src/recognize/recogniser.ts";
import { parsePack } from "../../src/rules/pack.ts";
import { openListShelf } from "../../src/runtime/list-shelf.ts";
import { Standings } from "../../src/sets/standings.ts";
import { openSqliteStore } from "../../src/store/sqlite/open-sqlite-store.ts";
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

const root = path.join(import.meta.dirname, "../..");

export async function startTestHeed(t: HasAfter, overrides: Overrides = {}): Promise<TestHeed> {
  const folder = temporaryFolder(t);
  const logged: string[] = [];
  const outbox = createSandboxOutbox();
  const built = await openDeps(folder, outbox, logOf(logged), overrides);
  const deps = overrides.change?.(built) ?? built;
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
    env: overrides.env ?? {},
    mode: "production",
    localKeys: keys,
    ...overrides.options,
  });
  t.after(async () => {
    await server.close();
    await deps.store.close();
  });
  const key = (...scopes: KeyScope[]) => {
    const made = makeApiKey(deps, { name: scopes.join(" "), scopes });
    keys.set(made.apiKey.id, made.apiKey);
    return made.key;
  };
  return {
    deps,
    server,
    outbox,
    logged,
    key,
    auth: (...scopes) => ({ authorization: `Bearer ${key(...scopes)}` }),
    listen: () => server.listen({ host: "127.0.0.1", port: 0 }),
  };
}

async function openDeps(
  folder: string,
  outbox: SandboxOutbox,
  log: Log,
  overrides: Overrides,
): Promise<Deps> {
  const clock = overrides.clock ?? { now: Date.now, monotonic: () => performance.now() };
  const pepper = new Uint8Array(randomBytes(32));
  const tokenOf = (address: AddressKey) => addressToken(pepper, address);
  const store = await openSqliteStore({ file: path.join(folder, "heed.db") });
  const live = new LiveStandings({ standings: new Standings(tokenOf), store, clock, alone: true });
  const settings = new LiveSettings(store, clock, log);
  await settings.refresh();
  return {
    store,
    live,
    settings,
    lists: await openListShelf(path.join(folder, "lists"), tokenOf),
    packs: readPacks(),
    recogniser: compileRecogniser(readLexicons()),
    texts: [],
    inbound: inboundAdapters,
    destinations,
    providers: createMessageProviders(outbox),
    fetch: () => Promise.reject(new Error("the test's Heed calls nobody")),
    clock,
    random: (length) => new Uint8Array(randomBytes(length)),
    secrets: { pepper, linkKey: new Uint8Array(randomBytes(32)) },
    log,
    publicUrl: overrides.publicUrl ?? "https://heed.test",
    defaultRegion: null,
    holder: "test",
  };
}

function readPacks() {
  const folder = path.join(root, "rulepacks");
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => path.join(folder, entry.name, "pack.json"))
    .map((file) => parsePack(JSON.parse(readFileSync(file, "utf8")), file));
}

function readLexicons() {
  const folder = path.join(root, "lexicons");
  return readdirSync(folder)
    .filter((name) => /^[a-z]{2}\.json$/.test(name))
    .map((name) => path.join(folder, name))
    .map((file) => parseLexicon(JSON.parse(readFileSync(file, "utf8")), file));
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
