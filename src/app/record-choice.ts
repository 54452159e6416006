/**
 * Opt-outs, opt-ins and holds that come through the API: an agent writing down a phone call, a form
 * on the customer's site, a partner. An opt-out needs nothing but an address; an opt-in needs evidence.
 */
import { parseAddress } from "../address/parse-address.ts";
import type { Actor, ConsentLevel, Evidence, PersonsAct, Via } from "../domain/act.ts";
import { holdScopes, type Scope } from "../domain/scope.ts";
import { type AddressKey, ALL, type All, type Channel, type Instant } from "../domain/words.ts";
import type { Json } from "../ledger/canonical.ts";
import type { Deps } from "./deps.ts";
import { Problem } from "./problem.ts";
import { type RecordOutcome, recordActs } from "./record-acts.ts";
import { widenStop } from "./understand.ts";

export interface Choice {
  /** A hold keeps marketing back until somebody has decided, over a dispute for example. */
  readonly kind: "opt-out" | "opt-in" | "hold";
  readonly address: string;
  /** A configured sender, or `all` for everybody in this deployment. */
  readonly sender: string | All;
  readonly channel?: Channel | All;
  readonly program?: string | All;
  readonly class?: string | All;
  readonly use?: "contact" | "share" | All;
  readonly by: Actor;
  readonly via?: Via;
  /** When it happened, if not just now. */
  readonly at?: Instant;
  readonly text?: string;
  readonly language?: string;
  readonly level?: ConsentLevel;
  readonly evidence?: Evidence;
  readonly author?: string;
  readonly note?: string;
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
): Promise<Exclude<RecordOutcome, { status: "conflict" }>> {
  if (choice.kind === "opt-in" && choice.evidence === undefined) {
    throw new Problem(
      "evidence-required",
      "an opt-in needs `evidence`: at least its `kind`, and what shows that the person agreed",
      "/evidence",
    );
  }
  const receivedAt = deps.clock.now();
  const messageId = idempotencyKey ?? `auto-${Buffer.from(deps.random(16)).toString("hex")}`;
  const act: PersonsAct = {
    kind: choice.kind,
    address: addressOf(deps, choice.address),
    scopes: scopesOfChoice(deps, choice),
    by: choice.by,
    via: choice.via ?? "api",
    source,
    claimedAt: choice.at ?? receivedAt,
    receivedAt,
    messageId,
    ...withoutUndefined({
      text: choice.text,
      language: choice.language,
      level: choice.kind === "opt-in" ? (choice.level ?? "express") : undefined,
      evidence: choice.evidence,
      author: choice.author,
      note: choice.note,
    }),
  };
  const outcome = await recordActs(deps, {
    key: `${source}:${choice.kind}:${messageId}`,
    body: choice as unknown as Json,
    acts: [act],
  });
  if (outcome.status === "conflict") {
    throw new Problem(
      "idempotency-conflict",
      "this Idempotency-Key was used before with another body; use a new key for a new act",
    );
  }
  return outcome;
}

/** Normalises an address or throws a `Problem` that says what is wrong with it. */
export function addressOf(deps: Deps, raw: string): AddressKey {
  const parsed = parseAddress(raw, { defaultRegion: deps.defaultRegion });
  if ("problem" in parsed) throw new Problem("invalid-address", parsed.message, "/address");
  return parsed.key;
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

/** Drops members that are `undefined`, which the strict types keep apart from absent ones. */
export function withoutUndefined<T extends object>(
  value: T,
): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
