/**
 * Whether two standings say the same about everybody. A snapshot and the ledger that it was made of
 * must, or one of the two is wrong, and a server that starts from the snapshot would not know it.
 *
 * LIMIT: of people who were erased, only that they are denied and what they said afterwards is
 * compared. A server that was there when it happened remembers other times than one that was not.
 */
import type { Mark, Standing } from "../domain/fold.ts";
import type { AddressKey, Position } from "../domain/words.ts";
import type { TokensOf } from "../ledger/sealed-check.ts";
import { type KeyPair, keyOfToken, packPhone } from "./address-keys.ts";
import type { Segment } from "./key-table.ts";
import type { Standings } from "./standings.ts";

export interface StandingsDifference {
  /** People about whom they say different things. */
  readonly people: number;
  /** The earliest entry that one of them knows of and the other does not, or knows otherwise. */
  readonly position: Position;
}

/** `null` when they say the same. `tokensOf` is that of both. */
export function compareStandings(
  one: Standings,
  other: Standings,
  tokensOf: TokensOf,
): StandingsDifference | null {
  let people = 0;
  let position = Number.POSITIVE_INFINITY;
  const compare = (a: Standing, b: Standing) => {
    const first = firstDifference(a, b);
    if (first === null) return;
    people += 1;
    position = Math.min(position, first);
  };
  /** Tokens of erased people that one of the two still knows by number. */
  const byNumber = new Set<string>();
  for (const packed of packedPhones(one, other)) {
    const address = unpackPhone(packed);
    compare(one.standing(address), other.standing(address));
    if (!one.isErased(address) && !other.isErased(address)) continue;
    for (const token of tokensOf(address)) byNumber.add(nameOf(keyOfToken(token)));
  }
  for (const key of tokenKeys(one, other)) {
    if (!byNumber.has(nameOf(key))) compare(standingOf(one, key), standingOf(other, key));
  }
  return people === 0 ? null : { people, position };
}

const nameOf = ({ first, second }: KeyPair): string => `${first} ${second}`;

/** Every number in one of them, once. */
function* packedPhones(one: Standings, other: Standings): Iterable<number> {
  for (const { first } of keysOf(one.parts.phones.segments())) yield first;
  for (const { first } of keysOf(other.parts.phones.segments())) {
    if (one.parts.phones.find(first, 0) === -1) yield first;
  }
}

/** Every token in one of them, once. */
function* tokenKeys(one: Standings, other: Standings): Iterable<KeyPair> {
  const { others, erased } = one.parts;
  yield* keysOf(others.segments());
  const isNew = ({ first, second }: KeyPair) => others.find(first, second) === -1;
  for (const key of keysOf(erased.segments())) if (isNew(key)) yield key;
  const isKnown = (key: KeyPair) => !isNew(key) || erased.find(key.first, key.second) !== -1;
  for (const key of keysOf(other.parts.others.segments())) if (!isKnown(key)) yield key;
  for (const key of keysOf(other.parts.erased.segments())) {
    if (!isKnown(key) && other.parts.others.find(key.first, key.second) === -1) yield key;
  }
}

function* keysOf(segments: Iterable<Segment>): Iterable<KeyPair> {
  for (const { first, second } of segments) {
    for (let at = 0; at < first.length; at++) {
      if (first[at] !== 0) yield { first: first[at]!, second: second[at] ?? 0 };
    }
  }
}

function standingOf({ parts }: Standings, { first, second }: KeyPair): Standing {
  const heads = [parts.others.find(first, second), parts.erased.find(first, second)];
  return heads.flatMap((head) => (head === -1 ? [] : parts.marks.read(head)));
}

/** The reverse of `packPhone`. */
function unpackPhone(packed: number): AddressKey {
  const address = `+${String(packed).slice(1)}` as AddressKey;
  if (packPhone(address) !== packed) throw new Error("INVARIANT: a packed number unpacks");
  return address;
}

/** Position of the earliest mark that only one of them has. */
function firstDifference(one: Standing, other: Standing): Position | null {
  const [marks, others] = [marksByName(one), marksByName(other)];
  const alone = [
    ...[...marks].filter(([name]) => !others.has(name)),
    ...[...others].filter(([name]) => !marks.has(name)),
  ];
  return alone.length === 0 ? null : Math.min(...alone.map(([, position]) => position));
}

/** All marks of an erased person's past have one name. */
function marksByName(standing: Standing): ReadonlyMap<string, Position> {
  return new Map(standing.map((mark) => [markName(mark), mark.position]));
}

function markName(mark: Mark): string {
  if (mark.erased) return "erased";
  const { kind, effectiveAt, position, lifts, hasEvidence, level } = mark;
  const scopes = mark.scopes.map(({ sender, channel, program, class: of, use }) => [
    ...[sender, channel, program, of, use],
  ]);
  return JSON.stringify([kind, effectiveAt, position, lifts, hasEvidence, level, scopes]);
}
