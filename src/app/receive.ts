/**
 * The life of an inbound request: verify on the raw bytes, parse, understand, record, answer.
 * The provider hears a success only after everything in the request is on disk and in force.
 */
import { parseAddress } from "../address/parse-address.ts";
import type { PersonsAct } from "../domain/act.ts";
import { strongestLevelOf } from "../domain/fold.ts";
import {
  type InboundEvent,
  isRefusal,
  type RawRequest,
  type RawResponse,
  type Refusal,
} from "../inbound/inbound.ts";
import type { Json } from "../ledger/canonical.ts";
import type { Receipt } from "../ledger/receipt.ts";
import type { Deps } from "./deps.ts";
import { giveReceipts } from "./give-receipts.ts";
import { Problem } from "./problem.ts";
import { hashOf, type RecordOutcome, recordActs } from "./record-acts.ts";
import { resolveSecrets, type Source } from "./settings.ts";
import {
  actFromReport,
  actsFromMessage,
  type Circumstances,
  type StopSetting,
} from "./understand.ts";

export type ReceiveOutcome =
  | { readonly response: RawResponse; readonly recorded: number }
  | { readonly refusal: Refusal };

/** `wantsReceipts`: the answer carries the receipts, where the provider's format has room for them. */
export async function receive(
  deps: Deps,
  sourceId: string,
  request: RawRequest,
  env: Readonly<Record<string, string | undefined>>,
  wantsReceipts = false,
): Promise<ReceiveOutcome> {
  const { source, sender, adapter } = lookUp(deps, sourceId);
  const config = resolveSecrets(source.config, env);
  const receivedAt = deps.clock.now();
  const refusal = adapter.verify(request, config, receivedAt);
  if (refusal !== null) return { refusal };
  const events = adapter.parse(request, config);
  if (isRefusal(events)) return { refusal: events };
  const recordings: Recording[] = [];
  for (const event of events) {
    const context = { source, sender, receivedAt, provesPerson: adapter.provesPerson };
    const recording = await takeEvent(deps, event, context);
    if (recording !== null) recordings.push(recording);
  }
  const receipts = wantsReceipts ? await receiptsOf(deps, recordings) : null;
  const recorded = recordings.reduce((sum, { entries }) => sum + entries.length, 0);
  return { response: adapter.acknowledge(events, config, receipts), recorded };
}

type Recording = Exclude<RecordOutcome, { status: "conflict" }>;

async function receiptsOf(deps: Deps, recordings: readonly Recording[]) {
  const given: (Receipt | null)[] = [];
  for (const recording of recordings) {
    given.push(...(await giveReceipts(deps, recording)).receipts);
  }
  return given;
}

function lookUp(deps: Deps, sourceId: string) {
  const source = deps.settings.sources.get(sourceId);
  const adapter = source?.enabled === true ? deps.inbound.get(source.adapter) : undefined;
  if (source === undefined || adapter === undefined) {
    throw new Problem(
      "unknown-source",
      `there is no source \`${sourceId.slice(0, 64)}\`; \`heed source list\` names those there are`,
    );
  }
  // A sender whose setting was removed or damaged is no reason to lose what people tell it.
  const sender: StopSetting = deps.settings.senders.get(source.sender) ?? {
    id: source.sender,
    stopCovers: "standard",
  };
  return { source, sender, adapter };
}

async function takeEvent(
  deps: Deps,
  event: InboundEvent,
  context: Omit<Circumstances, "address" | "earlierLevel"> & { source: Source },
): Promise<Recording | null> {
  const written = event.kind === "message" ? event.from : event.address;
  const parsed = parseAddress(written, {
    defaultRegion: context.source.defaultRegion ?? deps.defaultRegion,
  });
  if ("problem" in parsed) {
    // A short code or an alphanumeric sender wrote to us: there is nobody to suppress. The provider
    // must not be told to retry what can never succeed, so this is a warning and not a failure.
    deps.log.warn(
      { source: context.source.id, messageId: event.messageId, problem: parsed.problem },
      "an inbound event names no address that can be suppressed; nothing was recorded",
    );
    return null;
  }
  const circumstances = {
    ...context,
    address: parsed.key,
    earlierLevel: strongestLevelOf(deps.live.standing(parsed.key), {
      sender: context.sender.id,
      channel: event.channel ?? "sms",
      program: null,
      class: "marketing",
      use: "contact",
    }),
  };
  const acts =
    event.kind === "message"
      ? actsFromMessage(
          event,
          deps.recogniser.recognize(event.text, { channel: event.channel }),
          circumstances,
        )
      : [actFromReport(event, circumstances)];
  return acts.length === 0 ? null : await recordOnce(deps, event, acts);
}

/**
 * The message id is the idempotency key, for ever, so a replay changes nothing. When an id comes
 * back with other contents, an opt-out is recorded under a key of its own, because losing one is
 * worse than keeping two; anything else is taken for a replay and left alone.
 */
async function recordOnce(
  deps: Deps,
  event: InboundEvent,
  acts: readonly PersonsAct[],
): Promise<Recording | null> {
  const source = acts[0]?.source;
  const key = `source:${source}:${event.messageId}`;
  const body = event as unknown as Json;
  const outcome = await recordActs(deps, { key, body, acts });
  if (outcome.status !== "conflict") return outcome;
  deps.log.warn(
    { source, messageId: event.messageId },
    "a message id came back with other contents",
  );
  const denials = acts.filter((act) => act.kind === "opt-out" || act.kind === "hold");
  if (denials.length === 0) return null;
  const denied = await recordActs(deps, { key: `${key}#${hashOf(body)}`, body, acts: denials });
  return denied.status === "conflict" ? null : denied;
}
