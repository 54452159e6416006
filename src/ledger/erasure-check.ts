/**
 * Whether every erased entry was erased by somebody who meant its person. An erased entry has
 * nothing left but its token, and that is all that keeps the person suppressed: when it is changed,
 * no record and no leaf tells. The erasure does, because it names the tokens that it erased.
 */
import { type Act, tokensOfErasure } from "../domain/act.ts";
import type { Position } from "../domain/words.ts";
import type { SealedParts } from "./sealed-check.ts";

/** What is wrong with an erased entry that came before. */
export interface WrongErasure {
  readonly position: Position;
  readonly what: string;
}

/**
 * Entries go in ascending, each after `faultOf` found nothing wrong with it. They may begin anywhere:
 * an erasure always comes after what it erases.
 */
export class ErasureCheck {
  /** By the erasure that is still to come: each token that it must name, and the first entry with it. */
  readonly #waiting = new Map<Position, Map<string, Position>>();

  /** The erased entries about which this one decides, as far as they are wrong. */
  take(
    parts: Pick<SealedParts, "position" | "token" | "erasedBy" | "leaf" | "record">,
  ): WrongErasure[] {
    const { position, erasedBy } = parts;
    const here = this.#waiting.get(position);
    this.#waiting.delete(position);
    if (erasedBy !== null) this.#expect(erasedBy, parts.token, position);
    if (here === undefined) return [];
    if (kindOf(parts.leaf) !== "erasure") {
      const what = `Its record was erased by entry ${position}, which is no erasure.`;
      return [...here.values()].map((wrong) => ({ position: wrong, what }));
    }
    // Nothing erases the record of an erasure.
    const named =
      parts.record === null
        ? []
        : tokensOfErasure(JSON.parse(new TextDecoder().decode(parts.record)) as Act);
    const what = `Its token is none of those that entry ${position} erased: it was changed.`;
    return [...here].flatMap(([token, wrong]) =>
      named.includes(token) ? [] : [{ position: wrong, what }],
    );
  }

  /** Erased entries whose erasure never came. */
  end(): WrongErasure[] {
    return [...this.#waiting].flatMap(([erasedBy, tokens]) => {
      const what = `Its record was erased by entry ${erasedBy}, which the ledger does not have.`;
      return [...tokens.values()].map((position) => ({ position, what }));
    });
  }

  #expect(erasedBy: Position, token: string, position: Position): void {
    const tokens = this.#waiting.get(erasedBy) ?? new Map<string, Position>();
    if (!tokens.has(token)) tokens.set(token, position);
    this.#waiting.set(erasedBy, tokens);
  }
}

function kindOf(leaf: Uint8Array): unknown {
  return JSON.parse(new TextDecoder().decode(leaf)).kind;
}
