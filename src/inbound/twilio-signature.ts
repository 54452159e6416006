/**
 * Twilio's request signature, `X-Twilio-Signature`: base64(HMAC-SHA1(auth token, URL followed by
 * every parameter name and value, sorted by name)), or of the URL alone when it carries the SHA-256
 * of the body (https://www.twilio.com/docs/usage/webhooks/webhooks-security). Does as Twilio's own
 * library does (`twilio` 6.2.0, held against it by the tests) without bringing its 20 MB along.
 *
 * LIMIT: the scheme signs no time and no boundary between names and values. Replays are stopped by
 * message ids that are kept for ever; a request with a read parameter twice is refused.
 */
import { createHash, createHmac } from "node:crypto";
import { parse as parseQuery, stringify as stringifyQuery } from "node:querystring";
import type { Form } from "./form.ts";
import { isSameText } from "./same-text.ts";

const BODY_HASH_PARAMETER = "bodySHA256";

/** Hex SHA-256 of the body as the URL promises it; `null` when parameters are signed instead. */
export function promisedBodyHash(url: string): string | null {
  return URL.parse(url)?.searchParams.get(BODY_HASH_PARAMETER) ?? null;
}

export function hasPromisedBody(body: Uint8Array, hash: string): boolean {
  return isSameText(hash, createHash("sha256").update(body).digest("hex"));
}

/** Whether one of the tokens signed this URL and form. `form` is empty when the body is hashed. */
export function isSignedByTwilio(
  signature: string,
  url: string,
  form: Form,
  authTokens: readonly string[],
): boolean {
  const parameters = signedParameters(form);
  let found = false;
  // Every candidate is tried, so that the time does not tell which one it was.
  for (const token of authTokens) {
    for (const candidate of urlsTwilioMayHaveSigned(url)) {
      const right = createHmac("sha1", token)
        .update(candidate + parameters)
        .digest("base64");
      found = isSameText(signature, right) || found;
    }
  }
  return found;
}

/** A name that came several times is signed once for each different value, sorted. */
function signedParameters(form: Form): string {
  let signed = "";
  for (const name of [...form.keys()].sort()) {
    for (const value of [...new Set(form.get(name))].sort()) signed += name + value;
  }
  return signed;
}

/**
 * Twilio signs the URL as configured in its console: with or without the standard port, and with a
 * query that some of its back ends escape. The path is taken only as it came: Twilio's library also
 * tries a path that `new URL` has cleaned of dot segments, which would make two paths one.
 */
function urlsTwilioMayHaveSigned(url: string): ReadonlySet<string> {
  const parts = /^(https?):\/\/([^/?#]*)([^?]*)(\?.*)?$/isu.exec(url);
  if (parts === null) return new Set([url]);
  const [, scheme = "", authority = "", path = "", query = ""] = parts;
  const host = authority.replace(/:\d*$/u, "");
  const standardPort = scheme.toLowerCase() === "https" ? ":443" : ":80";
  const hostWithPort = host === authority ? host + standardPort : authority;
  const escaped = /\?.*$/su.exec(URL.parse(url)?.href ?? "")?.[0] ?? "";
  const legacy = escaped.length > 1 ? `?${stringifyQuery(parseQuery(escaped.slice(1)))}` : escaped;
  const candidates = new Set<string>();
  for (const server of [host, hostWithPort]) {
    for (const ending of [query, escaped, legacy]) {
      candidates.add(`${scheme}://${server}${path}${ending}`);
    }
  }
  return candidates;
}
