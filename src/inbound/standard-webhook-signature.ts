/**
 * Verifies Standard Webhooks, scheme `v1`: base64(HMAC-SHA256(secret, "id.timestamp.body")), see
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md.
 * Not with the `standardwebhooks` package: its `verify` reads the clock itself, and it decodes the
 * body leniently before it hashes, so two different bodies could share one signature. The tests use
 * the package as a foreign signer. LIMIT: the asymmetric scheme `v1a` is passed over.
 */
import { createHmac } from "node:crypto";
import type { Instant } from "../domain/words.ts";
import type { RawRequest, Refusal } from "./inbound.ts";
import { isSameText } from "./same-text.ts";

/** `whsec_` and 24 to 64 random bytes in base64, as the specification wants them. */
export const WEBHOOK_SECRET_PATTERN = "^whsec_[A-Za-z0-9+/]{32,86}={0,2}$";

/** How far the sender's clock may be from ours, in either direction. */
export const TOLERANCE_MS = 5 * 60 * 1000;

/** More signatures than this are nobody's key rotation. */
const MAX_SIGNATURES = 16;

/** `null` when one of the secrets signed the request and its time is near `now`. */
export function verifyStandardWebhook(
  request: RawRequest,
  secrets: readonly string[],
  now: Instant,
): Refusal | null {
  const id = request.headers["webhook-id"];
  const timestamp = request.headers["webhook-timestamp"];
  const signature = request.headers["webhook-signature"];
  if (!id || !timestamp || !signature) {
    return refuse("one of `webhook-id`, `webhook-timestamp` and `webhook-signature` is missing");
  }
  // A full stop separates the signed parts; the specification warns of ids that have one.
  if (!/^[!-\-/-~]{1,256}$/u.test(id)) {
    return refuse("`webhook-id` is longer than 256 characters or has a space or full stop in it");
  }
  if (!/^[0-9]{1,12}$/u.test(timestamp)) return refuse("`webhook-timestamp` is not in seconds");
  const given = signature.split(" ");
  // Strict, because a header that came twice is joined with commas and must not pass for a list.
  if (given.length > MAX_SIGNATURES || !given.every((one) => SIGNATURE.test(one))) {
    return refuse("`webhook-signature` is not a list of `v1,<base64>`");
  }
  if (!isSigned(`${id}.${timestamp}.`, request.body, given, secrets)) {
    return refuse("no active secret signed this request");
  }
  if (Math.abs(now - Number(timestamp) * 1000) > TOLERANCE_MS) {
    return {
      refused: "timestamp",
      detail: "signed more than five minutes from now: compare the clocks",
    };
  }
  return null;
}

const SIGNATURE = /^v[0-9]{1,2}[a-z]?,[A-Za-z0-9+/]{1,6000}={0,2}$/u;

function isSigned(
  prefix: string,
  body: Uint8Array,
  given: readonly string[],
  secrets: readonly string[],
): boolean {
  let found = false;
  for (const secret of secrets) {
    const key = Buffer.from(secret.replace(/^whsec_/u, ""), "base64");
    const right = `v1,${createHmac("sha256", key).update(prefix).update(body).digest("base64")}`;
    for (const one of given) found = isSameText(one, right) || found;
  }
  return found;
}

function refuse(detail: string): Refusal {
  return { refused: "signature", detail };
}
