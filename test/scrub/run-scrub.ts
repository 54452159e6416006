// Runs a scrub over bytes in memory and hands back both files and the report.
import type { Reason } from "../../src/domain/verdict.ts";
import { addressReader } from "../../src/scrub/read-address.ts";
import type { ScrubReport } from "../../src/scrub/report.ts";
import { type Judge, type ScrubOptions, scrubRows } from "../../src/scrub/scrub.ts";

export interface Scrubbed {
  readonly clean: Buffer;
  readonly removed: Buffer;
  readonly report: ScrubReport;
}

export const OPTED_OUT: Reason = {
  kind: "opted-out",
  answer: "deny",
  text: "They opted out of everything from acme by sms.",
  entry: 7,
};

/** A judge that removes the given addresses. */
export function judgeOf(keys: Iterable<string>): Judge {
  const set = new Set(keys);
  return (address) => (set.has(address.key) ? [OPTED_OUT] : null);
}

export async function* chunksOf(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

export function optionsOf(
  options: Partial<ScrubOptions> & { region?: string | null },
): ScrubOptions {
  const { region = "US", ...given } = options;
  return {
    channel: "sms",
    read: addressReader(region),
    hashKey: "a fixed key",
    now: () => performance.now(),
    pause: () => new Promise((resolve) => setImmediate(resolve)),
    ...given,
  };
}

export async function scrub(
  file: string | Uint8Array,
  options: Partial<ScrubOptions> & { region?: string | null; chunk?: number } = {},
  judge: Judge = judgeOf([]),
): Promise<Scrubbed> {
  const { chunk = 65_536, ...given } = options;
  const bytes = typeof file === "string" ? Buffer.from(file) : file;
  const parts: { clean: Uint8Array[]; removed: Uint8Array[] } = { clean: [], removed: [] };
  const sink = (name: "clean" | "removed") => async (piece: Uint8Array) => {
    parts[name].push(piece);
  };
  const sinks = { clean: sink("clean"), removed: sink("removed") };
  const report = await scrubRows(chunksOf(bytes, chunk), optionsOf(given), sinks, judge);
  return { clean: Buffer.concat(parts.clean), removed: Buffer.concat(parts.removed), report };
}
