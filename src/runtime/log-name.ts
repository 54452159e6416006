/** How a log gets its name: once, when its first key is made. */
import type { RandomBytes } from "../app/ports.ts";
import { isKeyName } from "../ledger/note-key.ts";
import { ConfigProblem } from "./config.ts";
import type { Env } from "./key-folder.ts";

export interface LogNaming {
  /** What HEED_ORIGIN asks for. */
  readonly origin: string | null;
  /** Host of the public URL. */
  readonly host: string;
}

export function readNaming(env: Env, publicUrl: string): LogNaming {
  const origin = (env.HEED_ORIGIN ?? "").trim();
  const { host } = new URL(publicUrl);
  if (origin === "") return { origin: null, host };
  if (isKeyName(origin) && !origin.includes("://") && !origin.includes(",")) {
    return { origin, host };
  }
  throw new ConfigProblem(
    `HEED_ORIGIN is \`${origin}\`; use a URL without its scheme, such as optout.example.com/heed`,
  );
}

/**
 * A name that is not taken. Two logs with one name would look like one that contradicts itself, so
 * what a host alone would be called gets digits that nobody else has.
 */
export function nameLog(
  { origin, host }: LogNaming,
  taken: ReadonlySet<string>,
  random: RandomBytes,
): string {
  const digits = () => Buffer.from(random(4)).toString("hex");
  if (origin === null) return `${host}/heed/${digits()}`;
  return taken.has(origin) ? `${origin}/${digits()}` : origin;
}
