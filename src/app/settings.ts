/**
 * The configuration that people change while the server runs: senders, sources, API keys,
 * destinations and suspensions. Kept in the store, held in memory so that no check waits for a
 * database, and re-read often enough that a key revoked on one server is dead on all within two
 * seconds.
 */
import { type Static, type TSchema, Type } from "typebox";
import Value from "typebox/value";
import { NAME_PATTERN } from "../domain/words.ts";
import { SUSPENSION_KINDS } from "../rules/facts.ts";
import type { SettingKind, Store } from "../store/store.ts";
import { pause } from "./pause.ts";
import type { Clock, Log } from "./ports.ts";

const Name = Type.String({ pattern: NAME_PATTERN });
const AnyConfig = Type.Record(Type.String(), Type.Unknown());

export const SenderSchema = Type.Object(
  {
    id: Name,
    /** As people know it: "Acme Shoes". */
    name: Type.String({ minLength: 1, maxLength: 100 }),
    /** BCP 47; used when the person's language is not known. */
    language: Type.String({ minLength: 2, maxLength: 35, default: "en" }),
    /** What a plain STOP covers. A setting can widen the design's default, never narrow it. */
    stopCovers: Type.Union(
      [Type.Literal("standard"), Type.Literal("every-channel"), Type.Literal("every-sender")],
      { default: "standard" },
    ),
    /** Whether Heed confirms opt-outs that the provider did not confirm itself. */
    confirm: Type.Boolean({ default: true }),
    programs: Type.Array(
      Type.Object({ id: Name, name: Type.String() }, { additionalProperties: false }),
      { default: [] },
    ),
  },
  { additionalProperties: false },
);
export type Sender = Static<typeof SenderSchema>;

export const SourceSchema = Type.Object(
  {
    id: Name,
    adapter: Type.String(),
    /** In whose name people wrote to this source. */
    sender: Name,
    enabled: Type.Boolean({ default: true }),
    /** Country for numbers that the source writes without one. */
    defaultRegion: Type.Optional(Type.String({ pattern: "^[A-Z]{2}$" })),
    /** Settings of the adapter. A value `env:NAME` is read from the environment when it is used. */
    config: AnyConfig,
    /** How people who wrote to this source are answered: by the provider that took their words. */
    reply: Type.Optional(
      Type.Object({ provider: Type.String(), config: AnyConfig }, { additionalProperties: false }),
    ),
  },
  { additionalProperties: false },
);
export type Source = Static<typeof SourceSchema>;

export const KEY_SCOPES = ["check", "send", "record", "import", "export", "admin"] as const;
export type KeyScope = (typeof KEY_SCOPES)[number];
const KeyScopeSchema = Type.Union([
  Type.Literal("check"),
  Type.Literal("send"),
  Type.Literal("record"),
  Type.Literal("import"),
  Type.Literal("export"),
  Type.Literal("admin"),
]);

export const ApiKeySchema = Type.Object(
  {
    id: Type.String({ pattern: "^[a-z0-9]{6,32}$" }),
    name: Type.String({ minLength: 1, maxLength: 100 }),
    scopes: Type.Array(KeyScopeSchema, { minItems: 1 }),
    /** SHA-256 (hex) of the secret part. The secret itself is shown once and kept nowhere. */
    hash: Type.String({ pattern: "^[0-9a-f]{64}$" }),
    createdAt: Type.Number(),
  },
  { additionalProperties: false },
);
export type ApiKey = Static<typeof ApiKeySchema>;

export const DestinationSchema = Type.Object(
  {
    id: Name,
    adapter: Type.String(),
    enabled: Type.Boolean({ default: true }),
    config: AnyConfig,
    addedAt: Type.Optional(
      Type.String({ description: "Since when there is one of this id. What it took is timed." }),
    ),
    /** Why it was switched off by itself, when it was. */
    disabledBecause: Type.Optional(Type.String()),
  },
  { additionalProperties: false },
);
export type DestinationSetting = Static<typeof DestinationSchema>;

const InstantNumber = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });

/**
 * Something that an operator switched on for an area. One that has ended stays, with its end: a check
 * of an instant in the past must find it.
 */
