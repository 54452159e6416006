/** Twilio's adapter, held against requests that Twilio's own package signed. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import twilioPackage from "twilio";
import type { InboundEvent, InboundMessage, RawRequest } from "../../src/inbound/inbound.ts";
import { isRefusal } from "../../src/inbound/inbound.ts";
import { type TwilioConfig, twilio } from "../../src/inbound/twilio.ts";
import { isSignedByTwilio } from "../../src/inbound/twilio-signature.ts";
import { assertRefused, inboundContract } from "./contract.ts";

const { getExpectedTwilioSignature, validateRequest } = twilioPackage;

const ACCOUNT = `AC${"0123456789abcdef".repeat(2)}`;
const TOKENS = ["a1b2c3d4e5f60718293a4b5c6d7e8f90", "ffeeddccbbaa99887766554433221100"];
const THIRD_TOKEN = "00000000000000000000000000000000";
const URL_OF_SOURCE = "https://heed.example.com/inbound/acme-sms";
const CONFIG: TwilioConfig = { accountSid: ACCOUNT, authTokens: TOKENS };
const SID = `SM${"9".repeat(32)}`;

type Parameters = Record<string, string | string[]>;

/** What Twilio posts when somebody writes to a long code. */
function messageOf(change: Parameters = {}): Parameters {
  return {
    ...{ ToCountry: "US", ToState: "NY", SmsMessageSid: SID, NumMedia: "0", ToCity: "" },
    ...{ FromZip: "94107", SmsSid: SID, FromState: "CA", SmsStatus: "received" },
    ...{ FromCity: "San José", Body: "please stop it, Zoë! 🛑 100% & more", FromCountry: "US" },
    ...{ To: "+12125550100", ToZip: "10001", NumSegments: "1", MessageSid: SID },
    ...{ AccountSid: ACCOUNT, From: "+14155550123", ApiVersion: "2010-04-01" },
    ...change,
  };
}

function statusOf(change: Parameters = {}): Parameters {
  return {
    ...{ MessageSid: SID, SmsSid: SID, MessageStatus: "undelivered", SmsStatus: "undelivered" },
    ...{ ErrorCode: "21610", To: "+14155550123", From: "+12125550100", AccountSid: ACCOUNT },
    ...{ MessagingServiceSid: `MG${"8".repeat(32)}`, ApiVersion: "2010-04-01" },
    ...change,
  };
}

function encode(parameters: Parameters): Buffer {
  const form = new URLSearchParams();
  for (const [name, values] of Object.entries(parameters)) {
    for (const value of [values].flat()) form.append(name, value);
  }
  return Buffer.from(form.toString());
}

function post(parameters: Parameters, token = TOKENS[0] as string, url = URL_OF_SOURCE) {
  return {
    method: "POST",
    url,
    headers: {
      "content-type": "application/x-www-form-urlencoded; charset=UTF-8",
      "x-twilio-signature": getExpectedTwilioSignature(token, url, parameters),
      host: "attacker.example",
      "user-agent": "TwilioProxy/1.1",
    },
    body: encode(parameters),
  } satisfies RawRequest;
}

/** A JSON body, whose hash is in the signed URL. */
function postJson(body: string, token = TOKENS[0] as string): RawRequest {
  const url = `${URL_OF_SOURCE}?bodySHA256=${createHash("sha256").update(body).digest("hex")}`;
  const request = post({}, token, url);
  const headers = { ...request.headers, "content-type": "application/json" };
  return { ...request, headers, body: Buffer.from(body) };
}

const tokenOf = (secret: 0 | 1 | 2) => TOKENS[secret] ?? THIRD_TOKEN;

const MESSAGE: InboundMessage = {
  kind: "message",
  messageId: `message:${SID}`,
  channel: "sms",
  from: "+14155550123",
  to: "+12125550100",
  text: "please stop it, Zoë! 🛑 100% & more",
  sentAt: null,
  providerIntent: null,
  confirmedByProvider: false,
};

const OPT_OUT: InboundEvent = {
  kind: "opt-out",
  messageId: `status:${SID}:21610`,
  address: "+14155550123",
  by: "provider",
  scopes: null,
  channel: "sms",
  claimedAt: null,
  evidence: {
    kind: "twilio-status-callback",
    errorCode: 21610,
    messageSid: SID,
    messageStatus: "undelivered",
    from: "+12125550100",
    messagingServiceSid: `MG${"8".repeat(32)}`,
  },
  confirmedByProvider: true,
};

function withBody(body: Buffer): RawRequest {
  return { ...post(messageOf()), body };
}

