// People of several countries, by phone and by e-mail, each of whose addresses is like no other.
import { type Dice, roll } from "../dice.ts";

export interface Person {
  /** As they write it themselves. */
  readonly address: string;
  readonly channel: "sms" | "email";
}

/** What stands before the digits that are rolled, and how many of those there are. */
const PLANS: readonly (readonly [prefix: string, digits: number])[] = [
  ["+1212", 7],
  ["+1416", 7],
  ["+336", 8],
  ["+4479", 8],
  ["+4915", 9],
  ["+55119", 8],
  ["+5491123", 6],
  ["+9198", 8],
  ["+88017", 8],
  ["+819012", 6],
  ["+39347", 7],
];

const DOMAINS = ["example.com", "Example.ORG", "exämple.org", "例え.jp", "почта.example"];
const NAMES = ["ana", "Zoé", "o'neil", "名前", "лев", "list+news", "M.Müller"];

export function somebody(dice: Dice, known: Set<string>): Person {
  for (;;) {
    const person = dice() < 0.6 ? withPhone(dice) : withEmail(dice);
    const key = person.address.toLowerCase();
    if (known.has(key)) continue;
    known.add(key);
    return person;
  }
}

function withPhone(dice: Dice): Person {
  const [prefix, digits] = pick(dice, PLANS);
  // A number that begins with 2 to 9 is one in every one of these plans.
  const first = String(roll(dice, 2, 9));
  const rest = Array.from({ length: digits - 1 }, () => roll(dice, 0, 9)).join("");
  return { address: `${prefix}${first}${rest}`, channel: "sms" };
}

function withEmail(dice: Dice): Person {
  const letters = Array.from({ length: 7 }, () => String.fromCodePoint(roll(dice, 97, 122)));
  const local = `${pick(dice, NAMES)}.${letters.join("")}`;
  return { address: `${local}@${pick(dice, DOMAINS)}`, channel: "email" };
}

export function pick<One>(dice: Dice, some: readonly One[]): One {
  return some[roll(dice, 0, some.length - 1)]!;
}

export function shuffled<One>(dice: Dice, some: readonly One[]): One[] {
  return some
    .map((one) => ({ one, place: dice() }))
    .sort((a, b) => a.place - b.place)
    .map(({ one }) => one);
}