export const SuspensionSchema = Type.Object(
  {
    id: Name,
    kind: Type.Enum([...SUSPENSION_KINDS]),
    /** ISO 3166-1 country or ISO 3166-2 subdivision. */
    region: Type.String({ pattern: "^[A-Z]{2}(-[A-Z0-9]{1,3})?$" }),
    /** `null`: the whole region. */
    county: Type.Union([Type.String({ minLength: 1, maxLength: 100 }), Type.Null()]),
    from: InstantNumber,
    /** The first instant without it; `null`: until somebody ends it. */
    until: Type.Union([InstantNumber, Type.Null()]),
    note: Type.Optional(Type.String({ maxLength: 2000 })),
    author: Type.Optional(Type.String({ maxLength: 200 })),
  },
  { additionalProperties: false },
);
export type SuspensionSetting = Static<typeof SuspensionSchema>;

const REFRESH_MS = 1000;

/** In-memory copies of all settings, by kind and id. */
export class LiveSettings {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #log: Log;
  #asked = 0;
  #taken = 0;
  senders: ReadonlyMap<string, Sender> = new Map();
  sources: ReadonlyMap<string, Source> = new Map();
  keys: ReadonlyMap<string, ApiKey> = new Map();
  destinations: ReadonlyMap<string, DestinationSetting> = new Map();
  /** As `Suspension` of the rules, and by id. */
  suspensions: ReadonlyMap<string, SuspensionSetting> = new Map();

  constructor(store: Store, clock: Clock, log: Log) {
    this.#store = store;
    this.#clock = clock;
    this.#log = log;
  }

  async refresh(): Promise<void> {
    this.#asked += 1;
    const turn = this.#asked;
    const [senders, sources, keys, destinations, suspensions] = await Promise.all([
      this.#read("sender", SenderSchema),
      this.#read("source", SourceSchema),
      this.#read("key", ApiKeySchema),
      this.#read("destination", DestinationSchema),
      this.#read("suspension", SuspensionSchema),
    ]);
    // What was asked for before and comes later is older: it must not bring a revoked key back.
    if (turn < this.#taken) return;
    this.#taken = turn;
    this.senders = senders;
    this.sources = sources;
    this.keys = keys;
    this.destinations = destinations;
    this.suspensions = suspensions;
  }

  /** Keeps the copies level with the store while other servers may change it. */
  async follow(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await pause(REFRESH_MS, signal);
      if (signal.aborted) return;
      await this.refresh().catch((error) =>
        this.#log.warn({ err: error }, "cannot re-read the settings; the last known ones hold"),
      );
    }
  }

  async putSender(sender: Sender): Promise<void> {
    await this.#put("sender", sender.id, sender);
  }

  async putSource(source: Source): Promise<void> {
    await this.#put("source", source.id, source);
  }

  async putKey(key: ApiKey): Promise<void> {
    await this.#put("key", key.id, key);
  }

  async putDestination(destination: DestinationSetting): Promise<void> {
    await this.#put("destination", destination.id, destination);
  }

  async putSuspension(suspension: SuspensionSetting): Promise<void> {
    await this.#put("suspension", suspension.id, suspension);
  }

  /** Whether there was one. */
  async remove(kind: SettingKind, id: string): Promise<boolean> {
    const existed = await this.#store.deleteSetting(kind, id);
    await this.refresh();
    return existed;
  }

  async #put(kind: SettingKind, id: string, value: unknown): Promise<void> {
    await this.#store.putSetting(kind, id, value, this.#clock.now());
    await this.refresh();
  }

  async #read<S extends TSchema>(
    kind: SettingKind,
    schema: S,
  ): Promise<ReadonlyMap<string, Static<S>>> {
    const byId = new Map<string, Static<S>>();
    for (const setting of await this.#store.settings(kind)) {
      if (Value.Check(schema, setting.value)) byId.set(setting.id, setting.value);
      else
        this.#log.error({ kind, id: setting.id }, "a stored setting is not valid; it is left out");
    }
    return byId;
  }
}

/**
 * Replaces `env:NAME` values by what the environment holds, so that secrets can stay out of the
 * database. A name that is not set is an error that says which one.
 */
export function resolveSecrets(
  config: unknown,
  env: Readonly<Record<string, string | undefined>>,
): unknown {
  if (typeof config === "string" && config.startsWith("env:")) {
    const value = env[config.slice(4)];
    if (value === undefined || value === "") {
      throw new Error(`the environment variable \`${config.slice(4)}\` is not set`);
    }
    return value;
  }
  if (Array.isArray(config)) return config.map((item) => resolveSecrets(item, env));
  if (config !== null && typeof config === "object") {
    return Object.fromEntries(
      Object.entries(config).map(([key, value]) => [key, resolveSecrets(value, env)]),
    );
  }
  return config;
}
