/**
 * Every entry to a URL, as a Standard Webhooks message that the receiver can verify with a library
 * of its own language (https://www.standardwebhooks.com, `docs/guides/webhooks.md`).
 * At least once: a receiver sees the same `webhook-id` again when its answer was lost.
 *
 * LIMIT: of the receiver's answer only the status and `Retry-After` are read.
 */
import { Webhook } from "standardwebhooks";
import Type, { type Static } from "typebox";
import type { Act } from "../domain/act.ts";
import type { Entry } from "../domain/entry.ts";
import type { Instant } from "../domain/words.ts";
import { WEBHOOK_SECRET_PATTERN } from "../inbound/standard-webhook-signature.ts";
import { describeFailure } from "./describe-failure.ts";
import type { DeliveryOutcome, Destination, Fetch } from "./outbound.ts";
import { MAX_RETRY_AFTER_MS } from "./retry-schedule.ts";

/** The specification recommends 15 to 30 seconds. */
const TIMEOUT_MS = 15_000;

const configSchema = Type.Object(
  {
    url: Type.String({ pattern: "^https?://[^\\s]+$", maxLength: 2048 }),
    secrets: Type.Array(Type.String({ pattern: WEBHOOK_SECRET_PATTERN, secret: true }), {
      minItems: 1,
      maxItems: 2,
      description: "The signing secret, and during a rotation the other one too: both sign.",
    }),
    installation: Type.Optional(
      Type.String({
        pattern: "^[A-Za-z0-9_-]{1,64}$",
        description: "Tells the entries of several installations apart at one receiver.",
      }),
    ),
  },
  { additionalProperties: false },
);

export type WebhookConfig = Static<typeof configSchema>;

export const webhook: Destination<WebhookConfig> = createWebhook(TIMEOUT_MS);

/** The destination with another patience; only tests need one. */
export function createWebhook(timeoutMs: number): Destination<WebhookConfig> {
  return {
    id: "webhook",
    configSchema,
    async deliver(entry, config, now, fetch) {
      try {
        return await post(entry, config, now, fetch, timeoutMs);
      } catch (error) {
        return {
          outcome: "failed",
          error: describeFailure(error, timeoutMs),
          retryAfterMs: null,
        };
      }
    },
  };
}

async function post(
  entry: Entry,
  config: WebhookConfig,
  now: Instant,
  fetch: Fetch,
  timeoutMs: number,
): Promise<DeliveryOutcome> {
  const id = messageIdOf(entry, config.installation);
  const body = JSON.stringify(publicEvent(entry));
  const signedAt = new Date(now);
  const response = await fetch(config.url, {
    method: "POST",
    redirect: "manual",
    signal: AbortSignal.timeout(timeoutMs),
    headers: {
      "content-type": "application/json",
      "user-agent": "heed",
      "webhook-id": id,
      "webhook-timestamp": String(Math.floor(now / 1000)),
      "webhook-signature": config.secrets
        .map((secret) => new Webhook(secret).sign(id, signedAt, body))
        .join(" "),
    },
    body,
  });
  // The status says all; an answer without an end must not keep a connection.
  await response.body?.cancel().catch(() => undefined);
  return outcomeOf(response, now);
}

function outcomeOf(response: Response, now: Instant): DeliveryOutcome {
  const { status } = response;
  if (status >= 200 && status < 300) return { outcome: "delivered" };
  const error = `the receiver answered ${status}`;
  if (status === 410) return { outcome: "disabled", error };
  if (status >= 300 && status < 400) {
    return {
      outcome: "failed",
      error: `${error}: redirects are not followed, configure the final URL`,
      retryAfterMs: null,
    };
  }
  return { outcome: "failed", error, retryAfterMs: readRetryAfter(response, now) };
}

/** RFC 9110 §10.2.3: seconds or a date. `null` when it is absent, unreadable or of no use. */
function readRetryAfter(response: Response, now: Instant): number | null {
  if (![429, 502, 503, 504].includes(response.status)) return null;
  const text = response.headers.get("retry-after")?.trim() ?? "";
  const waitMs = /^[0-9]{1,9}$/u.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  return waitMs > 0 ? Math.min(waitMs, MAX_RETRY_AFTER_MS) : null;
}

/**
 * The same for every attempt, so that receivers can drop what they have seen. The position alone
 * would not do: after a restore that lost entries, others come to stand in their places, and a
 * receiver would drop an opt-out that it never saw.
 */
export function messageIdOf({ position, leafHash }: Entry, installation?: string): string {
  const place = installation === undefined ? position : `${installation}_${position}`;
  return `heed_${place}_${leafHash.slice(0, 16)}`;
}

/**
 * The entry as the world may see it: no suppression token, no words of the person, no evidence.
 * Of an erased record only what the ledger itself keeps is left; every other member is `null`.
 * An erasure names nobody; by the leaf hashes in `erases` a receiver finds what it had been told.
 */
export function publicEvent(entry: Entry) {
  const { act } = entry;
  return {
    type: "entry.recorded",
    timestamp: rfc3339(entry.recordedAt),
    data: {
      position: entry.position,
      kind: act?.kind ?? null,
      address: act?.address ?? null,
      scopes: act?.scopes ?? null,
      by: act?.by ?? null,
      via: act?.via ?? null,
      source: act?.source ?? null,
      claimedAt: act === null ? null : rfc3339(act.claimedAt),
      receivedAt: act === null ? null : rfc3339(act.receivedAt),
      recordedAt: rfc3339(entry.recordedAt),
      level: act?.level,
      language: act?.language,
      refersTo: act?.refersTo,
      erases: act?.kind === "erasure" ? erasedBy(act) : undefined,
      leafHash: entry.leafHash,
      erased: act === null,
    },
  };
}

/** Leaf hashes of the entries whose records an erasure removed. */
function erasedBy({ evidence }: Act): readonly string[] {
  const hashes = evidence?.leafHashes;
  return typeof hashes === "string" && hashes !== "" ? hashes.split(" ") : [];
}

/** RFC 3339 in UTC with milliseconds. */
function rfc3339(instant: Instant): string {
  return new Date(instant).toISOString();
}
