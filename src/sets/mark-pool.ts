/**
 * Marks of standings as linked lists in typed arrays, 24 bytes each: the standing of an address is
 * the index of its first mark. Freed marks are used again.
 *
 * LIMIT: 4,294 million marks and 8 million different unions of scopes.
 */
import { strict as assert } from "node:assert";
import { CONSENT_LEVELS } from "../domain/act.ts";
import { MARK_KINDS, type Mark, type Standing } from "../domain/fold.ts";
import type { Scope } from "../domain/scope.ts";

const CHUNK_BITS = 15;
const CHUNK = 1 << CHUNK_BITS;
const AT = CHUNK - 1;
/** No mark: the end of a list. */
export const NO_MARK = 0xffffffff;

const KIND_BITS = 7;
const HOLD = MARK_KINDS.indexOf("hold");
const LIFTS = 1 << 3;
const HAS_EVIDENCE = 1 << 4;
const ERASED = 1 << 5;
const LEVEL_SHIFT = 6;
const SCOPES_SHIFT = 9;
const MAX_SCOPE_LISTS = 2 ** 23;
/** Roughly what a union of scopes costs in a `Map` and an array. */
const SCOPE_LIST_BYTES = 400;

interface Chunk {
  /** Bits 0-2 kind, 3 lifts, 4 has evidence, 5 erased, 6-8 level (0: none), 9-31 scopes. */
  readonly word: Uint32Array;
  readonly effectiveAt: Float64Array;
  readonly position: Float64Array;
  readonly next: Uint32Array;
}

export class MarkPool {
  readonly #chunks: Chunk[] = [];
  #used = 0;
  #free = NO_MARK;
  #live = 0;
  readonly #scopeLists: (readonly Scope[])[] = [];
  readonly #scopeListIds = new Map<string, number>();

  /** Marks in use. */
  get size(): number {
    return this.#live;
  }

  get scopeLists(): readonly (readonly Scope[])[] {
    return this.#scopeLists;
  }

  bytes(): number {
    return this.#chunks.length * CHUNK * 24 + this.#scopeLists.length * SCOPE_LIST_BYTES;
  }

  /** Writes a standing and returns its head. */
  write(standing: Standing): number {
    let head = NO_MARK;
    for (let at = standing.length - 1; at >= 0; at--) head = this.#prepend(standing[at]!, head);
    return head;
  }