inboundContract(twilio, {
  config: CONFIG,
  now: 0,
  unspeakable: [...TOKENS, THIRD_TOKEN, "4155550123", "2125550100", "please stop it", ACCOUNT],
  signedHeaders: ["x-twilio-signature"],
  signsUrl: true,
  accepted: [
    {
      name: "a message",
      request: (secret) => post(messageOf(), tokenOf(secret)),
      events: [MESSAGE],
    },
    {
      name: "a status callback with error 21610",
      request: (secret) => post(statusOf(), tokenOf(secret)),
      events: [OPT_OUT],
    },
    {
      name: "a JSON message with bodySHA256",
      request: (secret) => postJson(JSON.stringify(messageOf()), tokenOf(secret)),
      events: [MESSAGE],
    },
  ],
  refused: [
    {
      name: "a message of another account",
      request: post(messageOf({ AccountSid: `AC${"f".repeat(32)}` })),
      as: "account",
    },
    {
      name: "a message without an account",
      request: post(messageOf({ AccountSid: [] })),
      as: "account",
    },
    {
      name: "a message with two accounts",
      request: post(messageOf({ AccountSid: [ACCOUNT, `AC${"f".repeat(32)}`] })),
      as: "malformed",
    },
    {
      name: "a message from two people",
      request: post(messageOf({ From: ["+14155550123", "+14155550124"] })),
      as: "malformed",
    },
    {
      name: "no MessageSid",
      request: post({ ...statusOf(), MessageSid: [], SmsSid: [] }),
      as: "malformed",
    },
    { name: "a call", request: post({ AccountSid: ACCOUNT, CallSid: "CA1" }), as: "malformed" },
    { name: "a message without a sender", request: post(messageOf({ From: "" })), as: "malformed" },
    { name: "a message without Body", request: post(messageOf({ Body: [] })), as: "malformed" },
    { name: "21610 without To", request: post(statusOf({ To: [] })), as: "malformed" },
    {
      name: "NUL in a number",
      request: post(messageOf({ From: `+1415555${"\0"}0123` })),
      as: "malformed",
    },
    {
      name: "broken percent-encoding",
      request: withBody(Buffer.from("Body=%zz")),
      as: "malformed",
    },
    {
      name: "percent-encoded half pair",
      request: withBody(Buffer.from("Body=%ED%A0%BD")),
      as: "malformed",
    },
    {
      name: "bytes that are not UTF-8",
      request: withBody(Buffer.from([66, 61, 0xff])),
      as: "malformed",
    },
    { name: "pairs without a name", request: withBody(Buffer.from("&&=STOP")), as: "malformed" },
    {
      name: "a body beyond 64 KiB",
      request: withBody(Buffer.alloc(70_000, "a=b&")),
      as: "malformed",
    },
    { name: "broken JSON", request: postJson('{"AccountSid":'), as: "malformed" },
    { name: "a JSON list", request: postJson("[]"), as: "malformed" },
    {
      name: "deep JSON",
      request: postJson(`${"[".repeat(20_000)}${"]".repeat(20_000)}`),
      as: "malformed",
    },
    {
      name: "JSON with the account twice",
      request: postJson(`{"AccountSid":"${ACCOUNT}","AccountSid":"${ACCOUNT}"}`),
      as: "malformed",
    },
    {
      name: "a form declared as JSON without bodySHA256",
      request: {
        ...post(messageOf()),
        headers: { ...post(messageOf()).headers, "content-type": "application/json" },
      },
      as: "signature",
    },
    {
      name: "a JSON body that is not the promised one",
      request: { ...postJson("{}"), body: Buffer.from("{ }") },
      as: "signature",
    },
    {
      name: "a URL that is none",
      request: { ...post(messageOf()), url: "/inbound/acme-sms" },
      as: "signature",
    },
  ],
});

function read(parameters: Parameters, config: TwilioConfig = CONFIG): InboundMessage {
  const request = post(parameters);
  assert.equal(twilio.verify(request, config, 0), null);
  const events = twilio.parse(request, config);
  assert.ok(!isRefusal(events));
  const [event] = events;
  assert.ok(event?.kind === "message");
  return event;
}

test("OptOutType is Twilio's own reading, and says that Twilio answered", () => {
  for (const [type, intent] of [
    ["STOP", "opt-out"],
    ["START", "opt-in"],
    ["HELP", "help"],
  ] as const) {
    const message = read(messageOf({ OptOutType: type, Body: "basta" }));
    assert.deepEqual([message.providerIntent, message.confirmedByProvider], [intent, true]);
  }
  const unknown = read(messageOf({ OptOutType: "NEW" }));
  assert.deepEqual([unknown.providerIntent, unknown.confirmedByProvider], [null, false]);
});

