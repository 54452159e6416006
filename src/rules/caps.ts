/**
 * Caps: how many messages may go to a person in a period, counted from the sends on record. A cap
 * in hours goes by the hours that really passed, whatever the clocks did; one in calendar days by
 * the dates where the person may be, and of several zones by the one that counts most.
 */
import type { Reason } from "../domain/verdict.ts";
import type { Instant } from "../domain/words.ts";
import { classTo } from "./bind.ts";
import { type Case, reasonOf } from "./case.ts";
import type { CompiledRule } from "./compiled-pack.ts";
import type { PastSend } from "./facts.ts";
import { foldText } from "./fold-words.ts";
import { type Gate, type Opening, shutBetween } from "./gate.ts";
import { DAY_MS, dateAt, firstInstantOn } from "./local-clock.ts";
import type { CapRule } from "./rule-kinds.ts";
import { sayCapReached, sayNoZone } from "./time-words.ts";

const HOUR_MS = 3_600_000;

/**
 * How many sends in the period shut it. A message that the cap counts is one more of them; one that
 * it does not count, such as the first over another channel, may go while no more than that went.
 */
function limitOf(compiled: CompiledRule, rule: CapRule, asked: Case): number {
  const { at, send, message } = asked.facts;
  const { subject, callKind, isReply } = message;
  const { channel, sender } = send;
  const itself = { at, channel, class: send.class, sender, subject, callKind, isReply };
  return counts(compiled, rule, asked, itself) ? rule.max : rule.max + 1;
}

function counts(compiled: CompiledRule, rule: CapRule, asked: Case, send: PastSend): boolean {
  const { facts } = asked;
  const { channels, classes, callKinds, otherChannelsOnly, replies } = rule.counts;
  if (!channels.includes(send.channel)) return false;
  if (otherChannelsOnly === true && send.channel === facts.send.channel) return false;
  if (!classes.includes(classTo(compiled.pack, send.class))) return false;
  if (callKinds !== undefined && !callKinds.includes(send.callKind ?? "unstated")) return false;
  if (!replies && send.isReply) return false;
  if (rule.whose === "sender" && send.sender !== facts.send.sender) return false;
  return !rule.perSubject || mayBeSame(send.subject, facts.message.subject);
}

/** What nobody named may be any subject. */
function mayBeSame(one: string | null, other: string | null): boolean {
  return one === null || other === null || foldText(one.trim()) === foldText(other.trim());
}

/** The instants of the sends that count, the newest first. */
function countedSends(compiled: CompiledRule, rule: CapRule, asked: Case): readonly Instant[] {
  return asked.facts.sends
    .filter((send) => counts(compiled, rule, asked, send))
    .map((send) => send.at)
    .sort((a, b) => b - a);
}

/** The gates of a cap: one, or for calendar days one for each zone. */
export function gatesOfCap(compiled: CompiledRule, rule: CapRule, asked: Case): readonly Gate[] {
  const { sends, place } = asked.facts;
  const limit = limitOf(compiled, rule, asked);
  if (sends.length < limit) return [];
  if (limit === 0) return [shutBetween(Number.NEGATIVE_INFINITY, null)];
  // When this one leaves the period, there is room for one more.
  const deciding = countedSends(compiled, rule, asked)[limit - 1];
  if (deciding === undefined) return [];
  const { period } = rule;
  if ("hours" in period) {
    return [shutBetween(Number.NEGATIVE_INFINITY, deciding + period.hours * HOUR_MS)];
  }
  return place.zones.map((zone) => {
    const freeOn = dateAt(zone, deciding) + period.calendarDays;
    const opening: Opening = (at) => firstInstantOn(zone, freeOn, at);
    return { opening, isPause: true };
  });
}

/** `null`: there is room for one more. */
export function decideCap(compiled: CompiledRule, rule: CapRule, asked: Case): Reason | null {
  const { facts } = asked;
  const limit = limitOf(compiled, rule, asked);
  if (facts.sends.length < limit) return null;
  if (limit === 0) {
    const text = sayCapReached(asked, rule, 0);
    return reasonOf(compiled, "cap-reached", "deny", text, { sent: 0, max: 0 });
  }
  if ("calendarDays" in rule.period && facts.place.zones.length === 0) {
    return decideWithoutZone(compiled, rule, limit, asked);
  }
  const isShut = gatesOfCap(compiled, rule, asked).some(
    (gate) => gate.opening(facts.at, facts.at) !== facts.at,
  );
  if (!isShut) return null;
  const sent = countedSends(compiled, rule, asked).filter((at) => isInPeriod(at, rule, asked));
  const text = sayCapReached(asked, rule, sent.length);
  const details = { sent: sent.length, max: rule.max, ...rule.period };
  return reasonOf(compiled, "cap-reached", "defer", text, details);
}

/** Whether a send is in the period that ends now, in one of the zones at least. */
function isInPeriod(sentAt: Instant, { period }: CapRule, asked: Case): boolean {
  const { at, place } = asked.facts;
  if ("hours" in period) return at - sentAt < period.hours * HOUR_MS;
  return place.zones.some((zone) => dateAt(zone, at) - dateAt(zone, sentAt) < period.calendarDays);
}

/** Without a zone nobody knows the date: what may be too much does not pass. */
function decideWithoutZone(
  compiled: CompiledRule,
  rule: CapRule,
  limit: number,
  asked: Case,
): Reason | null {
  const days = "calendarDays" in rule.period ? rule.period.calendarDays : 0;
  const near = countedSends(compiled, rule, asked).filter(
    (at) => asked.facts.at - at < (days + 1) * DAY_MS,
  );
  if (near.length < limit) return null;
  return reasonOf(compiled, "zone-unknown", "unknown", sayNoZone(asked));
}
