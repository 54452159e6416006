/**
 * The copy of a list on disk: what Heed read of it and no more, one address a line, in its one
 * spelling. For whoever was erased it has the token instead: `token:` and 64 hexadecimal digits;
 * a list of hashes has `hash:` and the hash. Only a copy means that by it; in a text that somebody
 * loads, such a line is no address. Where the list says more of an address, there follow, each behind
 * a tab: since when it is listed (seconds since the epoch), channels and sectors, with commas between.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import type { AddressKey, Channel } from "../domain/words.ts";
import { isPlain, type Listing, PLAIN_LISTING } from "../sets/listing.ts";

const TOKEN = "token:";
const HASH = "hash:";
const SECOND_MS = 1000;
/** Few enough lines to ask about each of them without keeping anybody else waiting. */
const CHUNK_BYTES = 64 * 1024;
const LINE_FEED = 0x0a;

/** The copy is not what was written. */
export class DamagedCopy extends Error {
  override readonly name = "DamagedCopy";
}

export type Named =
  | { readonly address: AddressKey }
  | { readonly token: string }
  | { readonly hash: string };
export type ListLine = Named & { readonly listing: Listing };

export function writeListLine(named: Named, listing: Listing = PLAIN_LISTING): string {
  const name =
    "address" in named
      ? named.address
      : "token" in named
        ? `${TOKEN}${named.token}`
        : `${HASH}${named.hash}`;
  if (isPlain(listing)) return name;
  const since = listing.since === null ? "" : Math.floor(listing.since / SECOND_MS);
  return [name, since, listing.channels.join(","), listing.sectors.join(",")].join("\t");
}

export function readListLine(line: string): ListLine {
  const [name = "", since = "", channels = "", sectors = ""] = line.split("\t");
  const listing: Listing =
    name === line
      ? PLAIN_LISTING
      : {
          since: since === "" ? null : Number(since) * SECOND_MS,
          channels: partsOf(channels) as Channel[],
          sectors: partsOf(sectors),
        };
  if (name.startsWith(TOKEN)) return { token: name.slice(TOKEN.length), listing };
  if (name.startsWith(HASH)) return { hash: name.slice(HASH.length), listing };
  return { address: name as AddressKey, listing };
}

function partsOf(text: string): string[] {
  return text === "" ? [] : text.split(",");
}

/** Writes a new file, on disk when it resolves, and gives its SHA-256 in hex. */
export async function writeListCopy(
  file: string,
  blocks: AsyncIterable<readonly string[]>,
): Promise<string> {
  const hash = createHash("sha256");
  const copy = await open(file, "wx", 0o600);
  let waiting = "";
  const write = async () => {
    hash.update(waiting);
    await copy.writeFile(waiting);
    waiting = "";
  };
  try {
    for await (const lines of blocks) {
      for (const line of lines) waiting += `${line}\n`;
      if (waiting.length >= CHUNK_BYTES) await write();
    }
    await write();
    await copy.sync();
  } finally {
    await copy.close();
  }
  return hash.digest("hex");
}

/**
 * The lines, some at a time. Throws `DamagedCopy` at the end when the file does not have this
 * SHA-256: a flipped bit would make one number another, and nobody would notice.
 */
export async function* readListCopy(
  file: string,
  sha256: string,
): AsyncGenerator<readonly string[]> {
  const hash = createHash("sha256");
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of createReadStream(file, { highWaterMark: CHUNK_BYTES })) {
    hash.update(chunk);
    const bytes = Buffer.concat([rest, chunk]);
    const end = bytes.lastIndexOf(LINE_FEED) + 1;
    rest = bytes.subarray(end);
    if (end > 0) yield bytes.toString("utf8", 0, end - 1).split("\n");
  }
  if (rest.length > 0 || hash.digest("hex") !== sha256) {
    throw new DamagedCopy(`${file} is damaged: it is not what was written`);
  }
}
