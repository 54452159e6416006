/**
 * What the lists of others say about an address: copies that were loaded, and answers that a registry
 * gave about this one number. Asked with every check, so nothing is made for a list that does not
 * name the address.
 */
import type { Place } from "../domain/place.ts";
import type { AddressKey, Channel } from "../domain/words.ts";
import { kindOfAddress } from "../domain/words.ts";
import type { ListFinding } from "../rules/facts.ts";
import type { AddressList } from "../sets/address-list.ts";
import type { Answer } from "../sets/answer-book.ts";
import type { ListShelf, NamedList } from "./lists.ts";

const NONE: readonly ListFinding[] = [];
/** "Not listed" is the same for everybody; a new copy is a new list. */
const notListed = new WeakMap<AddressList, ListFinding>();
const notKnown = new WeakMap<AddressList, ListFinding>();

/** A list for other countries or channels says nothing; neither does one that was not asked. */
export function findingsOf(
  { named }: Pick<ListShelf, "named">,
  address: AddressKey,
  place: Place,
  channel: Channel,
): readonly ListFinding[] {
  if (named.length === 0) return NONE;
  const findings: ListFinding[] = [];
  for (const list of named) {
    if (list.copy !== null && !speaksFor(list.copy, address, place, channel)) continue;
    const finding = findingOf(list, address, channel);
    if (finding !== null) findings.push(finding);
  }
  return findings;
}

function speaksFor(
  { channels, countries }: AddressList,
  address: AddressKey,
  place: Place,
  channel: Channel,
): boolean {
  if (channels.length > 0 && !channels.includes(channel)) return false;
  return (
    countries.length === 0 ||
    kindOfAddress(address) !== "phone" ||
    place.countries.length === 0 ||
    countries.some((country) => place.countries.includes(country))
  );
}

/** `null`: there is no copy, and nobody asked about this address. */
function findingOf(
  { name, copy, answers }: NamedList,
  address: AddressKey,
  channel: Channel,
): ListFinding | null {
  const answer = answers?.find(address) ?? null;
  if (copy === null) return answer === null ? null : findingOfAnswer(name, null, answer);
  if (answer !== null && outweighs(answer, copy, channel))
    return findingOfAnswer(name, copy, answer);
  return findingInCopy(copy, address);
}

/**
 * A newer answer counts more than a copy. "No data" says nothing against what the copy has, and an
 * answer about other channels nothing about this one.
 */
function outweighs(
  { asOf, listed, listing }: Answer,
  copy: AddressList,
  channel: Channel,
): boolean {
  if (listed === null) return false;
  if (listing.channels.length > 0 && !listing.channels.includes(channel)) return false;
  return asOf > copy.asOf || (asOf === copy.asOf && listed);
}

function findingOfAnswer(name: string, copy: AddressList | null, answer: Answer): ListFinding {
  return {
    list: name,
    kind: copy?.kind ?? "national",
    listed: answer.listed,
    asOf: answer.asOf,
    maxAgeDays: copy?.maxAgeDays ?? null,
    listedSince: answer.listing.since,
    channels: answer.listing.channels,
    sectors: answer.listing.sectors,
    consentAt: answer.consentAt,
  };
}

function findingInCopy(copy: AddressList, address: AddressKey): ListFinding {
  const listing = copy.listing(address);
  if (listing === null) return copy.covers(address) ? absentFrom(copy) : unknownTo(copy);
  return {
    ...absentFrom(copy),
    listed: true,
    listedSince: listing.since,
    channels: listing.channels,
    sectors: listing.sectors,
  };
}

function absentFrom(copy: AddressList): ListFinding {
  const known = notListed.get(copy);
  if (known !== undefined) return known;
  const finding: ListFinding = {
    list: copy.name,
    kind: copy.kind,
    listed: false,
    asOf: copy.asOf,
    maxAgeDays: copy.maxAgeDays,
    listedSince: null,
    channels: [],
    sectors: [],
    consentAt: null,
  };
  notListed.set(copy, finding);
  return finding;
}

/** The part of the list that would have the number was never loaded. */
function unknownTo(copy: AddressList): ListFinding {
  const known = notKnown.get(copy);
  if (known !== undefined) return known;
  const finding: ListFinding = { ...absentFrom(copy), listed: null, asOf: null };
  notKnown.set(copy, finding);
  return finding;
}
