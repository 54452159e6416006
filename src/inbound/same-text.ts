/** Compares a signature with the right one, in a time that does not tell how much was right. */
import { timingSafeEqual } from "node:crypto";

/** Lengths may be told apart: the length of a signature is fixed by its algorithm and no secret. */
export function isSameText(given: string, right: string): boolean {
  const a = Buffer.from(given, "utf8");
  const b = Buffer.from(right, "utf8");
  return a.length === b.length && timingSafeEqual(a, b);
}
