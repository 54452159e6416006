// Text messages as Twilio posts them, signed by Twilio's own package.
import { randomBytes } from "node:crypto";
import twilioPackage from "twilio";
import type { TestHeed } from "../support/heed.ts";

const ACCOUNT = `AC${"0123456789abcdef".repeat(2)}`;
const TOKEN = "a1b2c3d4e5f60718293a4b5c6d7e8f90";

export const SOURCE = "acme-sms";

/** Configures the source that these messages come to. */
export async function addTwilioSource(heed: TestHeed): Promise<void> {
  await heed.deps.settings.putSource({
    id: SOURCE,
    adapter: "twilio",
    sender: "acme",
    enabled: true,
    config: { accountSid: ACCOUNT, authTokens: [TOKEN] },
  });
}

export interface SmsRequest {
  readonly method: "POST";
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly payload: Buffer;
}

/** The request that Twilio makes when somebody writes. */
export function signedSms(
  publicUrl: string,
  from: string,
  text: string,
  sid = `SM${randomBytes(16).toString("hex")}`,
): SmsRequest {
  const url = `/v1/inbound/${SOURCE}`;
  const parameters = {
    ...{ ToCountry: "US", SmsMessageSid: sid, NumMedia: "0", SmsSid: sid, SmsStatus: "received" },
    ...{ Body: text, FromCountry: "US", To: "+12125550100", NumSegments: "1", MessageSid: sid },
    ...{ AccountSid: ACCOUNT, From: from, ApiVersion: "2010-04-01" },
  };
  const signature = twilioPackage.getExpectedTwilioSignature(
    TOKEN,
    `${publicUrl}${url}`,
    parameters,
  );
  return {
    method: "POST",
    url,
    headers: {
      "content-type": "application/x-www-form-urlencoded; charset=UTF-8",
      "x-twilio-signature": signature,
      host: "attacker.example",
    },
    payload: Buffer.from(new URLSearchParams(parameters).toString()),
  };
}
