/**
 * What may not stand between a person and the way out: a fee, a login, or a question who they are.
 * A way out that has one is none (16 CFR 316.5: no fee, no information but the address; Spam
 * Regulations 2021 of Australia s. 10; CASL s. 11; and promise R6).
 */
import type { Found } from "./phrases.ts";
import { distance } from "./read-text.ts";
import type { WayOut } from "./way-out.ts";
import type { Reading } from "./ways-out.ts";

/** How near a word like "no" or "free" takes a fee back, in words. */
const TAKES_BACK = 2;

const KINDS: ReadonlySet<string> = new Set<Burden["kind"]>(["fee", "login", "identity"]);

/** What each of them does, for a sentence that begins with "The way out". */
export const BURDENS: Readonly<Record<Burden["kind"], string>> = {
  fee: "costs money",
  login: "asks for a login",
  identity: "asks who the person is",
};

export interface Burden {
  readonly kind: "fee" | "login" | "identity";
  /** The words, as they were written. */
  readonly quote: string;
}

/** What burdens the way out of a text, in the sentences that tell it. */
export function findBurdens(reading: Reading): readonly Burden[] {
  const { found, ways, words } = reading;
  const told = [...ways, ...found.filter(({ role }) => role === "purpose")];
  const burdens = found.filter(({ role }) => KINDS.has(role));
  return burdens
    .filter((burden) => !isTakenBack(burden, reading))
    .filter((burden) =>
      told.some((way) => isSameSentence(reading, burden, way) && isItsOwn(reading, burden, way)),
    )
    .map(({ role, start, end }) => ({
      kind: role as Burden["kind"],
      quote: words
        .slice(start, end)
        .map(({ raw }) => raw)
        .join(" "),
    }));
}

interface Place {
  readonly start: number;
  readonly end: number;
}

function isSameSentence({ words }: Reading, one: Place, other: Place): boolean {
  const [from, to] = [Math.min(one.start, other.start), Math.max(one.end, other.end)];
  const first = one.start < other.start ? one : other;
  const last = first === one ? other : one;
  return !words.slice(from, to).some(({ before }, at) => {
    const place = from + at;
    return before === "stop" && place > first.end - 1 && place <= last.start && place !== from;
  });
}

/** "Pay in 3, reply STOP to opt out" asks no money for the way out; a clause parts the two. */
function isItsOwn({ words }: Reading, burden: Place, way: Place): boolean {
  if (burden.start >= way.start) {
    // "Unsubscribe <link> | Log in <link>" is a row of links, each for itself.
    const isInRow = words.slice(way.start, burden.start).some(({ kind }) => kind === "url");
    return !(isInRow && words[burden.end]?.kind === "url");
  }
  const between = words.slice(burden.end, way.start + 1);
  return !between.some(
    ({ before, kind, raw }) => before === "pause" && kind !== "url" && raw !== "",
  );
}

/** "No fee", "free of charge", "without a login", "gratuit, sans frais". */
function isTakenBack(burden: Found, { found, ways, words }: Reading): boolean {
  // The same word is a fee or a login in several languages, and one of them is the text's.
  const languages = found
    .filter(({ role, start }) => role === burden.role && start === burden.start)
    .map(({ language }) => language);
  return found.some((other) => {
    const { role, language, start, end } = other;
    if (role !== "not" || !languages.includes(language)) return false;
    if (isSent(other, ways, words) || isPartOfPurpose(other, found)) return false;
    if (end <= burden.start) return distance(words, end, burden.start) <= TAKES_BACK;
    if (start >= burden.end) return distance(words, burden.end, start) <= TAKES_BACK;
    return true;
  });
}

/** The STOP of "reply STOP and pay 1 $" is sent, and takes nothing back. */
function isSent({ start, end }: Place, ways: readonly WayOut[], words: Reading["words"]): boolean {
  const text = words
    .slice(start, end)
    .map((word) => word.text)
    .join(" ");
  return ways.some((way) => way.keyword === text && way.start <= start && end <= way.end);
}

/** The "baja" of "para darse de baja inicie sesión" is what is asked for, not a denial. */
function isPartOfPurpose({ language, start, end }: Found, found: readonly Found[]): boolean {
  return found.some(
    (other) =>
      other.role === "purpose" &&
      other.language === language &&
      other.start <= start &&
      end <= other.end,
  );
}
