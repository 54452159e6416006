// Everything below the HTTP server, wired by runtime/start.ts: real SQLite or PostgreSQL in a
// temporary folder, real packs, lexicons and texts. The wall clock, the network and the provider
// are the test's own; leases and waits run on real time.
import { createHmac, randomUUID } from "node:crypto";
import { join } from "node:path";
import { Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { Webhook } from "standardwebhooks";
import { check } from "../../src/app/check.ts";
import type { Deps } from "../../src/app/deps.ts";
import type { Log } from "../../src/app/ports.ts";
import type { Sender, Source } from "../../src/app/settings.ts";
import type { Entry } from "../../src/domain/entry.ts";
import type { Verdict } from "../../src/domain/verdict.ts";
import type { Instant } from "../../src/domain/words.ts";
import type { RawRequest } from "../../src/inbound/inbound.ts";
import type { MessageProvider, OutgoingMessage } from "../../src/outbound/outbound.ts";
import { readConfig } from "../../src/runtime/config.ts";
import { createLog } from "../../src/runtime/log.ts";
import { type Heed, startHeed } from "../../src/runtime/start.ts";
import { temporaryFolder } from "../support/temp-folder.ts";

export const NOON = Date.parse("2026-11-18T17:00:00Z");
export const SECRET = `whsec_${Buffer.alloc(24, 7).toString("base64")}`;
/** A mobile in New York; noon there is inside every window. */
export const ALICE = "+12125550101";
export const BOB = "+12125550102";
export const OUR_NUMBER = "+12125550199";

/** A wall clock that only the test moves, beside the real monotonic one. */
export class FakeClock {
  #now: Instant;
  constructor(now: Instant = NOON) {
    this.#now = now;
  }
  readonly now = (): Instant => this.#now;
  readonly monotonic = (): number => performance.now();
  pass(durationMs: number): void {
    this.#now += durationMs;
  }
}

export interface HasAfter {
  after(release: () => void | Promise<void>): void;
}

export interface TestApp {
  readonly heed: Heed;
  readonly deps: Deps;
  readonly clock: FakeClock;
  readonly dataFolder: string;
  /** What the log wrote, as lines. */
  readonly logged: string[];
  /** What went to people, through the provider `test`. */
  readonly sent: OutgoingMessage[];
  stop(): Promise<void>;
}

export interface TestAppOptions {
  readonly clock?: FakeClock;
  readonly dataFolder?: string;
  readonly databaseUrl?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly sender?: Partial<Sender>;
  /** Sends instead of the provider `test`, after the message was noted. */
  readonly send?: MessageProvider["send"];
}

export const ACME: Sender = {
  id: "acme",
  name: "Acme Shoes",
  language: "en",
  stopCovers: "standard",
  confirm: true,
  programs: [],
};

export const SHOP: Source = {
  id: "shop",
  adapter: "standard-webhook",
  sender: "acme",
  enabled: true,
  config: { secrets: [SECRET] },
  reply: { provider: "test", config: {} },
};

export async function startApp(t: HasAfter, options: TestAppOptions = {}): Promise<TestApp> {
  const clock = options.clock ?? new FakeClock();
  const dataFolder = options.dataFolder ?? join(temporaryFolder(t), "data");
  const logged: string[] = [];
  const sent: OutgoingMessage[] = [];
  const env = {
    HEED_DATA: dataFolder,
    ...(options.databaseUrl === undefined ? {} : { DATABASE_URL: options.databaseUrl }),
    ...options.env,
  };
  const heed = await startHeed(readConfig(env, {}, "development", "/"), {
    env,
    log: logInto(logged),
    onBroken: (error) => {
      logged.push(`broken: ${error.message}`);
    },
    clock,
  });
  let isStopped = false;
  const stop = async () => {
    if (isStopped) return;
    isStopped = true;
    await heed.stop();
  };
  t.after(stop);
  const provider: MessageProvider = {
    id: "test",
    configSchema: {},
    async send(message, config, fetch) {
      sent.push(message);
      if (options.send !== undefined) return await options.send(message, config, fetch);
      return { sent: true, providerMessageId: `test-${sent.length}` };
    },
  };
  (heed.deps.providers as Map<string, MessageProvider>).set("test", provider);
  await heed.deps.settings.putSender({ ...ACME, ...options.sender });
  await heed.deps.settings.putSource(SHOP);
  return { heed, deps: heed.deps, clock, dataFolder, logged, sent, stop };
}

export function logInto(lines: string[], level = "debug"): Log {
  const stream = new Writable({
    write(chunk, _, done) {
      lines.push(String(chunk));
      done();
    },
  });
  return createLog(level, stream);
}

/** A request of the shop, signed by the package that other people use. */
export function signed(body: unknown, at: Instant, id: string = randomUUID()): RawRequest {
  const text = JSON.stringify(body);
  const signature = new Webhook(SECRET).sign(id, new Date(at), text);
  return {
    method: "POST",
    url: "http://127.0.0.1:4333/v1/inbound/shop",
    headers: {
      "webhook-id": id,
      "webhook-timestamp": String(Math.floor(at / 1000)),
      "webhook-signature": signature,
    },
    body: Buffer.from(text),
  };
}

export function messageOf(text: string, more: Record<string, unknown> = {}) {
  return {
    type: "message.received",
    data: { channel: "sms", from: ALICE, to: OUR_NUMBER, text, ...more },
  };
}

export function marketingTo(deps: Deps, to: string, more: Record<string, unknown> = {}): Verdict {
  return check(deps, { to, sender: "acme", channel: "sms", class: "marketing", ...more });
}

/** A message that needs no consent, so that nothing but an opt-out stands against it. */
export function serviceTo(deps: Deps, to: string, more: Record<string, unknown> = {}): Verdict {
  return check(deps, { to, sender: "acme", channel: "sms", class: "transactional", ...more });
}

export async function ledgerOf(deps: Deps): Promise<readonly Entry[]> {
  return await deps.store.read(0, 100_000);
}

export function kindsOf(entries: readonly Entry[]): readonly (string | undefined)[] {
  return entries.map((entry) => entry.act?.kind);
}

/** Waits for something that workers do in their own time; fails with what was awaited. */
export async function until(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  timeoutMs = 20_000,
): Promise<void> {
  const giveUpAt = performance.now() + timeoutMs;
  while (!(await isSo())) {
    if (performance.now() > giveUpAt) throw new Error(`waited in vain until ${what}`);
    await sleep(20);
  }
}

/** Until every entry there is now has passed the workers that follow this cursor. */
export async function untilPassed(deps: Deps, cursor: string): Promise<void> {
  const head = await deps.store.head();
  await until(`${cursor} has passed ${head}`, async () => {
    const found = (await deps.store.cursors()).find((one) => one.name === cursor);
    return found !== undefined && found.position >= head;
  });
}

/** Random bytes that a seed decides, for runs that can be repeated. */
export function seededBytes(seed: number): (length: number) => Uint8Array {
  let count = 0;
  return (length) => {
    count += 1;
    const bytes = createHmac("sha512", String(seed)).update(String(count)).digest();
    return Uint8Array.from({ length }, (_, at) => bytes[at % bytes.length]!);
  };
}
