// Chooses bits to flip: half of them by chance over all bytes that hold something, half of them
// evenly over what the bytes are for, because an index has few bytes and matters as much.
import { type Dice, roll } from "../dice.ts";
import { type Span, spansOf, UNREAD, UNUSED } from "./pages.ts";

export interface Flip {
  /** Which file: see `FlipPlan`. */
  readonly file: "database" | "snapshot";
  readonly at: number;
  readonly bit: number;
  /** What the byte is for. */
  readonly use: string;
}

export interface FlipChooser {
  /** In a byte that holds something. */
  inUse(): Flip;
  /** In a byte that holds nothing, or nothing that anybody reads. */
  outOfUse(): Flip;
}

/** How many of ten go into the snapshot. */
const SNAPSHOT_SHARE = 2;

export function chooserOf(database: Uint8Array, snapshot: Uint8Array, dice: Dice): FlipChooser {
  const spans = spansOf(database);
  const idle = spans.filter(({ use }) => use === UNUSED || use === UNREAD);
  const held = spans.filter((span) => !idle.includes(span));
  const byUse = Map.groupBy(held, ({ use }) => use);
  const uses = [...byUse.keys()];
  const inDatabase = (among: readonly Span[]): Flip => {
    let left = roll(
      dice,
      0,
      among.reduce((sum, { start, end }) => sum + end - start, -1),
    );
    for (const { start, end, use } of among) {
      if (left < end - start)
        return { file: "database", at: start + left, bit: roll(dice, 0, 7), use };
      left -= end - start;
    }
    throw new Error("INVARIANT: a number below the sum is in one of the spans");
  };
  return {
    inUse() {
      if (roll(dice, 1, 10) <= SNAPSHOT_SHARE) {
        const at = roll(dice, 0, snapshot.length - 1);
        return { file: "snapshot", at, bit: roll(dice, 0, 7), use: "snapshot of the standings" };
      }
      const isByUse = roll(dice, 0, 1) === 1;
      return inDatabase(isByUse ? byUse.get(uses[roll(dice, 0, uses.length - 1)]!)! : held);
    },
    outOfUse() {
      const unread = idle.filter(({ use }) => use === UNREAD);
      return inDatabase(roll(dice, 0, 3) === 0 ? unread : idle);
    },
  };
}

export function flipped(bytes: Uint8Array, { at, bit }: Pick<Flip, "at" | "bit">): Buffer {
  const changed = Buffer.from(bytes);
  changed[at]! ^= 1 << bit;
  return changed;
}

export function describe({ file, at, bit, use }: Flip): string {
  return `bit ${bit} of byte ${at} of the ${file} (${use})`;
}
