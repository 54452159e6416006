/**
 * Follows the ledger and answers people: one confirmation at most (promise 7), through the provider
 * that took their words. The entry that says "about to confirm" is on disk before the provider is
 * called, under a key that only one server can win, so a crash or a race can lose a confirmation
 * but never send two. Whoever was erased in the meantime is not answered, and what became of a
 * message that was under way is not written down: it would bring their address back.
 */
import { isPersons, type PersonsAct } from "../domain/act.ts";
import type { Entry } from "../domain/entry.ts";
import type { MessageProvider, OutgoingMessage, SendOutcome } from "../outbound/outbound.ts";
import { forEachConcurrently } from "./concurrently.ts";
import type { AnswerDecision } from "./decide-answer.ts";
import { decideAnswer } from "./decide-answer.ts";
import type { Deps } from "./deps.ts";
import { followCursor } from "./follow-cursor.ts";
import { historyOf } from "./history.ts";
import { recordActs } from "./record-acts.ts";
import { resolveSecrets, type Source } from "./settings.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** How many addresses are answered at the same time. */
const CONCURRENT = 16;

/** Runs until the signal aborts. */
export async function answerPeople(deps: Deps, env: Env, signal: AbortSignal): Promise<void> {
  await followCursor(deps, "answers", signal, {
    async take(entries, held) {
      // One provider that is slow must not make everybody's confirmation late.
      const byAddress = Map.groupBy(entries, (entry) => entry.token);
      await forEachConcurrently([...byAddress.values()], CONCURRENT, async (ofAddress) => {
        for (const entry of ofAddress) {
          held.throwIfAborted();
          await answerOne(deps, env, entry);
        }
      });
      return "done";
    },
  });
}

async function answerOne(deps: Deps, env: Env, entry: Entry): Promise<void> {
  const act = entry.act;
  if (act === null || !isPersons(act)) return;
  if (act.kind !== "opt-out" && act.kind !== "help") return;
  const source = deps.settings.sources.get(act.source);
  const sender = source === undefined ? undefined : deps.settings.senders.get(source.sender);
  if (source?.reply === undefined || sender === undefined) return;
  const decision = decideAnswer({
    entry,
    history: await historyOf(deps, act.address),
    sender,
    texts: deps.texts,
    now: deps.clock.now(),
  });
  if (decision.send) await answerOnce(deps, env, entry, act, source, decision);
}

async function answerOnce(
  deps: Deps,
  env: Env,
  entry: Entry,
  act: PersonsAct,
  source: Source,
  decision: Extract<AnswerDecision, { send: true }>,
): Promise<void> {
  const provider =
    source.reply === undefined ? undefined : deps.providers.get(source.reply.provider);
  if (provider === undefined || act.replyFrom === undefined || act.replyChannel === undefined)
    return;
  const claim = await recordActs(deps, {
    key: `${decision.kind}:${entry.position}`,
    body: entry.position,
    acts: [aboutAnswer(deps, entry, act, decision.kind, decision.text)],
    about: entry.position,
  });
  if (claim.status !== "recorded") return;
  const message = { channel: act.replyChannel, from: act.replyFrom, text: decision.text };
  const outcome = await sendOnce(deps, env, source, provider, { ...message, to: act.address });
  if (decision.kind === "help-answer") return;
  const note = outcome.sent ? `sent as ${outcome.providerMessageId}` : `not sent: ${outcome.error}`;
  await recordActs(deps, {
    key: `confirmation-outcome:${entry.position}`,
    body: entry.position,
    acts: [aboutAnswer(deps, entry, act, "confirmation-outcome", note)],
    about: entry.position,
  });
}

/** A failure is an outcome too: tried again it could reach the person twice. */
async function sendOnce(
  deps: Deps,
  env: Env,
  source: Source,
  provider: MessageProvider,
  message: OutgoingMessage,
): Promise<SendOutcome> {
  try {
    return await provider.send(message, resolveSecrets(source.reply?.config, env), deps.fetch);
  } catch (error) {
    deps.log.error({ err: error, source: source.id }, "an answer to a person was not sent");
    return { sent: false, optedOut: false, error: "the provider failed; the log says how" };
  }
}

function aboutAnswer(
  deps: Deps,
  entry: Entry,
  act: PersonsAct,
  kind: "confirmation" | "help-answer" | "confirmation-outcome",
  note: string,
): PersonsAct {
  const now = deps.clock.now();
  return {
    kind,
    address: act.address,
    scopes: act.scopes,
    by: "system",
    via: "system",
    source: act.source,
    claimedAt: now,
    receivedAt: now,
    messageId: `${kind}:${entry.position}`,
    refersTo: entry.position,
    note,
  };
}
