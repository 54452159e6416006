/**
 * Dealings that come through the API: a purchase or an inquiry on which some laws let a sender write for
 * a time, a no in a call after which some want a pause, a request to opt in that nobody has confirmed.
 * What can allow something needs evidence; what can only deny needs nothing but an address.
 */
import {
  type Actor,
  canAllow,
  type DealingKind,
  type Evidence,
  type PersonsAct,
  type Via,
} from "../domain/act.ts";
import type { Scope } from "../domain/scope.ts";
import { ALL, type All, type Channel, type Instant } from "../domain/words.ts";
import type { Json } from "../ledger/canonical.ts";
import type { Deps } from "./deps.ts";
import { Problem } from "./problem.ts";
import { type RecordOutcome, recordActs } from "./record-acts.ts";
import { addressOf, unknownSender, withoutUndefined } from "./record-choice.ts";

export interface Dealing {
  readonly kind: DealingKind;
  readonly address: string;
  /** A configured sender; for what can only deny also `all`. */
  readonly sender: string | All;
  /** The channel it is about; absent: every one. */
  readonly channel?: Channel | All;
  readonly by: Actor;
  readonly via?: Via;
  /** When it happened, if not just now. */
  readonly at?: Instant;
  readonly text?: string;
  readonly evidence?: Evidence;
  readonly author?: string;
  readonly note?: string;
}

/** As `recordChoice`. */
export async function recordDealing(
  deps: Deps,
  dealing: Dealing,
  source: string,
  idempotencyKey: string | null,
): Promise<Exclude<RecordOutcome, { status: "conflict" }>> {
  if (canAllow(dealing.kind) && dealing.evidence === undefined) {
    throw new Problem(
      "evidence-required",
      `${dealing.kind === "inquiry" ? "an inquiry" : "a purchase"} needs \`evidence\`: at least its ` +
        "`kind`, and what shows that it happened, such as the number of the order",
      "/evidence",
    );
  }
  const receivedAt = deps.clock.now();
  const messageId = idempotencyKey ?? `auto-${Buffer.from(deps.random(16)).toString("hex")}`;
  const act: PersonsAct = {
    kind: dealing.kind,
    address: addressOf(deps, dealing.address),
    scopes: scopesOfDealing(deps, dealing),
    by: dealing.by,
    via: dealing.via ?? "api",
    source,
    claimedAt: dealing.at ?? receivedAt,
    receivedAt,
    messageId,
    ...withoutUndefined({
      text: dealing.text,
      evidence: dealing.evidence,
      author: dealing.author,
      note: dealing.note,
    }),
  };
  const key = `${source}:${dealing.kind}:${messageId}`;
  const outcome = await recordActs(deps, { key, body: dealing as unknown as Json, acts: [act] });
  if (outcome.status === "conflict") {
    throw new Problem(
      "idempotency-conflict",
      "this Idempotency-Key was used before with another body; use a new key for a new act",
    );
  }
  return outcome;
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
