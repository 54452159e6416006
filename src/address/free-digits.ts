/**
 * How many digits at the end of a number nothing in its numbering plan looks at, read off the
 * plan's own patterns. Two numbers of one length that differ only there are alike in everything the
 * library can say of them, so one answer serves them all.
 */
import { type CountryCode, Metadata } from "libphonenumber-js/max";

/** What is known of everything that a piece of a pattern matches. Lengths in digits. */
interface Piece {
  /** At least so many at the end can be any digit. */
  readonly free: number;
  /** At most so many stand before those. */
  readonly head: number;
  readonly shortest: number;
  readonly longest: number;
}

const NOTHING: Piece = { free: 0, head: 0, shortest: 0, longest: 0 };
const ANY_DIGIT: Piece = { free: 1, head: 0, shortest: 1, longest: 1 };
const CERTAIN_DIGIT: Piece = { free: 0, head: 1, shortest: 1, longest: 1 };

function join(first: Piece, second: Piece): Piece {
  const lengths = {
    shortest: first.shortest + second.shortest,
    longest: first.longest + second.longest,
  };
  if (second.head > 0) {
    return { free: second.free, head: first.longest + second.head, ...lengths };
  }
  return { free: first.free + second.free, head: first.head, ...lengths };
}

function either(one: Piece, other: Piece): Piece {
  return {
    free: Math.min(one.free, other.free),
    head: Math.max(one.head, other.head),
    shortest: Math.min(one.shortest, other.shortest),
    longest: Math.max(one.longest, other.longest),
  };
}

function repeat(piece: Piece, least: number, most: number): Piece {
  const lengths = { shortest: piece.shortest * least, longest: piece.longest * most };
  if (piece.head === 0) return { free: piece.free * least, head: 0, ...lengths };
  // Left out, it lays open the end of what comes before, of which nothing is known here.
  if (least === 0) return { free: 0, head: lengths.longest, ...lengths };
  return { free: piece.free, head: piece.longest * (most - 1) + piece.head, ...lengths };
}

/** Reads `[…]`, `\d`, digits, `(?:…|…)`, `?` and `{n,m}`: all that the metadata's patterns use. */
class PatternReader {
  private readonly pattern: string;
  private at = 0;

  constructor(pattern: string) {
    this.pattern = pattern;
  }

  readAlternatives(): readonly Piece[] {
    const alternatives = [this.readSequence()];
    while (this.pattern[this.at] === "|") {
      this.at += 1;
      alternatives.push(this.readSequence());
    }
    return alternatives;
  }

  private readSequence(): Piece {
    let sequence = NOTHING;
    while (this.at < this.pattern.length && !"|)".includes(this.pattern[this.at]!)) {
      sequence = join(sequence, this.readRepeat(this.readPiece()));
    }
    return sequence;
  }

  private readPiece(): Piece {
    const rest = this.pattern.slice(this.at);
    if (rest.startsWith("(")) {
      this.at += rest.startsWith("(?:") ? 3 : 1;
      const inside = this.readAlternatives().reduce(either);
      this.at += 1;
      return inside;
    }
    const token = /^(?:\\d|\[[^\]]*\]|.)/u.exec(rest)![0];
    this.at += token.length;
    return token === "\\d" ? ANY_DIGIT : CERTAIN_DIGIT;
  }

  private readRepeat(piece: Piece): Piece {
    const found = /^(?:\?|\{(\d+)(?:,(\d+))?\})/u.exec(this.pattern.slice(this.at));
    if (found === null) return piece;
    this.at += found[0].length;
    const least = Number(found[1] ?? 0);
    return repeat(piece, least, Number(found[2] ?? found[1] ?? 1));
  }
}

/** Digits at the end of a match of `length` digits that may be any digit. */
export function countFreeDigits(pattern: string, length: number): number {
  const counts = new PatternReader(pattern)
    .readAlternatives()
    .filter((piece) => piece.shortest <= length && length <= piece.longest)
    .map((piece) => Math.max(piece.free, length - piece.head));
  return Math.min(length, ...counts);
}

const TYPES = [
  "FIXED_LINE",
  "MOBILE",
  "TOLL_FREE",
  "PREMIUM_RATE",
  "PERSONAL_NUMBER",
  "VOICEMAIL",
  "UAN",
  "PAGER",
  "VOIP",
  "SHARED_COST",
];

/** The part of the library's plan that its type definitions leave out. */
interface PlanPatterns {
  nationalNumberPattern(): string | undefined;
  type(name: string): { pattern(): string | undefined } | undefined;
}

function patternsOf(country: CountryCode): readonly string[] {
  const metadata = new Metadata();
  metadata.selectNumberingPlan(country);
  const plan = metadata.numberingPlan as unknown as PlanPatterns;
  const patterns = TYPES.map((type) => plan.type(type)?.pattern());
  return [plan.nationalNumberPattern(), ...patterns].filter(
    (pattern) => pattern !== undefined && pattern !== "",
  ) as string[];
}

/** National prefixes that the library may take off first are at most so long. */
const LONGEST_NATIONAL_PREFIX = 3;
/** More would not shorten the list of prefixes any further, and prefix rules reach that far. */
export const FREE_AT_MOST = 4;

/** Free digits in numbers of `length` national digits, over every pattern of these countries. */
export function countFreeDigitsOf(countries: readonly CountryCode[], length: number): number {
  if (countries.length === 0) return 0;
  let free = FREE_AT_MOST;
  for (const pattern of countries.flatMap(patternsOf)) {
    for (let short = length - LONGEST_NATIONAL_PREFIX; short <= length; short += 1) {
      free = Math.min(free, countFreeDigits(pattern, short));
    }
  }
  return Math.max(0, free);
}
