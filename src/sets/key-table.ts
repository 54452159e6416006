/**
 * A hash table from key pairs to 32-bit numbers, in typed arrays: 12 or 20 bytes per place.
 * It grows by splitting one small segment at a time (extendible hashing), so no insertion ever
 * copies more than a few thousand keys and memory never doubles for a moment.
 *
 * LIMIT: about 3,000 million keys, because the hash has 32 bits.
 */

const PLACE_BITS = 12;
const PLACES = 1 << PLACE_BITS;
const MASK = PLACES - 1;
/** Above this a miss looks at too many places. */
const MAX_FILL = Math.floor(PLACES * 0.8);
const MAX_DEPTH = 32 - PLACE_BITS;

export interface Segment {
  /** How many leading bits of the hash all keys in here share. */
  readonly depth: number;
  count: number;
  readonly first: Float64Array;
  /** Empty when the table is for keys of one number. */
  readonly second: Float64Array;
  readonly value: Uint32Array;
}

export class KeyTable {
  /** How many numbers of a key are kept. */
  readonly width: 1 | 2;
  readonly #seed: number;
  readonly #multiplier: number;
  /** 2^depth pointers; a segment that has not split as often is pointed to more than once. */
  #directory: Segment[];
  #depth = 1;
  #segments = 2;
  #size = 0;

  /** `width` 1 keeps only the first number of a key. `seed`: at least 16 secret hex digits. */
  constructor(width: 1 | 2, seed: string) {
    this.width = width;
    this.#seed = Number.parseInt(seed.slice(0, 8), 16) | 0;
    this.#multiplier = Number.parseInt(seed.slice(8, 16), 16) | 1;
    this.#directory = [this.#newSegment(1), this.#newSegment(1)];
  }

  get size(): number {
    return this.#size;
  }

  /** The value of a key, or -1. Allocates nothing. */
  find(first: number, second: number): number {
    const hash = this.#hash(first, second);
    const segment = this.#segmentOf(hash);
    const place = this.#placeOf(segment, hash, first, second);
    return segment.first[place] === 0 ? -1 : segment.value[place]!;
  }

  /** Adds or replaces; says whether the key is new. */
  set(first: number, second: number, value: number): boolean {
    const hash = this.#hash(first, second);
    let segment = this.#segmentOf(hash);
    let place = this.#placeOf(segment, hash, first, second);
    if (segment.first[place] !== 0) {
      segment.value[place] = value;
      return false;
    }
    while (segment.count >= MAX_FILL) {
      this.#split(segment, hash);
      segment = this.#segmentOf(hash);
      place = this.#placeOf(segment, hash, first, second);
    }
    this.#put(segment, place, first, second, value);
    segment.count++;
    this.#size++;
    return true;
  }

  /** Says whether the key was there. What was in its place is overwritten. */
  delete(first: number, second: number): boolean {
    const hash = this.#hash(first, second);
    const segment = this.#segmentOf(hash);
    let hole = this.#placeOf(segment, hash, first, second);
    if (segment.first[hole] === 0) return false;
    // Later keys of the same run move back into the hole, so that no search stops short of them.
    for (let at = (hole + 1) & MASK; segment.first[at] !== 0; at = (at + 1) & MASK) {
      const home = this.#hash(segment.first[at]!, this.#secondAt(segment, at)) & MASK;
      if (((at - home) & MASK) < ((at - hole) & MASK)) continue;
      this.#put(segment, hole, segment.first[at]!, this.#secondAt(segment, at), segment.value[at]!);
      hole = at;
    }
    this.#put(segment, hole, 0, 0, 0);
    segment.count--;
    this.#size--;
    return true;
  }

  /**
   * The segments in the order of their hashes, each as it is when its turn comes. Keys may be
   * added and deleted in between: a key that was there all the time is seen exactly once.
   */
  *segments(): Generator<Segment> {
    const whole = 2 ** 32;
    for (let from = 0; from < whole; ) {
      const segment = this.#segmentOf(from >>> 0);
      const { depth } = segment;
      yield segment;
      from += whole / 2 ** depth;
    }
  }

  /** Bytes of all arrays, with their empty places. */
  bytes(): number {
    return this.#segments * PLACES * (this.width * 8 + 4) + this.#directory.length * 8;
  }

  #newSegment(depth: number): Segment {
    return {
      depth,
      count: 0,
      first: new Float64Array(PLACES),
      second: new Float64Array(this.width === 2 ? PLACES : 0),
      value: new Uint32Array(PLACES),
    };
  }

  #hash(first: number, second: number): number {
    let hash = this.#seed ^ (first | 0);
    hash = Math.imul(hash ^ (hash >>> 16), this.#multiplier);
    hash ^= (first / 2 ** 32) | 0;
    hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
    hash ^= second | 0;
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    return (hash ^ (hash >>> 16)) >>> 0;
  }

  #segmentOf(hash: number): Segment {
    return this.#directory[hash >>> (32 - this.#depth)]!;
  }

  /** The place of a key, or the empty one where it belongs. A segment is never full. */
  #placeOf(segment: Segment, hash: number, first: number, second: number): number {
    const firsts = segment.first;
    let place = hash & MASK;
    for (;;) {
      const found = firsts[place];
      if (found === 0) return place;
      if (found === first && (this.width === 1 || segment.second[place] === second)) return place;
      place = (place + 1) & MASK;
    }
  }

  #secondAt(segment: Segment, place: number): number {
    return this.width === 2 ? segment.second[place]! : 0;
  }

  #put(segment: Segment, place: number, first: number, second: number, value: number): void {
    segment.first[place] = first;
    if (this.width === 2) segment.second[place] = second;
    segment.value[place] = value;
  }

  #split(full: Segment, hash: number): void {
    if (full.depth >= MAX_DEPTH) {
      throw new RangeError("a table of addresses is full: no more of them fit into 32-bit hashes");
    }
    if (full.depth === this.#depth) {
      this.#directory = this.#directory.flatMap((segment) => [segment, segment]);
      this.#depth++;
    }
    const depth = full.depth + 1;
    const halves = [this.#newSegment(depth), this.#newSegment(depth)] as const;
    for (let at = 0; at < PLACES; at++) {
      const first = full.first[at]!;
      if (first === 0) continue;
      const second = this.#secondAt(full, at);
      const itsHash = this.#hash(first, second);
      const half = halves[((itsHash >>> (32 - depth)) & 1) as 0 | 1];
      const place = this.#placeOf(half, itsHash, first, second);
      this.#put(half, place, first, second, full.value[at]!);
      half.count++;
    }
    this.#segments++;
    const pointers = 2 ** (this.#depth - full.depth);
    const start = Math.floor((hash >>> (32 - this.#depth)) / pointers) * pointers;
    this.#directory.fill(halves[0], start, start + pointers / 2);
    this.#directory.fill(halves[1], start + pointers / 2, start + pointers);
  }
}
