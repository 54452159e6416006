/** Settings of an adapter as they come in and go out: checked by its schema, secrets hidden. */
import type { TSchema } from "typebox";
import { resolveSecrets } from "../app/settings.ts";
import type { Env } from "./api.ts";
import { hasMask, keepMasked, maskSecrets } from "./mask-secrets.ts";
import { invalidMember, invalidRequest, validatorOf } from "./validate.ts";

type Adapters = ReadonlyMap<string, { readonly configSchema: TSchema }>;
type Config = Record<string, unknown>;

export interface GivenConfig {
  readonly adapters: Adapters;
  readonly adapter: string;
  /** Where the name of the adapter is in the body: `/adapter`. */
  readonly adapterPointer: string;
  readonly config: Config;
  /** Where the settings are in the body: `/config`. */
  readonly pointer: string;
  /** What is stored now, for the secrets that came back hidden. */
  readonly stored: Config | undefined;
}

/** The settings to store. Throws a problem that points to what the adapter cannot use. */
export function acceptConfig(given: GivenConfig, env: Env): Config {
  const adapter = given.adapters.get(given.adapter);
  if (adapter === undefined) {
    const known = [...given.adapters.keys()].sort().join(", ");
    throw invalidMember(given.adapterPointer, `must be one of ${known}`);
  }
  const config = keepMasked(given.config, given.stored) as Config;
  if (hasMask(config)) {
    throw invalidMember(given.pointer, "has a hidden secret that is not stored; write it out");
  }
  const faults = validatorOf(adapter.configSchema, "body")(resolved(config, given.pointer, env));
  if (faults.length > 0) {
    throw invalidRequest(
      faults.map((fault) => ({ ...fault, pointer: `${given.pointer}${fault.pointer}` })),
    );
  }
  return config;
}

export function showConfig(adapters: Adapters, adapter: string, config: Config): Config {
  return maskSecrets(adapters.get(adapter)?.configSchema, config) as Config;
}

function resolved(config: Config, pointer: string, env: Env): unknown {
  try {
    return resolveSecrets(config, env);
  } catch (error) {
    throw invalidMember(pointer, error instanceof Error ? error.message : "cannot be read");
  }
}
