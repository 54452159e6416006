/**
 * Sends a confirmation by Twilio's REST API: `POST /2010-04-01/Accounts/{sid}/Messages.json`.
 * One attempt: a confirmation that may have gone out is never sent again (promise 7).
 */
import Type, { type Static } from "typebox";
import { describeFailure } from "./describe-failure.ts";
import type { Fetch, MessageProvider, OutgoingMessage, SendOutcome } from "./outbound.ts";

const TIMEOUT_MS = 15_000;

/** "Attempt to send to unsubscribed recipient", https://www.twilio.com/docs/api/errors/21610. */
const UNSUBSCRIBED_RECIPIENT = 21610;

const configSchema = Type.Object(
  {
    accountSid: Type.String({ pattern: "^AC[0-9a-fA-F]{32}$", title: "Account SID" }),
    authToken: Type.String({ minLength: 16, maxLength: 128, secret: true }),
    messagingServiceSid: Type.Optional(
      Type.String({
        pattern: "^MG[0-9a-fA-F]{32}$",
        description: "Sends through this Messaging Service instead of from the number written to.",
      }),
    ),
    statusCallback: Type.Optional(
      Type.String({
        pattern: "^https?://[^\\s]+$",
        description: "URL of the Twilio source, so that error 21610 comes back as an opt-out.",
      }),
    ),
  },
  { additionalProperties: false },
);

export type TwilioMessagesConfig = Static<typeof configSchema>;

export const twilioMessages: MessageProvider<TwilioMessagesConfig> =
  createTwilioMessages(TIMEOUT_MS);

/** The provider with another patience; only tests need one. */
export function createTwilioMessages(timeoutMs: number): MessageProvider<TwilioMessagesConfig> {
  return {
    id: "twilio",
    configSchema,
    async send(message, config, fetch) {
      if (message.channel !== "sms") {
        return failed(`Twilio is set up for sms, not for ${message.channel}`);
      }
      try {
        return await post(message, config, fetch, timeoutMs);
      } catch (error) {
        return failed(`${describeFailure(error, timeoutMs)}; it may have been sent all the same`);
      }
    },
  };
}

async function post(
  message: OutgoingMessage,
  config: TwilioMessagesConfig,
  fetch: Fetch,
  timeoutMs: number,
): Promise<SendOutcome> {
  const { accountSid, authToken, messagingServiceSid, statusCallback } = config;
  const form = new URLSearchParams({ To: message.to });
  if (statusCallback !== undefined) form.set("StatusCallback", statusCallback);
  if (messagingServiceSid !== undefined) form.set("MessagingServiceSid", messagingServiceSid);
  else form.set("From", message.from);
  form.set("Body", message.text);
  const response = await fetch(
    `https://api.twilio.com/2010-04-01/Accounts/${accountSid}/Messages.json`,
    {
      method: "POST",
      redirect: "manual",
      signal: AbortSignal.timeout(timeoutMs),
      headers: {
        accept: "application/json",
        authorization: `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString("base64")}`,
        "content-type": "application/x-www-form-urlencoded",
      },
      body: form.toString(),
    },
  );
  return outcomeOf(response.status, await readJson(response));
}

function outcomeOf(status: number, answer: Readonly<Record<string, unknown>>): SendOutcome {
  if (status >= 200 && status < 300) {
    const { sid } = answer;
    return { sent: true, providerMessageId: typeof sid === "string" ? sid.slice(0, 64) : "" };
  }
  // Twilio's own sentence may repeat the number, so only the code is kept; it is in Twilio's docs.
  const code = typeof answer.code === "number" ? answer.code : null;
  const error =
    code === null
      ? `Twilio answered ${status}`
      : `Twilio answered ${status} with error ${code}: see twilio.com/docs/api/errors/${code}`;
  return { sent: false, optedOut: code === UNSUBSCRIBED_RECIPIENT, error };
}

/** An answer that is no JSON object counts as one without members. */
async function readJson(response: Response): Promise<Readonly<Record<string, unknown>>> {
  try {
    const answer: unknown = await response.json();
    return typeof answer === "object" && answer !== null ? { ...answer } : {};
  } catch {
    return {};
  }
}

function failed(error: string): SendOutcome {
  return { sent: false, optedOut: false, error };
}
