/**
 * Scenarios: questions with the answers a careful reader of the sources would give, kept beside
 * each pack and run as tests. They are data, so that who reviews the law can add to them.
 */
import { type Static, Type } from "typebox";
import Value from "typebox/value";
import { placeOf } from "../address/place-of.ts";
import { CONSENT_LEVELS } from "../domain/act.ts";
import type { Mark, Standing } from "../domain/fold.ts";
import { ANSWERS, REASON_KINDS } from "../domain/verdict.ts";
import { type AddressKey, CHANNELS } from "../domain/words.ts";
import { decide } from "./decide.ts";
import { type Facts, PLAIN_MESSAGE, UNKNOWN_PERSON } from "./facts.ts";
import type { RulePack } from "./pack.ts";

const INSTANT = Type.String({ description: "RFC 3339, with an offset" });

export const ScenarioSchema = Type.Object(
  {
    name: Type.String({ minLength: 1 }),
    at: INSTANT,
    to: Type.String({ description: "E.164 or e-mail address, fictional" }),
    channel: Type.Enum([...CHANNELS]),
    class: Type.String(),
    consent: Type.Optional(Type.Enum([...CONSENT_LEVELS])),
    optedOut: Type.Optional(Type.Boolean()),
    known: Type.Optional(
      Type.Object(
        {
          countries: Type.Optional(Type.Array(Type.String())),
          zones: Type.Optional(Type.Array(Type.String())),
        },
        { additionalProperties: false },
      ),
    ),
    lists: Type.Optional(
      Type.Array(
        Type.Object(
          { list: Type.String(), listed: Type.Boolean(), asOf: INSTANT },
          { additionalProperties: false },
        ),
      ),
    ),
    expect: Type.Object(
      {
        answer: Type.Enum([...ANSWERS]),
        notBefore: Type.Optional(INSTANT),
        reasons: Type.Array(Type.Enum([...REASON_KINDS]), {
          description: "Kinds that must be among the reasons",
        }),
      },
      { additionalProperties: false },
    ),
  },
  { additionalProperties: false },
);
export type Scenario = Static<typeof ScenarioSchema>;

const ScenariosSchema = Type.Array(ScenarioSchema);

/** Throws an error that names the file and the first fault. */
export function parseScenarios(json: unknown, path: string): readonly Scenario[] {
  if (Value.Check(ScenariosSchema, json)) return json;
  const fault = Value.Errors(ScenariosSchema, json)[0];
  throw new Error(`${path}: ${fault?.instancePath}: ${fault?.message}`);
}

/** Name of the sender in every scenario. */
export const SCENARIO_SENDER = "acme";

function standingOf(scenario: Scenario): Standing {
  const scope = {
    sender: SCENARIO_SENDER,
    channel: scenario.channel,
    program: "all",
    class: scenario.class,
    use: "contact",
  } as const;
  const at = Date.parse(scenario.at);
  const mark = { scopes: [scope], hasEvidence: true, lifts: true, level: null, erased: false };
  const marks: Mark[] = [];
  if (scenario.consent !== undefined) {
    const consent = { kind: "opt-in", level: scenario.consent, position: 1 } as const;
    marks.push({ ...mark, ...consent, effectiveAt: at - 2 });
  }
  if (scenario.optedOut === true) {
    marks.push({ ...mark, kind: "opt-out", position: 2, effectiveAt: at - 1 });
  }
  return marks;
}

/** The facts of a scenario, for whatever is to be tested with them. */
export function scenarioFacts(scenario: Scenario): Facts {
  const address = scenario.to as AddressKey;
  const place = placeOf(address);
  return {
    at: Date.parse(scenario.at),
    address,
    send: {
      sender: SCENARIO_SENDER,
      channel: scenario.channel,
      program: null,
      class: scenario.class,
      use: "contact",
    },
    senderName: "Acme",
    standing: standingOf(scenario),
    place: {
      ...place,
      countries: scenario.known?.countries ?? place.countries,
      zones: scenario.known?.zones ?? place.zones,
    },
    lists: (scenario.lists ?? []).map(({ list, listed, asOf }) => ({
      list,
      kind: "national",
      listed,
      asOf: Date.parse(asOf),
      maxAgeDays: null,
      listedSince: null,
      channels: [],
      sectors: [],
      consentAt: null,
    })),
    message: PLAIN_MESSAGE,
    otherStandings: [],
    person: UNKNOWN_PERSON,
    sends: [],
    suspensions: [],
    language: "en",
    fresh: true,
    locked: false,
    position: 2,
  };
}

/** What an answer to a scenario looks like, from `decide` or from any door in front of it. */
export interface GivenAnswer {
  readonly answer: string;
  /** Milliseconds since the epoch. */
  readonly notBefore: number | null;
  readonly reasons: readonly { readonly kind: string }[];
}

/** What is wrong with an answer, in words, or `null` when it is as expected. */
export function findMismatch(scenario: Scenario, given: GivenAnswer): string | null {
  const { expect } = scenario;
  const kinds = given.reasons.map((reason) => reason.kind);
  if (given.answer !== expect.answer) {
    return `${scenario.name}: ${given.answer} (${kinds.join(", ")}), not ${expect.answer}`;
  }
  const missing = expect.reasons.filter((kind) => !kinds.includes(kind));
  if (missing.length > 0) {
    return `${scenario.name}: no reason ${missing.join(", ")} among ${kinds.join(", ")}`;
  }
  const notBefore = expect.notBefore === undefined ? null : Date.parse(expect.notBefore);
  if (given.notBefore === notBefore) return null;
  const named = given.notBefore === null ? "never" : new Date(given.notBefore).toISOString();
  return `${scenario.name}: not before ${named}, instead of ${expect.notBefore ?? "none"}`;
}

/** Runs a scenario through the decision itself. */
export function runScenario(scenario: Scenario, packs: readonly RulePack[]): string | null {
  return findMismatch(scenario, decide(scenarioFacts(scenario), packs));
}