  read(head: number): Mark[] {
    const marks: Mark[] = [];
    for (let index = head; index !== NO_MARK; ) {
      const chunk = this.#chunks[index >>> CHUNK_BITS]!;
      marks.push(this.#unpack(chunk, index & AT));
      index = chunk.next[index & AT]!;
    }
    return marks;
  }

  /** Gives the marks of a list back, emptied. */
  free(head: number): void {
    for (let index = head; index !== NO_MARK; ) {
      const chunk = this.#chunks[index >>> CHUNK_BITS]!;
      const at = index & AT;
      const next = chunk.next[at]!;
      chunk.word[at] = 0;
      chunk.effectiveAt[at] = 0;
      chunk.position[at] = 0;
      chunk.next[at] = this.#free;
      this.#free = index;
      this.#live--;
      index = next;
    }
  }

  /** Positions of all holds, ascending: a walk over every mark, for the few who review them. */
  holdPositions(): number[] {
    const positions: number[] = [];
    for (let index = 0; index < this.#used; index++) {
      const chunk = this.#chunks[index >>> CHUNK_BITS]!;
      const at = index & AT;
      // A freed mark is all zeroes, which is no hold.
      if ((chunk.word[at]! & KIND_BITS) === HOLD) positions.push(chunk.position[at]!);
    }
    return positions.sort((a, b) => a - b);
  }

  /** Calls `visit` with the raw numbers of each mark of a list, for a snapshot. */
  visitRaw(
    head: number,
    visit: (word: number, effectiveAt: number, position: number) => void,
  ): void {
    for (let index = head; index !== NO_MARK; ) {
      const chunk = this.#chunks[index >>> CHUNK_BITS]!;
      const at = index & AT;
      visit(chunk.word[at]!, chunk.effectiveAt[at]!, chunk.position[at]!);
      index = chunk.next[at]!;
    }
  }

  /** Puts a mark of a snapshot in front of a list and returns the new head. */
  prependRaw(word: number, effectiveAt: number, position: number, next: number): number {
    const index = this.#take();
    const chunk = this.#chunks[index >>> CHUNK_BITS]!;
    const at = index & AT;
    chunk.word[at] = word;
    chunk.effectiveAt[at] = effectiveAt;
    chunk.position[at] = position;
    chunk.next[at] = next;
    return index;
  }

  /** The number of a union of scopes, the same for equal ones. */
  scopeListId(scopes: readonly Scope[]): number {
    const name = JSON.stringify(
      scopes.map((scope) => [scope.sender, scope.channel, scope.program, scope.class, scope.use]),
    );
    const known = this.#scopeListIds.get(name);
    if (known !== undefined) return known;
    const id = this.#scopeLists.length;
    if (id >= MAX_SCOPE_LISTS) {
      throw new RangeError(`more than ${MAX_SCOPE_LISTS} different unions of scopes are in use`);
    }
    const copy = scopes.map((scope) =>
      Object.freeze({
        sender: scope.sender,
        channel: scope.channel,
        program: scope.program,
        class: scope.class,
        use: scope.use,
      }),
    );
    this.#scopeLists.push(Object.freeze(copy));
    this.#scopeListIds.set(name, id);
    return id;
  }

  #prepend(mark: Mark, next: number): number {
    const level = mark.level === null ? 0 : CONSENT_LEVELS.indexOf(mark.level) + 1;
    const flags =
      MARK_KINDS.indexOf(mark.kind) |
      (mark.lifts ? LIFTS : 0) |
      (mark.hasEvidence ? HAS_EVIDENCE : 0) |
      (mark.erased ? ERASED : 0) |
      (level << LEVEL_SHIFT);
    const word = ((this.scopeListId(mark.scopes) << SCOPES_SHIFT) | flags) >>> 0;
    return this.prependRaw(word, mark.effectiveAt, mark.position, next);
  }

  #unpack(chunk: Chunk, at: number): Mark {
    const word = chunk.word[at]!;
    const level = (word >>> LEVEL_SHIFT) & 7;
    return {
      kind: MARK_KINDS[word & KIND_BITS]!,
      scopes: this.#scopeLists[word >>> SCOPES_SHIFT]!,
      effectiveAt: chunk.effectiveAt[at]!,
      position: chunk.position[at]!,
      lifts: (word & LIFTS) !== 0,
      hasEvidence: (word & HAS_EVIDENCE) !== 0,
      level: level === 0 ? null : CONSENT_LEVELS[level - 1]!,
      erased: (word & ERASED) !== 0,
    };
  }

  #take(): number {
    this.#live++;
    if (this.#free !== NO_MARK) {
      const index = this.#free;
      this.#free = this.#chunks[index >>> CHUNK_BITS]!.next[index & AT]!;
      return index;
    }
    assert(this.#used < NO_MARK, "INVARIANT: no more than 4,294 million marks");
    if (this.#used === this.#chunks.length * CHUNK) {
      this.#chunks.push({
        word: new Uint32Array(CHUNK),
        effectiveAt: new Float64Array(CHUNK),
        position: new Float64Array(CHUNK),
        next: new Uint32Array(CHUNK),
      });
    }
    return this.#used++;
  }
}

/** Whether the word of a mark can be read: its kind, level and scopes exist. */
export function isReadableWord(word: number, scopeLists: number): boolean {
  return (
    (word & KIND_BITS) < MARK_KINDS.length &&
    ((word >>> LEVEL_SHIFT) & 7) <= CONSENT_LEVELS.length &&
    word >>> SCOPES_SHIFT < scopeLists
  );
}
