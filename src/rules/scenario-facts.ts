/** From a scenario to the facts that the decision is asked with. */
import { placeOf } from "../address/place-of.ts";
import { addResidence, readResidence } from "../address/residence.ts";
import { type Act, CONSENT_LEVELS, DEALING_KINDS } from "../domain/act.ts";
import { foldAct, NOTHING_KNOWN, type Standing } from "../domain/fold.ts";
import type { Place } from "../domain/place.ts";
import { holdScopes, plainStopScopes, type Scope } from "../domain/scope.ts";
import { type AddressKey, ALL } from "../domain/words.ts";
import type { ConfirmedOptOut, Facts, ListFinding } from "./facts.ts";
import type { Scenario, ScenarioEvent } from "./scenario-shape.ts";

/** Name of the sender in every scenario. */
export const SCENARIO_SENDER = "acme";

/** Position of the first event. */
const FIRST_EVENT = 1;

/** The facts of a scenario, for whatever is to be tested with them. */
export function scenarioFacts(scenario: Scenario): Facts {
  const address = scenario.to as AddressKey;
  const at = Date.parse(scenario.at);
  const { known = {} } = scenario;
  const events = scenarioEvents(scenario);
  return {
    at,
    address,
    send: {
      sender: SCENARIO_SENDER,
      channel: scenario.channel,
      program: scenario.program ?? null,
      class: scenario.class,
      use: scenario.use ?? "contact",
    },
    message: {
      callKind: scenario.callKind ?? null,
      senderType: scenario.senderType ?? null,
      topic: scenario.topic ?? null,
      subject: scenario.subject ?? null,
      text: scenario.text ?? null,
      isReply: scenario.isReply ?? false,
      confirms: confirmedBy(scenario),
      usefulUntil: scenario.usefulUntil === undefined ? null : Date.parse(scenario.usefulUntil),
    },
    senderName: scenario.senderName ?? "Acme",
    standing: foldEvents(scenario, false),
    otherStandings: events.some((event) => event.otherAddress === true)
      ? [foldEvents(scenario, true)]
      : [],
    person: {
      county: known.county ?? null,
      subscriber: known.subscriber ?? null,
      relationship: known.relationship ?? null,
      language: known.language ?? null,
    },
    place: placeIn(scenario, placeOf(address)),
    lists: (scenario.lists ?? []).map(findingOf),
    sends: (scenario.sends ?? []).map((send) => ({
      at: Date.parse(send.at),
      channel: send.channel ?? scenario.channel,
      class: send.class ?? scenario.class,
      sender: send.sender ?? SCENARIO_SENDER,
      subject: send.subject ?? null,
      callKind: send.callKind ?? null,
      isReply: send.isReply ?? false,
    })),
    suspensions: (scenario.suspensions ?? []).map((suspension) => ({
      kind: suspension.kind,
      region: suspension.region,
      county: suspension.county ?? null,
      from: Date.parse(suspension.from),
      until: suspension.until === undefined ? null : Date.parse(suspension.until),
    })),
    fresh: true,
    locked: false,
    position: events.length,
    language: "en",
  };
}

function placeIn({ known = {}, name }: Scenario, place: Place): Place {
  const whole = known.residence === undefined ? place : addKnown(place, known.residence, name);
  return known.timezone === undefined ? whole : { ...whole, zones: [known.timezone] };
}

function addKnown(place: Place, code: string, name: string): Place {
  const residence = readResidence(code);
  if ("problem" in residence) throw new Error(`${name}: ${residence.problem}`);
  return addResidence(place, residence);
}

type ListedFact = NonNullable<Scenario["lists"]>[number];

function findingOf(fact: ListedFact): ListFinding {
  const instant = (text: string | null | undefined) =>
    text === null || text === undefined ? null : Date.parse(text);
  return {
    list: fact.list,
    kind: fact.kind ?? "national",
    listed: fact.listed,
    asOf: instant(fact.asOf),
    maxAgeDays: fact.maxAgeDays ?? null,
    listedSince: instant(fact.listedSince),
    channels: fact.channels ?? [],
    sectors: fact.sectors ?? [],
    consentAt: instant(fact.consentAt),
  };
}

/**
 * What is on record, in order of arrival: the events, and then what the short forms `consent` and
 * `optedOut` stand for, which came a moment before the question.
 */
export function scenarioEvents(scenario: Scenario): readonly ScenarioEvent[] {
  const { consent, optedOut, events = [] } = scenario;
  const ago = (milliseconds: number) =>
    new Date(Date.parse(scenario.at) - milliseconds).toISOString();
  const short: ScenarioEvent[] = [];
  if (consent !== undefined) short.push({ kind: "opt-in", at: ago(2), level: consent });
  if (optedOut === true) short.push({ kind: "opt-out", at: ago(1) });
  return [...events, ...short];
}

function foldEvents(scenario: Scenario, other: boolean): Standing {
  let standing = NOTHING_KNOWN;
  for (const [index, event] of scenarioEvents(scenario).entries()) {
    if ((event.otherAddress === true) !== other) continue;
    standing = foldAct(standing, scenarioAct(scenario, event), FIRST_EVENT + index);
  }
  return standing;
}

/** An event as the act that a ledger would hold. */
export function scenarioAct(scenario: Scenario, event: ScenarioEvent): Act {
  const claimedAt = Date.parse(event.at);
  const receivedAt = event.receivedAt === undefined ? claimedAt : Date.parse(event.receivedAt);
  const act: Act = {
    kind: event.kind,
    address: event.kind === "erasure" ? null : (scenario.to as AddressKey),
    scopes: scopesOf(scenario, event),
    by: event.by ?? "person",
    via: event.via ?? "web",
    source: "scenario",
    claimedAt,
    receivedAt,
    messageId: `${event.kind}-${event.id ?? event.at}`,
  };
  const evidence = event.evidence === false ? {} : { evidence: { kind: "scenario" } };
  const level = event.kind === "opt-in" ? { level: event.level ?? CONSENT_LEVELS[2] } : {};
  return { ...act, ...evidence, ...level };
}

function scopesOf(scenario: Scenario, event: ScenarioEvent): readonly Scope[] {
  const sender = event.sender ?? SCENARIO_SENDER;
  if (event.kind === "erasure") return [];
  if ((DEALING_KINDS as readonly string[]).includes(event.kind)) {
    return [{ sender, channel: ALL, program: ALL, class: ALL, use: "contact" }];
  }
  if (event.kind === "hold") return holdScopes(sender);
  if (event.stopOn !== undefined) return plainStopScopes(sender, event.stopOn);
  return [scopeOf(scenario, { sender, ...event.scope })];
}

function scopeOf(scenario: Scenario, given: NonNullable<ScenarioEvent["scope"]>): Scope {
  return {
    sender: given.sender ?? SCENARIO_SENDER,
    channel: given.channel ?? scenario.channel,
    program: given.program ?? ALL,
    class: given.class ?? scenario.class,
    use: given.use ?? scenario.use ?? "contact",
  };
}

function confirmedBy({ confirms, events = [] }: Scenario): ConfirmedOptOut | null {
  if (confirms === undefined) return null;
  const index = events.findIndex((event) => event.id === confirms.event);
  const event = events[index];
  if (event === undefined) return null;
  return {
    position: FIRST_EVENT + index,
    receivedAt: Date.parse(event.receivedAt ?? event.at),
    isConfirmed: confirms.alreadyConfirmed ?? false,
  };
}
