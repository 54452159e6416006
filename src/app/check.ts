/**
 * The check: may this message go to this person now, and why. Gathers facts from memory only, so
 * the answer waits for no disk, and asks the one pure function that every door asks.
 */
import { parseAddress } from "../address/parse-address.ts";
import { placeOf } from "../address/place-of.ts";
import type { Place } from "../domain/place.ts";
import type { Send } from "../domain/scope.ts";
import type { Verdict } from "../domain/verdict.ts";
import type { AddressKey, Channel, Instant, Use } from "../domain/words.ts";
import { decide } from "../rules/decide.ts";
import { type Facts, PLAIN_MESSAGE, UNKNOWN_PERSON } from "../rules/facts.ts";
import type { Deps } from "./deps.ts";
import { findingsOf } from "./list-findings.ts";
import { Problem } from "./problem.ts";

export interface Question {
  readonly to: string;
  readonly sender: string;
  readonly channel: Channel;
  readonly class: string;
  readonly program?: string;
  readonly use?: Use;
  /** The instant asked about; absent: now. */
  readonly at?: Instant;
  readonly known?: {
    /** ISO 3166-1 country the person lives in. Adds to what the number says; the strictest wins. */
    readonly country?: string;
    /** IANA zone the person is known to be in; then no other is considered. */
    readonly timezone?: string;
  };
}

/** Answers one question. Throws `Problem` when the address cannot be read. */
export function check(deps: Deps, question: Question): Verdict {
  const parsed = parseAddress(question.to, { defaultRegion: deps.defaultRegion });
  if ("problem" in parsed) throw new Problem("invalid-address", parsed.message, "/to");
  return decide(gatherFacts(deps, parsed.key, question), deps.packs);
}

export function gatherFacts(
  deps: Deps,
  address: AddressKey,
  question: Omit<Question, "to">,
): Facts {
  const place = placeKnown(placeOf(address), question.known);
  return {
    at: question.at ?? deps.clock.now(),
    address,
    send: sendOf(question),
    senderName: deps.settings.senders.get(question.sender)?.name ?? null,
    standing: deps.live.standing(address),
    place,
    lists: findingsOf(deps.lists, address, place, question.channel),
    message: PLAIN_MESSAGE,
    otherStandings: [],
    person: UNKNOWN_PERSON,
    sends: [],
    suspensions: [],
    language: "en",
    fresh: deps.live.isFresh(),
    locked: deps.guard.lock !== null,
    position: deps.live.position,
  };
}

export function sendOf(question: Omit<Question, "to">): Send {
  return {
    sender: question.sender,
    channel: question.channel,
    program: question.program ?? null,
    class: question.class,
    use: question.use ?? "contact",
  };
}

function placeKnown(place: Place, known: Question["known"]): Place {
  if (known === undefined) return place;
  const countries =
    known.country === undefined || place.countries.includes(known.country)
      ? place.countries
      : [...place.countries, known.country];
  return {
    ...place,
    countries,
    zones: known.timezone === undefined ? place.zones : [known.timezone],
  };
}
