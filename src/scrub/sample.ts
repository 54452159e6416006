/** Takes the first bytes off a stream to look at, and gives the whole stream back. */

/** Long chunks are cut, so that what is held at a time does not depend on who sends them. */
const SLICE_BYTES = 256 * 1024;

export interface Sampled {
  /** At least `sampleBytes`, or the whole input. */
  readonly sample: Buffer;
  readonly isWhole: boolean;
  /** The whole input from its first byte, in slices. Can be read once. */
  readonly slices: AsyncIterable<Uint8Array>;
}

export async function takeSample(
  input: AsyncIterable<Uint8Array>,
  sampleBytes: number,
): Promise<Sampled> {
  const iterator = input[Symbol.asyncIterator]();
  const chunks: Uint8Array[] = [];
  let length = 0;
  let isWhole = false;
  while (length < sampleBytes) {
    const next = await iterator.next();
    if (next.done === true) {
      isWhole = true;
      break;
    }
    chunks.push(next.value);
    length += next.value.length;
  }
  const sample = Buffer.concat(chunks).subarray(0, isWhole ? length : sampleBytes);
  return { sample, isWhole, slices: slicesOf(chunks, iterator) };
}

async function* slicesOf(
  first: Uint8Array[],
  iterator: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    for (let chunk = first.shift(); chunk !== undefined; chunk = first.shift()) yield* cut(chunk);
    for (;;) {
      const next = await iterator.next();
      if (next.done === true) return;
      yield* cut(next.value);
    }
  } finally {
    // Whoever stops early (an aborted upload, a full disk) closes the input as well.
    await iterator.return?.();
  }
}

function* cut(chunk: Uint8Array): Generator<Uint8Array> {
  for (let from = 0; from < chunk.length; from += SLICE_BYTES) {
    yield chunk.subarray(from, from + SLICE_BYTES);
  }
}
