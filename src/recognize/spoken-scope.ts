/**
 * What the person's own words narrow an opt-out to. Only words that name a part narrow it; where
 * they do not say clearly what may go on, the answer is the wider reading (`null`).
 */
import type { Channel } from "../domain/words.ts";
import type { Match } from "./grammar.ts";
import type { ScopeRule } from "./lexicon.ts";
import type { SpokenScope } from "./recognition.ts";

export interface ScopeFinding {
  readonly rule: ScopeRule;
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
