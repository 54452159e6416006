/**
 * Twilio: the messaging webhook (what people write) and the status callback (error 21610: Twilio
 * knew of an opt-out that Heed did not), both on one URL. Believes only what the account signed.
 *
 * LIMIT: WhatsApp and RCS are taken as `sms`, and an answer to them goes out as a plain SMS.
 */
import Type, { type Static } from "typebox";
import { type Form, parseForm } from "./form.ts";
import type { InboundAct, InboundAdapter, InboundEvent, RawRequest, Refusal } from "./inbound.ts";
import { type Parsed, parseStrictJson } from "./strict-json.ts";
import { hasPromisedBody, isSignedByTwilio, promisedBodyHash } from "./twilio-signature.ts";

/** Twilio sends 2 to 4 KB; a body beyond this is not Twilio's. */
const LIMITS = { maxBytes: 64 * 1024, maxDepth: 8 };

/** "Attempt to send to unsubscribed recipient", https://www.twilio.com/docs/api/errors/21610. */
const UNSUBSCRIBED_RECIPIENT = "21610";

/**
 * The words that Twilio answers and blocks on by itself, for long codes and toll-free numbers, when
 * they are the whole message in any case; REVOKE and OPTOUT since 2025-05-14. Read 2026-11-21 in
 * "Twilio support for opt-out keywords (SMS STOP filtering)", article 223134027 of help.twilio.com.
 * Matched without trimming: when in doubt whether Twilio answered, Heed tries to, and Twilio
 * refuses to send to somebody it has blocked, so two confirmations cannot come of it.
 */
const DEFAULT_KEYWORDS: ReadonlySet<string> = new Set([
  ...["STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"],
  ...["START", "YES", "UNSTOP"],
  ...["HELP", "INFO"],
]);

/** What Advanced Opt-Out says in `OptOutType`: it has read the message and answered it. */
const PROVIDER_INTENTS: ReadonlyMap<string, "opt-out" | "opt-in" | "help"> = new Map([
  ["STOP", "opt-out"],
  ["START", "opt-in"],
  ["HELP", "help"],
]);

const configSchema = Type.Object(
  {
    accountSid: Type.String({ pattern: "^AC[0-9a-fA-F]{32}$", title: "Account SID" }),
    authTokens: Type.Array(Type.String({ minLength: 16, maxLength: 128, secret: true }), {
      minItems: 1,
      maxItems: 2,
      description: "The current auth token, and during a rotation the other one too.",
    }),
    defaultOptOutHandling: Type.Optional(
      Type.Enum(["twilio", "heed"], {
        default: "twilio",
        description:
          "Who answers STOP, START and HELP: Twilio by itself, as it does unless its support " +
          "switched that off for the account, or Heed.",
      }),
    ),
  },
  { additionalProperties: false },
);

export type TwilioConfig = Static<typeof configSchema>;

export const twilio: InboundAdapter<TwilioConfig> = {
  id: "twilio",
  configSchema,
  provesPerson: true,

  verify(request, config) {
    if (request.method !== "POST") return refuse("method", "Twilio must be set to HTTP POST");
    const signature = request.headers["x-twilio-signature"];
    if (!signature) return refuse("signature", "the header `X-Twilio-Signature` is missing");
    const signed = readSignedForm(request);
    if ("refused" in signed) return signed;
    if (!isSignedByTwilio(signature, request.url, signed.form, config.authTokens)) {
      return refuse(
        "signature",
        "no active auth token signed this: compare the tokens, and the public URL with the one " +
          "in Twilio's console",
      );
    }
    const fields = readFields(request);
    if ("refused" in fields) return fields;
    if (fields.get("AccountSid") === config.accountSid) return null;
    return refuse("account", "`AccountSid` is missing or is not the configured account");
  },

  parse(request, config) {
    const fields = readFields(request);
    if ("refused" in fields) return fields;
    const sid = fields.get("MessageSid") ?? fields.get("SmsSid") ?? "";
    if (!/^[A-Za-z0-9]{2,64}$/u.test(sid)) {
      return refuse("malformed", "`MessageSid` is missing: is this URL set for something else?");
    }
    const status = fields.get("MessageStatus") ?? fields.get("SmsStatus") ?? "received";
    const isMessage = status === "received" || status === "receiving";
    return isMessage ? readMessage(sid, fields, config) : readStatus(sid, status, fields);
  },

  acknowledge() {
    // No <Message>: a confirmation goes out by the REST API, so that it is on record first.
    return {
      status: 200,
      headers: { "content-type": "text/xml; charset=utf-8" },
      body: '<?xml version="1.0" encoding="UTF-8"?><Response/>',
    };
  },
};

/** The parameters that the adapter reads, each with the one value it has. */
type Fields = ReadonlyMap<string, string>;

const READ_PARAMETERS = [
  ...["AccountSid", "MessageSid", "SmsSid", "MessageStatus", "SmsStatus", "ErrorCode"],
  ...["From", "To", "Body", "OptOutType", "MessagingServiceSid"],
];

