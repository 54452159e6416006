/**
 * Dealings that come through the API: a purchase or an inquiry on which some laws let a sender write for
 * a time, a no in a call after which some want a pause, a request to opt in that nobody has confirmed.
 * What can allow something needs evidence; what can only deny needs nothing but an address.
 */
import { canAllow, type DealingKind } from "../domain/act.ts";
import type { Scope } from "../domain/scope.ts";
import { ALL, type All, type Channel } from "../domain/words.ts";
import type { Deps } from "./deps.ts";
import { Problem } from "./problem.ts";
import { unknownSender } from "./record-choice.ts";
import { recordTold, type Told, type ToldOutcome } from "./record-told.ts";

export interface Dealing extends Told {
  readonly kind: DealingKind;
  /** A configured sender; for what can only deny also `all`. */
  readonly sender: string | All;
  /** The channel it is about; absent: every one. */
  readonly channel?: Channel | All;
}

/** As `recordChoice`. */
export async function recordDealing(
  deps: Deps,
  dealing: Dealing,
  source: string,
  idempotencyKey: string | null,
): Promise<ToldOutcome> {
  if (canAllow(dealing.kind) && dealing.evidence === undefined) {
    throw new Problem(
      "evidence-required",
      `${dealing.kind === "inquiry" ? "an inquiry" : "a purchase"} needs \`evidence\`: at least its ` +
        "`kind`, and what shows that it happened, such as the number of the order",
      "/evidence",
    );
  }
  const scopesOf = () => scopesOfDealing(deps, dealing);
  return recordTold(deps, dealing, { source, idempotencyKey }, scopesOf);
}

/**
 * What a dealing is with: all of a sender's messages. Which of them it matters for is for the rules to
 * say. Throws `Problem` for a sender that is not there, and for dealings with everybody.
 */
export function scopesOfDealing(
  deps: Pick<Deps, "settings">,
  { kind, sender, channel }: Pick<Dealing, "kind" | "sender" | "channel">,
): readonly Scope[] {
  if (sender === ALL && canAllow(kind)) {
    throw new Problem(
      "invalid-request",
      `a dealing of the kind ${kind} names the \`sender\` that the person dealt with`,
      "/sender",
    );
  }
  if (sender !== ALL && !deps.settings.senders.has(sender)) throw unknownSender(sender);
  return [{ sender, channel: channel ?? ALL, program: ALL, class: ALL, use: "contact" }];
}
