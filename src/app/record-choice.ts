/**
 * Opt-outs, opt-ins and holds that come through the API: an agent writing down a phone call, a form
 * on the customer's site, a partner. An opt-out needs nothing but an address; an opt-in needs evidence.
 */
import type { ConsentLevel } from "../domain/act.ts";
import { holdScopes, type Scope } from "../domain/scope.ts";
import { ALL, type All, type Channel } from "../domain/words.ts";
import type { Deps } from "./deps.ts";
import { Problem } from "./problem.ts";
import { recordTold, type Told, type ToldOutcome } from "./record-told.ts";
import { widenStop } from "./understand.ts";

export interface Choice extends Told {
  /** A hold keeps marketing back until somebody has decided, over a dispute for example. */
  readonly kind: "opt-out" | "opt-in" | "hold";
  /** A configured sender, or `all` for everybody in this deployment. */
  readonly sender: string | All;
  readonly channel?: Channel | All;
  readonly program?: string | All;
  readonly class?: string | All;
  readonly use?: "contact" | "share" | All;
  readonly level?: ConsentLevel;
}

/**
 * Records a choice. `source` names the API key or door; `idempotencyKey` makes a retry safe and is
 * remembered for ever. Throws `Problem` when the choice cannot be recorded as asked.
 */
export async function recordChoice(
  deps: Deps,
  choice: Choice,
  source: string,
  idempotencyKey: string | null,
): Promise<ToldOutcome> {
  if (choice.kind === "opt-in" && choice.evidence === undefined) {
    throw new Problem(
      "evidence-required",
      "an opt-in needs `evidence`: at least its `kind`, and what shows that the person agreed",
      "/evidence",
    );
  }
  const scopesOf = () => scopesOfChoice(deps, choice);
  const level = choice.kind === "opt-in" ? (choice.level ?? "express") : undefined;
  return recordTold(deps, choice, { source, idempotencyKey }, scopesOf, level);
}

/** What a choice covers. Throws `Problem` when the choice does not say enough. */
export function scopesOfChoice(
  deps: Deps,
  choice: Pick<Choice, "kind" | "sender" | "channel" | "program" | "class" | "use">,
): readonly Scope[] {
  const sender = choice.sender === ALL ? null : deps.settings.senders.get(choice.sender);
  if (sender === undefined) throw unknownSender(choice.sender);
  if (choice.kind === "opt-in") return [optInScope(choice)];
  if (choice.kind === "hold") return holdScopes(choice.sender);
  // Saying "all" out loud asks for no less than not saying it.
  const isPart = (choice.program ?? ALL) !== ALL || (choice.class ?? ALL) !== ALL;
  if (isPart || choice.use === "share") return [exactScope(choice)];
  const plain = widenStop(sender ?? { id: ALL, stopCovers: "standard" }, choice.channel ?? ALL);
  return choice.use === ALL ? [...plain, exactScope(choice)] : plain;
}

type Covered = Parameters<typeof scopesOfChoice>[1];

function optInScope(choice: Covered): Scope {
  if (choice.sender === ALL || choice.channel === undefined || choice.channel === ALL) {
    throw new Problem(
      "invalid-request",
      "an opt-in names the `sender` and the `channel` that the person agreed to",
      "/channel",
    );
  }
  return exactScope(choice);
}

function exactScope(choice: Covered): Scope {
  return {
    sender: choice.sender,
    channel: choice.channel ?? ALL,
    program: choice.program ?? ALL,
    class: choice.class ?? ALL,
    use: choice.use ?? "contact",
  };
}

export function unknownSender(sender: string): Problem {
  return new Problem(
    "unknown-sender",
    `there is no sender \`${sender.slice(0, 64)}\`; \`heed sender add\` makes one`,
    "/sender",
  );
}
