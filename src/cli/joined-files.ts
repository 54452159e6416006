/** Several files as one upload, such as a registry's files of one area code each. */
import { basename } from "node:path";
import type { Context } from "./context.ts";
import { uploadOf } from "./upload.ts";

const LINE_FEED = 0x0a;

interface Part {
  readonly file: string;
  readonly bytes: AsyncIterable<Uint8Array>;
}

export class JoinedFiles {
  readonly #parts: readonly Part[];
  /** How many lines of the whole stand before each file. */
  readonly #linesBefore: number[] = [];

  private constructor(parts: readonly Part[]) {
    this.#parts = parts;
  }

  /** Fails in words when one of them cannot be read. */
  static async open(
    context: Context,
    files: readonly string[],
    quiet: boolean,
  ): Promise<JoinedFiles> {
    const parts: Part[] = [];
    for (const file of files) parts.push({ file, bytes: await uploadOf(context, file, quiet) });
    return new JoinedFiles(parts);
  }

  /** One behind the other, each ending with a line end. */
  async *stream(): AsyncGenerator<Uint8Array> {
    let lines = 0;
    for (const { bytes } of this.#parts) {
      this.#linesBefore.push(lines);
      let last = LINE_FEED;
      for await (const chunk of bytes) {
        for (let at = chunk.indexOf(LINE_FEED); at !== -1; at = chunk.indexOf(LINE_FEED, at + 1)) {
          lines += 1;
        }
        last = chunk.at(-1) ?? last;
        yield chunk;
      }
      if (last === LINE_FEED || this.#parts.length === 1) continue;
      lines += 1;
      yield Uint8Array.of(LINE_FEED);
    }
  }

  /** In which file a line of the whole stands, and where in there; of a single file as it is. */
  place<Item extends { readonly line: number }>(item: Item): Item & { readonly file?: string } {
    if (this.#parts.length === 1) return item;
    const at = this.#linesBefore.findLastIndex((before) => before < item.line);
    const { file } = this.#parts[at]!;
    return { ...item, file: basename(file), line: item.line - this.#linesBefore[at]! };
  }
}
