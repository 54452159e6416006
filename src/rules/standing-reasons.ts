/**
 * What the person's own record says: opt-outs, erasures and holds. They bind every class that they
 * cover, and no rule pack can lift them; a rule can only make an opt-out cover more.
 */
import { holdsAgainst, type Mark, optOutsAgainst, type Standing } from "../domain/fold.ts";
import { covers, type Scope, type Send } from "../domain/scope.ts";
import type { Reason } from "../domain/verdict.ts";
import { ALL, channelsOf, kindOfAddress } from "../domain/words.ts";
import { applies, type Case, inForce } from "./case.ts";
import type { CompiledRule } from "./compiled-pack.ts";
import type { Facts } from "./facts.ts";
import { sendTo } from "./grounds.ts";
import { sayScopes } from "./naming.ts";
import type { PhraseKey } from "./phrasebook.ts";
import type { StopScopeRule } from "./rule-kinds.ts";
import { plainReason, ruleReason } from "./saying.ts";

const NO_REASONS: readonly Reason[] = [];

/** What is against the message without any rule. */
export function decideStanding(asked: Case): readonly Reason[] {
  const { facts, binding } = asked;
  const { standing, send } = facts;
  if (!standing.some(({ kind }) => kind === "opt-out" || kind === "hold")) return NO_REASONS;
  // A class that some pack does not know could be anything, marketing too.
  const isOther = binding.countsAsMarketing && send.class !== "marketing";
  const sends = isOther ? [send, { ...send, class: "marketing" }] : [send];
  const optOuts = new Set(sends.flatMap((each) => optOutsAgainst(standing, each)));
  const holds = new Set(sends.flatMap((each) => holdsAgainst(standing, each)));
  const inTheWay = (mark: Mark) =>
    mark.scopes.filter((scope) => sends.some((each) => covers(scope, each)));
  return [
    ...[...optOuts].map((mark) => describeOptOut(mark, inTheWay(mark), facts)),
    ...[...holds].map((mark) => describeHold(mark, facts)),
  ];
}

/** Only erasures, for a message that no opt-out can be in the way of. */
export function decideErasure({ facts }: Case): readonly Reason[] {
  return facts.standing
    .filter((mark) => mark.erased)
    .map((mark) => describeOptOut(mark, mark.scopes, facts));
}

function describeOptOut(mark: Mark, scopes: readonly Scope[], facts: Facts): Reason {
  const entry = mark.position;
  const say = (kind: Reason["kind"], key: PhraseKey, values: Record<string, string | number>) => ({
    ...plainReason(facts, kind, "deny", key, values),
    entry,
  });
  if (mark.erased) return say("erased", "standing.erased", { entry });
  const values = { scopes: sayScopes(facts.language, scopes), entry };
  if (facts.send.use === "share" && scopes.every(({ use }) => use === "share")) {
    return say("share-opted-out", "standing.share", values);
  }
  const everySender = scopes.some((scope) => scope.sender === ALL);
  if (everySender) return say("do-not-contact", "standing.opt-out", values);
  const kind = facts.send.use === "share" ? "share-opted-out" : "opted-out";
  return say(kind, "standing.opt-out", values);
}

function describeHold(mark: Mark, facts: Facts): Reason {
  const entry = mark.position;
  return { ...plainReason(facts, "on-hold", "deny", "standing.hold", { entry }), entry };
}

/** What opt-outs cover beyond their own words, because a rule says so. */
export function decideStopScopes(asked: Case, rules: readonly CompiledRule[]): readonly Reason[] {
  const { at, standing, otherStandings } = asked.facts;
  if (rules.length === 0 || (standing.length === 0 && otherStandings.length === 0)) {
    return NO_REASONS;
  }
  return rules
    .filter((compiled) => inForce(compiled, at) && applies(compiled, asked))
    .flatMap((compiled) => decideStopScope(compiled, compiled.rule as StopScopeRule, asked));
}

function decideStopScope(
  compiled: CompiledRule,
  { covers: what }: StopScopeRule,
  asked: Case,
): readonly Reason[] {
  const { facts } = asked;
  const kind = facts.send.use === "share" ? "share-opted-out" : "opted-out";
  return findWidened(what, asked, sendTo(compiled, asked)).map((mark) => {
    const values = { scopes: sayScopes(facts.language, mark.scopes), entry: mark.position };
    const reason = ruleReason(compiled, asked, [kind, "deny"], WIDENED_KEYS[what], values);
    return { ...reason, entry: mark.position };
  });
}

const WIDENED_KEYS: Readonly<Record<StopScopeRule["covers"], PhraseKey>> = {
  "every-channel": "standing.other-channel",
  "every-address": "standing.other-address",
  sharing: "standing.contact",
};

function findWidened(what: StopScopeRule["covers"], asked: Case, send: Send): readonly Mark[] {
  const { facts } = asked;
  switch (what) {
    case "every-channel":
      return widenedAgainst(facts.standing, send, onChannels(send, facts), facts, isPlain);
    case "every-address":
      return facts.otherStandings.flatMap((other) =>
        widenedAgainst(other, send, onChannels(send, facts), facts, () => true),
      );
    case "sharing": {
      const contact: Send = { ...send, use: "contact" };
      const sends = [contact, { ...contact, class: "marketing" }];
      const everywhere = sends.flatMap((each) => onChannels(each, facts));
      return widenedAgainst(facts.standing, send, everywhere, facts, () => true);
    }
  }
}

function onChannels(send: Send, facts: Facts): readonly Send[] {
  const channels = channelsOf(kindOfAddress(facts.address));
  return channels.map((channel) => ({ ...send, channel }));
}

/** A plain STOP has such a scope: all that the sender sends on the channel that it came in on. */
function isPlain(scope: Scope): boolean {
  return scope.class === ALL && scope.program === ALL;
}

/**
 * The opt-outs of `source` that are against one of `sends`, which differ from the message in what a
 * rule makes an opt-out cover, by a scope that `counts`. One that was lifted where it was said is
 * over; so is one that a later opt-in to this very message lifts. What is against the message by its own
 * words was said already.
 */
function widenedAgainst(
  source: Standing,
  send: Send,
  sends: readonly Send[],
  facts: Facts,
  counts: (scope: Scope) => boolean,
): readonly Mark[] {
  const found = new Set<Mark>();
  const said = new Set(optOutsAgainst(facts.standing, facts.send));
  for (const other of sends) {
    for (const mark of optOutsAgainst(source, other)) {
      if (said.has(mark)) continue;
      if (mark.scopes.some((scope) => counts(scope) && covers(scope, other))) found.add(mark);
    }
  }
  if (found.size === 0) return [];
  const optIns = facts.standing.filter((mark) => mark.kind === "opt-in");
  const scopes: readonly Scope[] = [{ ...send, program: ALL }];
  return [...found].filter(
    (mark) => optOutsAgainst([...optIns, { ...mark, scopes }], send).length > 0,
  );
}