test("Twilio's default words are answered by Twilio when they are the whole message", () => {
  const confirmed = (change: Parameters, config = CONFIG) =>
    read(messageOf(change), config).confirmedByProvider;
  for (const word of ["STOP", "stop", "Unsubscribe", "OPTOUT", "REVOKE", "START", "HELP"]) {
    assert.equal(confirmed({ Body: word }), true, word);
    assert.equal(read(messageOf({ Body: word })).providerIntent, null);
  }
  for (const text of ["STOP PLEASE", "OPT OUT", "Stop.", " stop", "ARRET", ""]) {
    assert.equal(confirmed({ Body: text }), false, text);
  }
  assert.equal(confirmed({ Body: "STOP" }, { ...CONFIG, defaultOptOutHandling: "heed" }), false);
  assert.equal(confirmed({ Body: "STOP", To: "36555" }), false, "a standalone short code");
  assert.equal(confirmed({ Body: "STOP", To: "whatsapp:+12125550100" }), false);
});

test("WhatsApp addresses are read as the numbers they are", () => {
  const message = read(messageOf({ From: "whatsapp:+14155550123", To: "whatsapp:+12125550100" }));
  assert.deepEqual([message.from, message.to], ["+14155550123", "+12125550100"]);
});

test("a NUL in the person's words never costs them their opt-out", () => {
  assert.equal(read(messageOf({ Body: "STOP\0" })).text, "STOP\uFFFD");
});

test("a message and a status callback of one sid have different ids", () => {
  const status = twilio.parse(post(statusOf()), CONFIG);
  assert.ok(!isRefusal(status));
  assert.notEqual(status[0]?.messageId, read(messageOf()).messageId);
});

test("status callbacks about anything but 21610 are nothing to do", () => {
  for (const change of [{ ErrorCode: "30003" }, { ErrorCode: [] }, { MessageStatus: "sent" }]) {
    const request = post(statusOf({ ErrorCode: [], ...change }));
    assert.equal(twilio.verify(request, CONFIG, 0), null);
    assert.deepEqual(twilio.parse(request, CONFIG), []);
  }
});

test("the answer is TwiML without a message, so that Twilio sends nothing by itself", () => {
  const answer = twilio.acknowledge([MESSAGE], CONFIG);
  assert.equal(answer.status, 200);
  assert.match(answer.headers["content-type"] ?? "", /^text\/xml/u);
  assert.equal(answer.body, '<?xml version="1.0" encoding="UTF-8"?><Response/>');
});

test("a URL signed with the standard port is the URL without it, and the reverse", () => {
  const parameters = messageOf();
  const token = TOKENS[0] as string;
  const withPort = URL_OF_SOURCE.replace(".com/", ".com:443/");
  assert.equal(
    twilio.verify({ ...post(parameters, token, withPort), url: URL_OF_SOURCE }, CONFIG, 0),
    null,
  );
  assert.equal(twilio.verify({ ...post(parameters, token), url: withPort }, CONFIG, 0), null);
  const otherPort = URL_OF_SOURCE.replace(".com/", ".com:8443/");
  assertRefused(
    twilio.verify({ ...post(parameters, token, otherPort), url: URL_OF_SOURCE }, CONFIG, 0),
    "signature",
  );
});

test("our verifier and Twilio's package agree on any parameters and queries", () => {
  const text = fc.string({ unit: "grapheme", maxLength: 12 });
  const name = fc
    .oneof(fc.constantFrom("Body", "From", "a", "b", "ab"), text)
    .filter((one) => one !== "");
  const parameters = fc.dictionary(
    name,
    fc.oneof(text, fc.array(text, { minLength: 1, maxLength: 3 })),
    {
      maxKeys: 6,
      noNullPrototype: true,
    },
  );
  const query = fc.string({ unit: fc.constantFrom(..."abc='&%20+!()[]|\"é"), maxLength: 10 });
  const server = fc.constantFrom(
    "https://h.example",
    "https://h.example:443",
    "http://h.example:8080",
  );
  fc.assert(
    fc.property(parameters, query, server, server, (given, search, signedAt, receivedAt) => {
      const signedUrl = `${signedAt}/x?${search}`;
      const url = `${receivedAt}/x?${search}`;
      const form = new Map(Object.entries(given).map(([key, values]) => [key, [values].flat()]));
      const token = TOKENS[1] as string;
      for (const signed of [signedUrl, new URL(signedUrl).href]) {
        const signature = getExpectedTwilioSignature(token, signed, given);
        const theirs = validateRequest(token, signature, url, given);
        assert.equal(isSignedByTwilio(signature, url, form, [token]), theirs);
      }
    }),
    { numRuns: 1500 },
  );
});
