/** Messages by Twilio's REST API, held against what Twilio's own package puts on the wire. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import twilioPackage from "twilio";
import {
  createTwilioMessages,
  type TwilioMessagesConfig,
  twilioMessages,
} from "../../src/outbound/twilio-messages.ts";
import { fetchAt, MESSAGE, providerContract } from "./contract.ts";
import { type Received, startReceiver } from "./receiver.ts";

const CONFIG: TwilioMessagesConfig = {
  accountSid: `AC${"0123456789abcdef".repeat(2)}`,
  authToken: "a1b2c3d4e5f60718293a4b5c6d7e8f90",
};
const SERVICE = `MG${"7".repeat(32)}`;
const SID = `SM${"9".repeat(32)}`;

const problem = (code: number) =>
  JSON.stringify({ code, message: "about +14155550123", status: 400, more_info: "https://x" });

providerContract(twilioMessages, {
  withTimeout: createTwilioMessages,
  config: CONFIG,
  unspeakable: [CONFIG.authToken, "4155550123", "2125550100", "unsubscribed &"],
  answers: [
    {
      status: 201,
      body: JSON.stringify({ sid: SID }),
      expected: { sent: true, providerMessageId: SID },
    },
    { status: 200, body: "not JSON", expected: { sent: true, providerMessageId: "" } },
    { status: 400, body: problem(21610), expected: { sent: false, optedOut: true } },
    { status: 400, body: problem(21211), expected: { sent: false, optedOut: false } },
    { status: 401, body: problem(20003), expected: { sent: false, optedOut: false } },
    { status: 429, body: problem(20429), expected: { sent: false, optedOut: false } },
    { status: 500, body: "<html>about +14155550123</html>", expected: { sent: false } },
    { status: 302, body: "", expected: { sent: false, optedOut: false } },
    { status: 400, body: '{"code":"21610"}', expected: { sent: false, optedOut: false } },
    {
      status: 500,
      body: "x".repeat(100_000),
      expected: { sent: false, error: "Twilio answered 500" },
    },
  ],
});

/** Everything that Twilio acts on; connection headers and the like are the client's own affair. */
function essence(request: Received | undefined) {
  assert.ok(request);
  return {
    method: request.method,
    path: request.path,
    authorization: request.headers.authorization,
    contentType: request.headers["content-type"]?.split(";")[0],
    accept: request.headers.accept,
    form: [...new URLSearchParams(request.body)].sort(),
  };
}

async function compare(context: TestContext, config: TwilioMessagesConfig, theirs: object) {
  const receiver = await startReceiver(context);
  receiver.answer((response) =>
    response
      .writeHead(201, { "content-type": "application/json" })
      .end(JSON.stringify({ sid: SID })),
  );
  class LocalClient extends twilioPackage.RequestClient {
    override request<T>(options: Parameters<twilioPackage.RequestClient["request"]>[0]) {
      const uri = options.uri.replace("https://api.twilio.com", receiver.origin);
      return super.request<T>({ ...options, uri } as never);
    }
  }
  const httpClient = new LocalClient({ keepAlive: false });
  const client = twilioPackage(config.accountSid, config.authToken, { httpClient });
  await client.messages.create({ to: MESSAGE.to, body: MESSAGE.text, ...theirs });
  await twilioMessages.send(MESSAGE, config, fetchAt(receiver.origin));
  assert.equal(receiver.received.length, 2);
  assert.deepEqual(essence(receiver.received[1]), essence(receiver.received[0]));
}

test("from a number: what is sent is what Twilio's package sends", async (context) => {
  await compare(context, CONFIG, { from: MESSAGE.from });
});

test("through a Messaging Service with a callback: the same", async (context) => {
  const statusCallback = "https://heed.example.com/inbound/acme-sms";
  const config = { ...CONFIG, messagingServiceSid: SERVICE, statusCallback };
  await compare(context, config, { messagingServiceSid: SERVICE, statusCallback });
});

test("a call or an e-mail is not sent as a text", async () => {
  const outcome = await twilioMessages.send({ ...MESSAGE, channel: "email" }, CONFIG, async () => {
    throw new Error("it was sent");
  });
  assert.deepEqual(outcome, {
    sent: false,
    optedOut: false,
    error: "Twilio is set up for sms, not for email",
  });
});
