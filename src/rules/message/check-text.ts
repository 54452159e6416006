/**
 * Whether a text may go out as it is written: the wording rules that bind it in one place, and what
 * we hold every confirmation to ourselves. Pure, as the decision is; it asks the same function.
 */
import { applies, inForce, openCase } from "../case.ts";
import type { Facts } from "../facts.ts";
import type { RulePack } from "../pack.ts";
import type { WordingElement } from "../rule-kinds.ts";
import { checkWording } from "./check-wording.ts";
import { findMarketing } from "./marketing.ts";
import type { WordingQuestion } from "./wording.ts";

/** What the text is: one of the messages, the answer to an opt-out, or the greeting after an opt-in. */
export const TEXT_KINDS = ["message", "confirmation", "opt-in"] as const;
export type TextKind = (typeof TEXT_KINDS)[number];

/** What one rule wants of a text. */
export interface WordingDemand {
  /** `<pack>/<rule>@<version>`; `null`: it is our own. */
  readonly rule: string | null;
  readonly requires: readonly WordingElement[];
  readonly citation: string;
  readonly notice: string | null;
}

export interface TextFault {
  readonly kind:
    | "wording-missing"
    | "wording-wrong"
    | "wrong-script"
    | "marketing-in-confirmation"
    | "rule-failed";
  readonly element: string;
  readonly text: string;
  readonly rule: string | null;
  readonly citation: string | null;
  readonly notice: string | null;
}

/** A confirmation says who confirms, and nothing that advertises, whatever the place. */
const OWN_OF_CONFIRMATIONS: WordingDemand = {
  rule: null,
  requires: [{ element: "sender" }],
  citation: "47 CFR 64.1200(a)(12); CTIA Messaging Principles 5.1.3",
  notice: null,
};

/**
 * The wording rules that bind a message to one place, in force at the time. `null`: there is no pack
 * for the place, so that nobody knows what is wanted there.
 */
export function findDemands(
  facts: Facts,
  packs: readonly RulePack[],
): readonly WordingDemand[] | null {
  const asked = openCase(facts, packs);
  if (asked.binding.packs === null) return null;
  const demands = asked.binding.byRecord.flatMap((compiled): WordingDemand[] => {
    const { rule, name } = compiled;
    if (rule.kind !== "wording") return [];
    if (!inForce(compiled, facts.at) || !applies(compiled, asked)) return [];
    const { requires, citation, notice = null } = rule;
    return [{ rule: name, requires, citation, notice }];
  });
  return facts.send.class === "confirmation" ? [OWN_OF_CONFIRMATIONS, ...demands] : demands;
}

export function checkText(
  kind: TextKind,
  demands: readonly WordingDemand[] | null,
  asked: WordingQuestion,
): readonly TextFault[] {
  if (demands === null) return [NO_PACK];
  const faults = demands.flatMap((demand) => checkDemand(demand, asked));
  return kind === "confirmation" ? [...findAdvertisement(asked.text), ...faults] : faults;
}

function checkDemand(demand: WordingDemand, asked: WordingQuestion): readonly TextFault[] {
  const { rule, citation, notice } = demand;
  try {
    const faults = checkWording(demand.requires, asked);
    return faults.map((fault) => ({ ...fault, rule, citation, notice }));
  } catch (error) {
    // Promise 4: a rule that cannot be evaluated does not pass.
    const text = `The rule could not be evaluated: ${(error as Error).message}`;
    return [{ kind: "rule-failed", element: "rule", text, rule, citation, notice }];
  }
}

function findAdvertisement(text: string): readonly TextFault[] {
  const words = findMarketing(text);
  if (words === null) return [];
  return [
    {
      kind: "marketing-in-confirmation",
      element: "marketing",
      text: `"${words}" advertises, and a confirmation may not.`,
      rule: null,
      citation: "47 CFR 64.1200(a)(12)",
      notice: null,
    },
  ];
}

const NO_PACK: TextFault = {
  kind: "rule-failed",
  element: "rule",
  text: "No rule pack binds this place, and the pack `default` is missing. Add it.",
  rule: null,
  citation: null,
  notice: null,
};
