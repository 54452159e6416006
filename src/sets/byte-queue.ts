/** Chunks of any length in, pieces of the asked length out. Holds no more than it was asked for. */

/** Bytes with a buffer of their own, from its beginning: any typed array can be laid over it. */
export type Bytes = Uint8Array<ArrayBuffer>;

export class ByteQueue {
  readonly #chunks: AsyncIterator<Uint8Array> | Iterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>) {
    this.#chunks =
      Symbol.asyncIterator in chunks ? chunks[Symbol.asyncIterator]() : chunks[Symbol.iterator]();
  }

  /** The next `length` bytes, copied, or `null` when the source ends before them. */
  async take(length: number): Promise<Bytes | null> {
    if (this.#rest.length >= length) return this.#cut(length);
    const parts = [this.#rest];
    let have = this.#rest.length;
    while (have < length) {
      const next = await this.#chunks.next();
      if (next.done === true) return null;
      parts.push(next.value);
      have += next.value.length;
    }
    const bytes = new Uint8Array(length);
    let at = 0;
    for (const part of parts) {
      const used = part.subarray(0, length - at);
      bytes.set(used, at);
      at += used.length;
      this.#rest = part.subarray(used.length);
    }
    return bytes;
  }

  #cut(length: number): Bytes {
    // Not `slice`: that of a Node `Buffer` is a view of memory that others use too.
    const bytes = new Uint8Array(length);
    bytes.set(this.#rest.subarray(0, length));
    this.#rest = this.#rest.subarray(length);
    return bytes;
  }
}
