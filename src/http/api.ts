/** What routes share: the parts handed in, the server's type, what a route says of itself. */

import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from "fastify";
import type { Backups } from "../app/backups.ts";
import type { Deps } from "../app/deps.ts";
import type { ApiKey, KeyScope } from "../app/settings.ts";
import type { SandboxOutbox } from "../outbound/sandbox-messages.ts";
import type { HttpProblemCode } from "./error-table.ts";
import type { Lane, Limits } from "./lanes.ts";
import type { Metrics } from "./metrics.ts";

export type Env = Readonly<Record<string, string | undefined>>;

/** Who may call a route: a key with that scope, any key at all, or everybody. */
export type Access = KeyScope | "any-key" | "open";

/** What the sandbox page needs, beside the public API. */
export interface SandboxParts {
  readonly outbox: SandboxOutbox;
  /** An API key that lives as long as the process. */
  readonly key: string;
  readonly sender: string;
  readonly source: string;
}

export interface ServerOptions {
  /** Holds the values of settings that are written `env:NAME`. */
  readonly env: Env;
  readonly mode: "development" | "production";
  /** Keys that live as long as the process: the command line's own, the sandbox's. By id. */
  readonly localKeys?: ReadonlyMap<string, ApiKey>;
  /** Serves the sandbox page; `null` or absent: there is none. */
  readonly sandbox?: SandboxParts | null;
  /** Shared with whoever measures the store outside of requests. Default: the server's own. */
  readonly metrics?: Metrics;
  /** Serves /metrics without a key. Default: a key with the scope `check` is needed. */
  readonly metricsOpen?: boolean;
  /** Serves /ledger/ without a key. Default: any key will do, but one is needed. */
  readonly ledgerOpen?: boolean;
  /** Makes backups. Absent: this server makes none. */
  readonly backups?: Backups;
  readonly limits?: Partial<Limits>;
  /** Where results of scrubs wait to be fetched. Default: the system's temporary folder. */
  readonly scrubFolder?: string;
  /** Addresses of proxies whose X-Forwarded-For is believed. Default: nobody's. */
  readonly trustedProxies?: readonly string[];
}

/** Handed to every route file. */
export interface Api {
  readonly deps: Deps;
  readonly env: Env;
  readonly mode: ServerOptions["mode"];
  readonly limits: Limits;
  readonly scrubFolder: string;
  readonly localKeys: ReadonlyMap<string, ApiKey>;
  readonly metrics: Metrics;
  readonly metricsOpen: boolean;
  readonly ledgerOpen: boolean;
  readonly backups: Backups | null;
}

export type ApiServer = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

declare module "fastify" {
  interface FastifyContextConfig {
    /** Every route says who may call it; one that does not stops the start. */
    access?: Access;
    /** Which requests it queues with, for rate limits and shedding. */
    lane?: Lane;
    /** Problems of its own, beside those that every route can answer with. */
    problems?: readonly HttpProblemCode[];
  }
  interface FastifyRequest {
    /** The key that the request proved; `null` without one. */
    apiKey: ApiKey | null;
  }
}
