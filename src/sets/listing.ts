/**
 * What a list says of one address beyond that it names it: since when, for which channels, for
 * which sectors. Most addresses of most lists have none of it and cost nothing here; the others
 * take 8 bytes each.
 */
import type { Channel, Instant } from "../domain/words.ts";

export interface Listing {
  /** To the second; `null`: not known. */
  readonly since: Instant | null;
  /** Empty: all of the list's. */
  readonly channels: readonly Channel[];
  /** In lower case. Empty: all. */
  readonly sectors: readonly string[];
}

/** Named, and nothing more is said: since nobody knows when, for everything. The strictest. */
export const PLAIN_LISTING: Listing = { since: null, channels: [], sectors: [] };

export function isPlain({ since, channels, sectors }: Listing): boolean {
  return since === null && channels.length === 0 && sectors.length === 0;
}

/**
 * One address named twice: for whatever one of the two is for. Two dates make none, because an early
 * one is stricter for a time of grace and a late one for consent that has to be newer.
 */
export function mergeListings(one: Listing, other: Listing): Listing {
  return {
    since: one.since === other.since ? one.since : null,
    channels: union(one.channels, other.channels),
    sectors: union(one.sectors, other.sectors),
  };
}

/** Empty stands for everything. */
function union<Item>(one: readonly Item[], other: readonly Item[]): readonly Item[] {
  if (one.length === 0 || other.length === 0) return [];
  return [...new Set([...one, ...other])].sort();
}

/** Too many different ones are no sectors but something else, and would fill the memory. */
export const LISTING_KINDS_MAX = 10_000;

/** A file has more different combinations of channels and sectors than any registry knows. */
export class TooManyListingKinds extends Error {
  override readonly name = "TooManyListingKinds";
}

const NO_DATE = 0xffff_ffff;
const SECOND_MS = 1000;

type ListingKind = Pick<Listing, "channels" | "sectors">;

/** Listings by number, in typed arrays; channels and sectors are kept once for all who share them. */
export class ListingPool {
  readonly #whenFull: "refuse" | "widen";
  /** The first is for everything. */
  readonly #kinds: ListingKind[] = [PLAIN_LISTING];
  readonly #numbers = new Map([[nameOf(PLAIN_LISTING), 0]]);
  #since = new Uint32Array(16);
  #kind = new Uint32Array(16);
  #size = 0;

  /** `widen`: with too many combinations, further ones are for everything instead of refused. */
  constructor(whenFull: "refuse" | "widen" = "refuse") {
    this.#whenFull = whenFull;
  }

  /** The number of a new one. Throws `TooManyListingKinds`. */
  add(listing: Listing): number {
    if (this.#size === this.#since.length) {
      this.#since = larger(this.#since);
      this.#kind = larger(this.#kind);
    }
    const number = this.#size;
    this.put(number, listing);
    this.#size++;
    return number;
  }

  put(number: number, listing: Listing): void {
    this.#kind[number] = this.#numberOfKind(listing);
    this.#since[number] =
      listing.since === null ? NO_DATE : Math.floor(listing.since / SECOND_MS) % NO_DATE;
  }

  at(number: number): Listing {
    const since = this.#since[number]!;
    const { channels, sectors } = this.#kinds[this.#kind[number]!]!;
    return { since: since === NO_DATE ? null : since * SECOND_MS, channels, sectors };
  }

  bytes(): number {
    return this.#since.byteLength + this.#kind.byteLength;
  }

  #numberOfKind({ channels, sectors }: Listing): number {
    const name = nameOf({ channels, sectors });
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    if (this.#kinds.length > LISTING_KINDS_MAX) {
      if (this.#whenFull === "widen") return 0;
      throw new TooManyListingKinds();
    }
    this.#kinds.push({ channels: [...channels], sectors: [...sectors] });
    this.#numbers.set(name, this.#kinds.length - 1);
    return this.#kinds.length - 1;
  }
}

function nameOf({ channels, sectors }: ListingKind): string {
  return JSON.stringify([channels, sectors]);
}

function larger(full: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const next = new Uint32Array(full.length * 2);
  next.set(full);
  return next;
}
