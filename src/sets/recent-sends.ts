/**
 * What was sent to whom of late, for caps: linked lists in typed arrays, 16 bytes a send and 20 a
 * person. What sends have in common (who, over which channel, what about) is kept once.
 *
 * People are known by 104 bits of their suppression token, so no address is in here. Two who share
 * them would count each other's messages: the stricter side.
 * LIMIT: 4,294 million sends.
 */
import type { Channel, Instant, Position } from "../domain/words.ts";
import type { CallKind, PastSend } from "../rules/facts.ts";
import { KeyTable } from "./key-table.ts";

const CHUNK_BITS = 15;
const CHUNK = 1 << CHUNK_BITS;
const AT = CHUNK - 1;
/** No send: the end of a list. */
const NONE = 0xffffffff;
/** Half of the 104 bits: as many hex digits as fit into an exact number. */
const HALF_DIGITS = 13;
/** Roughly what the shape of a send costs in a `Map` and an array. */
const SHAPE_BYTES = 300;

export interface SendOfToken {
  readonly token: string;
  readonly at: Instant;
  readonly sender: string;
  readonly channel: Channel;
  readonly class: string;
  readonly subject: string | null;
  readonly callKind: CallKind | null;
  readonly isReply: boolean;
  readonly confirms: Position | null;
}

type Shape = Omit<PastSend, "at">;

interface Chunk {
  readonly at: Float64Array;
  readonly shape: Uint32Array;
  readonly next: Uint32Array;
}

export class RecentSends {
  readonly #heads: KeyTable;
  readonly #chunks: Chunk[] = [];
  readonly #shapes: (Shape | null)[] = [];
  readonly #shapeIds = new Map<string, number>();
  /** How many sends have a shape; at 0 its place is free. */
  readonly #uses: number[] = [];
  readonly #freeShapes: number[] = [];
  /** By the opt-out that was confirmed: when. */
  readonly #confirmed = new Map<Position, Instant>();
  #used = 0;
  #free = NONE;
  #size = 0;

  /** `seed`: at least 16 secret hex digits. */
  constructor(seed: string) {
    this.#heads = new KeyTable(2, seed);
  }

  get size(): number {
    return this.#size;
  }

  bytes(): number {
    return this.#heads.bytes() + this.#chunks.length * CHUNK * 16 + this.#uses.length * SHAPE_BYTES;
  }

  add(send: SendOfToken): void {
    const { token, at, confirms } = send;
    if (confirms !== null) this.#confirmed.set(confirms, at);
    const [first, second] = keyOf(token);
    const head = this.#heads.find(first, second);
    const index = this.#take();
    const chunk = this.#chunks[index >>> CHUNK_BITS]!;
    chunk.at[index & AT] = at;
    chunk.shape[index & AT] = this.#shapeOf(send);
    chunk.next[index & AT] = head < 0 ? NONE : head;
    this.#heads.set(first, second, index);
    this.#size += 1;
  }

  /** Sends to whoever has one of these tokens, in no order: those after one instant, up to another. */
  find(tokens: readonly string[], after: Instant, upTo: Instant): readonly PastSend[] {
    const found: PastSend[] = [];
    for (const token of tokens) {
      for (let index = this.#head(token); index !== NONE; ) {
        const chunk = this.#chunks[index >>> CHUNK_BITS]!;
        const at = chunk.at[index & AT]!;
        if (at > after && at <= upTo) {
          found.push({ at, ...this.#shapes[chunk.shape[index & AT]!]! });
        }
        index = chunk.next[index & AT]!;
      }
    }
    return found;
  }

  /** Whether a message that confirms this opt-out is on record. */
  confirmed(position: Position): boolean {
    return this.#confirmed.has(position);
  }

  /** Forgets a person; says how many sends that were. What was confirmed stays confirmed. */
  drop(token: string): number {
    const before = this.#size;
    for (let index = this.#head(token); index !== NONE; ) index = this.#release(index);
    this.#heads.delete(...keyOf(token));
    return before - this.#size;
  }

  /** Forgets what is older, a part at a time: others may add and read between two of them. */
  *dropBefore(instant: Instant): Generator<void> {
    for (const [position, at] of this.#confirmed) {
      if (at < instant) this.#confirmed.delete(position);
    }
    for (const segment of this.#heads.segments()) {
      const keys: [number, number, number][] = [];
      for (const [place, first] of segment.first.entries()) {
        if (first !== 0) keys.push([first, segment.second[place]!, segment.value[place]!]);
      }
      for (const [first, second, head] of keys) this.#trim(first, second, head, instant);
      yield;
    }
  }

  #trim(first: number, second: number, head: number, instant: Instant): void {
    let kept = NONE;
    for (let index = head; index !== NONE; ) {
      const chunk = this.#chunks[index >>> CHUNK_BITS]!;
      if (chunk.at[index & AT]! < instant) {
        index = this.#release(index);
        continue;
      }
      const next = chunk.next[index & AT]!;
      chunk.next[index & AT] = kept;
      kept = index;
      index = next;
    }
    if (kept === NONE) this.#heads.delete(first, second);
    else this.#heads.set(first, second, kept);
  }

  #head(token: string): number {
    const head = this.#heads.find(...keyOf(token));
    return head < 0 ? NONE : head;
  }

  #shapeOf(send: SendOfToken): number {
    const { sender, channel, subject, callKind, isReply } = send;
    const key = JSON.stringify([sender, channel, send.class, subject, callKind, isReply]);
    let id = this.#shapeIds.get(key);
    if (id === undefined) {
      id = this.#freeShapes.pop() ?? this.#shapes.length;
      this.#shapes[id] = { sender, channel, class: send.class, subject, callKind, isReply };
      this.#shapeIds.set(key, id);
      this.#uses[id] = 0;
    }
    this.#uses[id]! += 1;
    return id;
  }

  #take(): number {
    const free = this.#free;
    if (free !== NONE) {
      this.#free = this.#chunks[free >>> CHUNK_BITS]!.next[free & AT]!;
      return free;
    }
    const index = this.#used++;
    if (index >>> CHUNK_BITS === this.#chunks.length) {
      this.#chunks.push({
        at: new Float64Array(CHUNK),
        shape: new Uint32Array(CHUNK),
        next: new Uint32Array(CHUNK),
      });
    }
    return index;
  }

  /** Frees the place of a send, emptied, and gives the one after it. */
  #release(index: number): number {
    const chunk = this.#chunks[index >>> CHUNK_BITS]!;
    const next = chunk.next[index & AT]!;
    this.#unuse(chunk.shape[index & AT]!);
    chunk.at[index & AT] = 0;
    chunk.shape[index & AT] = 0;
    chunk.next[index & AT] = this.#free;
    this.#free = index;
    this.#size -= 1;
    return next;
  }

  #unuse(id: number): void {
    this.#uses[id]! -= 1;
    if (this.#uses[id]! > 0) return;
    const { sender, channel, class: cls, subject, callKind, isReply } = this.#shapes[id]!;
    this.#shapeIds.delete(JSON.stringify([sender, channel, cls, subject, callKind, isReply]));
    this.#shapes[id] = null;
    this.#freeShapes.push(id);
  }
}

/** The first number is never 0, which is an empty place of the table. */
function keyOf(token: string): [number, number] {
  return [
    Number.parseInt(token.slice(0, HALF_DIGITS), 16) + 1,
    Number.parseInt(token.slice(HALF_DIGITS, 2 * HALF_DIGITS), 16),
  ];
}
