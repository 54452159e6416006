/**
 * Standard Webhooks: JSON events from any other system (a shop, a CRM, a call centre), signed with
 * a shared secret (https://www.standardwebhooks.com). One event in a request.
 * `docs/guides/webhooks.md` describes the events.
 */
import Type, { type Static } from "typebox";
import type { Scope } from "../domain/scope.ts";
import type { Instant } from "../domain/words.ts";
import type { InboundAct, InboundAdapter, InboundMessage, Refusal } from "./inbound.ts";
import {
  type ActPart,
  checkEvent,
  type MessagePart,
  type WebhookEvent,
} from "./standard-webhook-events.ts";
import { verifyStandardWebhook, WEBHOOK_SECRET_PATTERN } from "./standard-webhook-signature.ts";
import { parseStrictJson } from "./strict-json.ts";

const LIMITS = { maxBytes: 64 * 1024, maxDepth: 8 };

const configSchema = Type.Object(
  {
    secrets: Type.Array(Type.String({ pattern: WEBHOOK_SECRET_PATTERN, secret: true }), {
      minItems: 1,
      maxItems: 2,
      description: "The signing secret, and during a rotation the other one too.",
    }),
  },
  { additionalProperties: false },
);

export type StandardWebhookConfig = Static<typeof configSchema>;

export const standardWebhook: InboundAdapter<StandardWebhookConfig> = {
  id: "standard-webhook",
  configSchema,
  // Whoever holds the secret vouches for `by: "person"`, as the person's own phone would.
  provesPerson: true,

  verify(request, config, now) {
    if (request.method !== "POST") return { refused: "method", detail: "only POST is taken" };
    if (request.body.length > LIMITS.maxBytes) {
      return malformed(`the body is larger than ${LIMITS.maxBytes} bytes`);
    }
    return verifyStandardWebhook(request, config.secrets, now);
  },

  parse(request) {
    const json = parseStrictJson(request.body, LIMITS);
    if ("problem" in json) return malformed(json.problem);
    const checked = checkEvent(json.value);
    if ("problem" in checked) return malformed(checked.problem);
    const { event } = checked;
    const messageId = `${event.type}:${event.data.id ?? request.headers["webhook-id"] ?? ""}`;
    return event.type === "message.received"
      ? readMessage(event.data, event.timestamp, messageId)
      : readAct(event, messageId);
  },

  acknowledge(events, _config, receipts = null) {
    return {
      status: 200,
      headers: { "content-type": "application/json; charset=utf-8" },
      body: JSON.stringify({
        accepted: events.length,
        ...(receipts === null ? {} : { receipts }),
      }),
    };
  },
};

function malformed(detail: string): Refusal {
  return { refused: "malformed", detail };
}

function readMessage(
  part: MessagePart,
  timestamp: string | undefined,
  messageId: string,
): readonly InboundMessage[] | Refusal {
  const sentAt = readInstant(part.sentAt ?? timestamp);
  if (sentAt === "unreadable") return malformed("`sentAt` or `timestamp` is no real date");
  return [
    {
      kind: "message",
      messageId,
      channel: part.channel,
      from: part.from,
      to: part.to,
      text: part.text,
      sentAt,
      providerIntent: null,
      confirmedByProvider: part.confirmed ?? false,
      ...(part.language === undefined ? {} : { language: part.language }),
    },
  ];
}

function readAct(
  event: Extract<WebhookEvent, { data: ActPart }>,
  messageId: string,
): readonly InboundAct[] | Refusal {
  const { data: part } = event;
  const claimedAt = readInstant(part.claimedAt ?? event.timestamp);
  if (claimedAt === "unreadable") return malformed("`claimedAt` or `timestamp` is no real date");
  if (part.scopes !== undefined && part.channel !== undefined) {
    return malformed("`channel` and `scopes` came together: `scopes` name their channels");
  }
  // An opt-out that leaves it out means every channel; what a consent leaves out is not consented to.
  if (event.type === "opt-in" && part.scopes === undefined && part.channel === undefined) {
    return malformed("an opt-in needs `channel` or `scopes`: what the person agreed to");
  }
  return [
    {
      kind: event.type === "opt-in" ? "opt-in" : "opt-out",
      messageId,
      address: part.address,
      by: part.by,
      scopes: (part.scopes as readonly Scope[] | undefined) ?? null,
      channel: part.channel ?? null,
      claimedAt,
      evidence: part.evidence as InboundAct["evidence"],
      confirmedByProvider: part.confirmed ?? false,
      ...(part.level === undefined ? {} : { level: part.level }),
      ...(part.text === undefined ? {} : { text: part.text }),
      ...(part.language === undefined ? {} : { language: part.language }),
    },
  ];
}

/** The pattern has let through 31 February; Temporal does not. */
function readInstant(text: string | undefined): Instant | null | "unreadable" {
  if (text === undefined) return null;
  try {
    return Temporal.Instant.from(text).epochMilliseconds;
  } catch {
    return "unreadable";
  }
}
