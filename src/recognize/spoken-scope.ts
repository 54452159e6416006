/**
 * What the person's own words narrow an opt-out to, and which channels they name beyond the one
 * that it came on. Only words that name a part narrow it; where they do not say clearly what may go
 * on, the answer is the wider reading (`null`).
 *
 * LIMIT: a channel counts as named in the words of the request and in a list that goes on from
 * there. "Stop texting me. And the calls." names the texts alone.
 */
import { ALL, type Channel } from "../domain/words.ts";
import type { Match } from "./grammar.ts";
import type { ScopeRule } from "./lexicon.ts";
import type { Recognition, SpokenScope } from "./recognition.ts";
import type { TokenisedText } from "./tokens.ts";

export interface ScopeFinding {
  readonly rule: ScopeRule;
  /** Of its lexicon. */
  readonly language: string;
  readonly match: Match;
}

export interface Narrowing {
  readonly scope: SpokenScope | null;
  /** The scope rules that had a say, for the record. */
  readonly findings: readonly ScopeFinding[];
}

const NOT_NARROWED: Narrowing = { scope: null, findings: [] };

/**
 * @param optOuts the phrases that decided for an opt-out
 * @param channel the channel on which the message came in, when it is known
 */
export function spokenScope(
  findings: readonly ScopeFinding[],
  optOuts: readonly Match[],
  channel: Channel | null,
): Narrowing {
  const covered = new Set<number>();
  for (const { start, end } of optOuts) for (let at = start; at < end; at++) covered.add(at);
  const inside = ({ match }: ScopeFinding) => {
    for (let at = match.start; at < match.end; at++) if (covered.has(at)) return true;
    return false;
  };
  const names = findings.filter((found) => found.rule.reads === "names" && inside(found));
  const keeps = findings.filter((found) => found.rule.reads === "keeps");
  // "all", "every message": said about the opt-out itself it undoes whatever else was named.
  const everything = findings.some((found) => found.rule.reads === "everything" && inside(found));
  if (everything && keeps.length === 0) return NOT_NARROWED;
  const byChannel = narrowChannel(names, keeps, channel);
  const byClass = narrowClass(names, keeps);
  if (byChannel === null && byClass === null) return NOT_NARROWED;
  return { scope: { channel: byChannel, class: byClass }, findings: [...names, ...keeps] };
}

function narrowChannel(
  names: readonly ScopeFinding[],
  keeps: readonly ScopeFinding[],
  channel: Channel | null,
): Channel | null {
  const kept = new Set(keeps.map(({ rule }) => rule.part.channel).filter((part) => part !== null));
  // Naming a channel alone ("stop texting me") is how everybody says stop, and narrows nothing.
  if (kept.size === 0) return null;
  const named = names.map(({ rule }) => rule.part.channel).filter((part) => part !== null);
  const stopped = [...new Set(named)].filter((part) => !kept.has(part));
  if (stopped.length === 1) return stopped[0]!;
  // "Only e-mail me", in a text: the texts are what stops.
  if (stopped.length === 0 && channel !== null && !kept.has(channel)) return channel;
  return null;
}

function narrowClass(names: readonly ScopeFinding[], keeps: readonly ScopeFinding[]) {
  if (keeps.some(({ rule }) => rule.part.class === "transactional")) return "marketing";
  const classes = new Set(names.map(({ rule }) => rule.part.class).filter((part) => part !== null));
  return classes.size === 1 ? [...classes][0]! : null;
}

export interface Naming {
  readonly named: Recognition["named"];
  /** The scope rules that had a say, for the record. */
  readonly findings: readonly ScopeFinding[];
}

export const NOTHING_NAMED: Naming = { named: [], findings: [] };

/**
 * The channels that the words of an opt-out name, without those that the person wants to keep.
 *
 * @param optOuts the phrases that decided for an opt-out
 */
export function namedChannels(
  findings: readonly ScopeFinding[],
  optOuts: readonly Match[],
  text: TokenisedText,
): Naming {
  const said = saidInRequest(findings, optOuts, text);
  const keeps = findings.filter(({ rule }) => rule.reads === "keeps");
  const everyChannel = said.filter(({ rule }) => rule.reads === "every-channel");
  if (everyChannel.length > 0 && keeps.length === 0)
    return { named: ALL, findings: everyChannel.slice(0, 1) };
  const kept = new Set(keeps.map(({ rule }) => rule.part.channel));
  const naming = said.filter(
    ({ rule: { part } }) => part.channel !== null && !kept.has(part.channel),
  );
  // For the record, one rule for each channel says enough.
  const byChannel = new Map<Channel, ScopeFinding>();
  for (const found of naming) {
    const { channel } = found.rule.part;
    if (channel !== null && !byChannel.has(channel)) byChannel.set(channel, found);
  }
  return { named: [...byChannel.keys()], findings: [...byChannel.values()] };
}

/** The naming rules that lie in the request, or in a list that goes on right where it ends. */
function saidInRequest(
  findings: readonly ScopeFinding[],
  optOuts: readonly Match[],
  { tokens, sentences }: TokenisedText,
): readonly ScopeFinding[] {
  const request = new Set<number>();
  const take = ({ start, end }: Match) => {
    for (let at = start; at < end; at++) request.add(at);
  };
  for (const match of optOuts) take(match);
  const opens = new Set(sentences.map(({ first }) => first));
  const goesOn = ({ start }: Match) =>
    request.has(start - 1) && !opens.has(start) && !tokens[start]!.afterPause;
  const said: ScopeFinding[] = [];
  for (const found of [...findings].sort((a, b) => a.match.start - b.match.start)) {
    const { rule, match } = found;
    if (rule.reads === "keeps" || rule.reads === "everything") continue;
    const isListed = rule.reads === "lists" || rule.reads === "every-channel";
    let isInside = isListed && goesOn(match);
    for (let at = match.start; at < match.end; at++) isInside ||= request.has(at);
    if (!isInside) continue;
    said.push(found);
    // What a list adds is part of the request, so that the list can go on from there.
    if (isListed) take(match);
  }
  return said;
}
