/** Collects small pieces of output into large ones, which belong to the sink that gets them. */

/** Takes the bytes over; resolves when it can take more. */
export type Sink = (chunk: Uint8Array) => Promise<void>;

const BATCH_BYTES = 64 * 1024;

export class ByteBatch {
  readonly #sink: Sink;
  #buffer = Buffer.allocUnsafeSlow(BATCH_BYTES);
  #filled = 0;
  #full: Buffer[] = [];
  writtenBytes = 0;

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  /** Whether there is enough to be worth a `send`. */
  get isFull(): boolean {
    return this.#full.length > 0;
  }

  addBytes(bytes: Buffer, start: number, end: number): void {
    let from = start;
    while (from < end) {
      const length = Math.min(end - from, BATCH_BYTES - this.#filled);
      bytes.copy(this.#buffer, this.#filled, from, from + length);
      this.#filled += length;
      from += length;
      if (this.#filled === BATCH_BYTES) this.#turnOver();
    }
  }

  add(bytes: Buffer): void {
    this.addBytes(bytes, 0, bytes.length);
  }

  /** Hands the full pieces to the sink, one after the other. */
  async send(): Promise<void> {
    while (this.#full.length > 0) {
      const chunk = this.#full.shift()!;
      this.writtenBytes += chunk.length;
      await this.#sink(chunk);
    }
  }

  /** Hands everything to the sink. */
  async sendAll(): Promise<void> {
    if (this.#filled > 0) this.#turnOver();
    await this.send();
  }

  #turnOver(): void {
    this.#full.push(this.#buffer.subarray(0, this.#filled));
    this.#buffer = Buffer.allocUnsafeSlow(BATCH_BYTES);
    this.#filled = 0;
  }
}
