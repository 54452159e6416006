// Hands a person's message to Heed as any system can: one signed event (Standard Webhooks).
//   HEED_SOURCE_SECRET=whsec_… node examples/signed-inbound.ts +12125550123 "please stop texting me"
import { randomUUID } from "node:crypto";
import { Webhook } from "standardwebhooks";

const { HEED_URL = "http://127.0.0.1:4333", HEED_SOURCE_SECRET = "" } = process.env;
const [from = "", text = ""] = process.argv.slice(2);

// Use your own system's id of the message: Heed takes each id once, so a repeat changes nothing.
const id = randomUUID();
const sentAt = new Date();
const body = JSON.stringify({
  type: "message.received",
  timestamp: sentAt.toISOString(),
  data: { id, channel: "sms", from, to: "+12125550100", text },
});

const response = await fetch(`${HEED_URL}/v1/inbound/${process.env.HEED_SOURCE ?? "demo"}`, {
  method: "POST",
  headers: {
    "content-type": "application/json",
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(sentAt.getTime() / 1000)),
    "webhook-signature": new Webhook(HEED_SOURCE_SECRET).sign(id, sentAt, body),
  },
  body, // Exactly the text that was signed.
});
if (!response.ok) throw new Error(`Heed answered ${response.status}: ${await response.text()}`);
console.log("Heed has it on disk");
