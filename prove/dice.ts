// Chance that can be repeated: every random choice of a proof comes from its printed seed.
import { randomInt } from "node:crypto";

/** A number from 0 up to, and without, 1. */
export type Dice = () => number;

export function newSeed(): number {
  return randomInt(2 ** 31);
}

/** mulberry32: small, seeded, and good enough to choose moments. */
export function diceOf(seed: number): Dice {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A whole number from `least` to `most`, both included. */
export function roll(dice: Dice, least: number, most: number): number {
  return least + Math.floor(dice() * (most - least + 1));
}
