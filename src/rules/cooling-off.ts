/**
 * Cooling-off: how long somebody is left alone after a refusal in a call, or is not asked again
 * after an opt-out. A period in days, months or years is one of whole civil days after the day of
 * the event, as Regulation (EEC, Euratom) 1182/71, article 3, counts them: 60 days after 26 May
 * end with the last hour of 25 July. One in hours ends so many hours later.
 */
import type { Mark } from "../domain/fold.ts";
import { anyCovers } from "../domain/scope.ts";
import type { Reason } from "../domain/verdict.ts";
import { ALL, type Instant } from "../domain/words.ts";
import { type Case, reasonOf } from "./case.ts";
import type { CompiledRule } from "./compiled-pack.ts";
import { type Gate, shutBetween } from "./gate.ts";
import { consentsFor, isLifted } from "./grounds.ts";
import { DAY_MS } from "./local-clock.ts";
import type { CoolingOffRule } from "./rule-kinds.ts";
import { sayCoolingOff } from "./time-words.ts";

/** A pause after one event. */
interface Pause {
  readonly mark: Mark;
  readonly until: Instant;
}

/** The last instant of a period, as the first after it, in one zone. */
function endIn(zone: string, start: Instant, lasts: Temporal.Duration): Instant {
  const clock = Temporal.Instant.fromEpochMilliseconds(start).toZonedDateTimeISO(zone);
  if (lasts.hours !== 0 || lasts.minutes !== 0) return clock.add(lasts).epochMilliseconds;
  return clock.toPlainDate().add(lasts).add({ days: 1 }).toZonedDateTime(zone).epochMilliseconds;
}

/** In the zone where it ends last. Without zones, two days after it ended in UTC: nowhere later. */
function endOf(start: Instant, lasts: string, zones: readonly string[]): Instant {
  const duration = Temporal.Duration.from(lasts);
  if (zones.length === 0) return endIn("UTC", start, duration) + 2 * DAY_MS;
  return Math.max(...zones.map((zone) => endIn(zone, start, duration)));
}

/** Whether a refusal or an opt-out is one that was said to this sender, about such messages. */
function isAbout(mark: Mark, rule: CoolingOffRule, asked: Case): boolean {
  const { send } = asked.facts;
  if (mark.kind !== rule.after || mark.erased || mark.effectiveAt > asked.facts.at) return false;
  return mark.scopes.some(
    ({ sender, program, use }) =>
      (sender === ALL || sender === send.sender) &&
      (program === ALL || send.program === null || program === send.program) &&
      (use === ALL || use === (rule.afterUse ?? send.use)),
  );
}

/** Whether the person came back of their own accord: an opt-in to such messages after the opt-out. */
function isTakenBack(mark: Mark, rule: CoolingOffRule, asked: Case): boolean {
  const { standing, send } = asked.facts;
  if (mark.kind !== "opt-out") return false;
  const meant = { ...send, use: rule.afterUse ?? send.use };
  return standing.some(
    (later) => later.lifts && isAfter(later, mark) && anyCovers(later.scopes, meant),
  );
}

function isAfter(later: Mark, earlier: Mark): boolean {
  return later.effectiveAt > earlier.effectiveAt && later.position > earlier.position;
}

/** Grounds count when they are newer than what they are to lift: a yes before a no is none. */
function isLiftedSince(
  compiled: CompiledRule,
  rule: CoolingOffRule,
  asked: Case,
  mark: Mark,
): boolean {
  if (rule.unless.length === 0) return false;
  const consents = consentsFor(compiled, asked).filter((consent) => isAfter(consent, mark));
  const standing = asked.facts.standing.filter(
    (other) => !["purchase", "inquiry"].includes(other.kind) || isAfter(other, mark),
  );
  return isLifted(compiled, rule.unless, {
    ...asked,
    facts: { ...asked.facts, standing },
    consents,
    consentsAsMarketing: consents,
  });
}

function pausesOf(compiled: CompiledRule, rule: CoolingOffRule, asked: Case): readonly Pause[] {
  const { standing, place } = asked.facts;
  return standing
    .filter((mark) => isAbout(mark, rule, asked) && !isTakenBack(mark, rule, asked))
    .filter((mark) => !isLiftedSince(compiled, rule, asked, mark))
    .map((mark) => ({ mark, until: endOf(mark.effectiveAt, rule.lasts, place.zones) }));
}

export function gatesOfCoolingOff(
  compiled: CompiledRule,
  rule: CoolingOffRule,
  asked: Case,
): readonly Gate[] {
  return pausesOf(compiled, rule, asked).map(({ mark, until }) =>
    shutBetween(mark.effectiveAt, until),
  );
}

/** `null`: nobody has to wait. */
export function decideCoolingOff(
  compiled: CompiledRule,
  rule: CoolingOffRule,
  asked: Case,
): Reason | null {
  const { at } = asked.facts;
  const last = pausesOf(compiled, rule, asked)
    .filter(({ until }) => at < until)
    .reduce<Pause | null>((a, b) => (a === null || b.until > a.until ? b : a), null);
  if (last === null) return null;
  const { mark, until } = last;
  const text = sayCoolingOff(asked, rule, mark, until);
  const details = { after: rule.after, since: iso(mark.effectiveAt), lasts: rule.lasts };
  const reason = reasonOf(compiled, "cooling-off", "defer", text, details);
  return { ...reason, entry: mark.position };
}

function iso(at: Instant): string {
  return new Date(at).toISOString();
}