function refuse(refused: Refusal["refused"], detail: string): Refusal {
  return { refused, detail };
}

function isForm(request: RawRequest): boolean {
  return contentType(request) === "application/x-www-form-urlencoded";
}

function contentType(request: RawRequest): string {
  return (request.headers["content-type"] ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
}

/** What the signature covers beside the URL: the form, or nothing when the URL has a body hash. */
function readSignedForm(request: RawRequest): { form: Form } | Refusal {
  const hash = promisedBodyHash(request.url);
  if (hash !== null) {
    return hasPromisedBody(request.body, hash)
      ? { form: new Map() }
      : refuse("signature", "the body is not the one that `bodySHA256` in the URL promises");
  }
  if (!isForm(request)) return refuse("signature", "neither a form nor a body with `bodySHA256`");
  const form = parseForm(request.body, LIMITS.maxBytes);
  return "problem" in form ? refuse("malformed", form.problem) : { form: form.value };
}

function readFields(request: RawRequest): Fields | Refusal {
  const all = isForm(request)
    ? parseForm(request.body, LIMITS.maxBytes)
    : readJsonParameters(request);
  if ("problem" in all) return refuse("malformed", all.problem);
  const fields = new Map<string, string>();
  for (const name of READ_PARAMETERS) {
    const values = all.value.get(name) ?? [];
    if (values.length > 1) return refuse("malformed", `\`${name}\` came more than once`);
    const [value] = values;
    if (value === undefined) continue;
    // The person's own words are never a reason to lose an opt-out; anything else is Twilio's.
    if (name !== "Body" && value.includes("\0")) {
      return refuse("malformed", `\`${name}\` has a NUL character in it`);
    }
    fields.set(name, value.replaceAll("\0", "\uFFFD"));
  }
  return fields;
}

function readJsonParameters(request: RawRequest): Parsed<Form> {
  if (contentType(request) !== "application/json") {
    return { problem: "the content type is neither a form nor JSON" };
  }
  const json = parseStrictJson(request.body, LIMITS);
  if ("problem" in json) return json;
  if (typeof json.value !== "object" || json.value === null || Array.isArray(json.value)) {
    return { problem: "the JSON is not an object" };
  }
  const form = new Map<string, readonly string[]>();
  for (const [name, value] of Object.entries(json.value)) {
    if (typeof value === "string" || typeof value === "number") form.set(name, [String(value)]);
  }
  return { value: form };
}

function readMessage(
  sid: string,
  fields: Fields,
  config: TwilioConfig,
): readonly InboundEvent[] | Refusal {
  const from = fields.get("From") ?? "";
  const to = fields.get("To") ?? "";
  const text = fields.get("Body");
  if (from === "" || to === "") return refuse("malformed", "`From` or `To` is missing");
  if (text === undefined) return refuse("malformed", "`Body` is missing");
  const providerIntent = PROVIDER_INTENTS.get(fields.get("OptOutType") ?? "") ?? null;
  const confirmedByProvider = providerIntent !== null || isAnsweredByDefault(to, text, config);
  return [
    {
      kind: "message",
      messageId: `message:${sid}`,
      channel: "sms",
      from: withoutScheme(from),
      to: withoutScheme(to),
      text,
      sentAt: null,
      providerIntent,
      confirmedByProvider,
    },
  ];
}

/** Standalone short codes and WhatsApp senders have no default answers: their `To` has no `+`. */
function isAnsweredByDefault(to: string, text: string, config: TwilioConfig): boolean {
  return (
    config.defaultOptOutHandling !== "heed" &&
    to.startsWith("+") &&
    DEFAULT_KEYWORDS.has(text.toUpperCase())
  );
}

/** `whatsapp:+15551234567` is the person at +15551234567. */
function withoutScheme(address: string): string {
  return address.replace(/^(?:whatsapp|rcs):/iu, "");
}

function readStatus(
  sid: string,
  status: string,
  fields: Fields,
): readonly InboundEvent[] | Refusal {
  if (fields.get("ErrorCode") !== UNSUBSCRIBED_RECIPIENT) return [];
  const to = fields.get("To") ?? "";
  if (to === "") return refuse("malformed", "`To` is missing");
  const act: InboundAct = {
    kind: "opt-out",
    messageId: `status:${sid}:${UNSUBSCRIBED_RECIPIENT}`,
    address: withoutScheme(to),
    by: "provider",
    scopes: null,
    channel: "sms",
    claimedAt: null,
    evidence: {
      kind: "twilio-status-callback",
      errorCode: Number(UNSUBSCRIBED_RECIPIENT),
      messageSid: sid,
      messageStatus: status,
      from: fields.get("From") ?? null,
      messagingServiceSid: fields.get("MessagingServiceSid") ?? null,
    },
    // Twilio answered when the person wrote STOP to it, and sends them nothing more.
    confirmedByProvider: true,
  };
  return [act];
}
