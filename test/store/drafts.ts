// Drafts and requests for tests of the store: small, valid, and different from each other.
import { createHash, randomBytes } from "node:crypto";
import type { Act } from "../../src/domain/act.ts";
import type { AddressKey } from "../../src/domain/words.ts";
import type { Draft } from "../../src/ledger/leaf.ts";
import type { AppendRequest, SendDraft } from "../../src/store/store.ts";

export const NOW = Date.UTC(2026, 10, 21, 12);

export function draftOf(messageId: string, more: Partial<Act> = {}, token?: string): Draft {
  const act: Act = {
    kind: "opt-out",
    address: "+15551234567" as AddressKey,
    scopes: [{ sender: "acme", channel: "sms", program: "all", class: "all", use: "contact" }],
    by: "person",
    via: "sms",
    source: "twilio-main",
    claimedAt: NOW - 1000,
    receivedAt: NOW,
    messageId,
    text: "STOP",
    ...more,
  };
  const hashed = createHash("sha256")
    .update(act.address ?? "")
    .digest("hex");
  return { act, recordedAt: NOW + 1, salt: randomBytes(32), token: token ?? hashed };
}

export function bodyHash(body: string): string {
  return createHash("sha256").update(body).digest("hex");
}

/** One draft per request unless `drafts` says more; the body is the key unless given. */
export function requestOf(key: string, body = key, drafts = 1): AppendRequest {
  const all = Array.from({ length: drafts }, (_, index) => draftOf(`${key}/${index}`));
  return { key, bodyHash: bodyHash(body), drafts: all };
}

/** A send to somebody; with a name it has a key, and the body is the name unless given. */
export function sendOf(token: string, more: Partial<SendDraft> = {}, name?: string): SendDraft {
  return {
    token,
    at: NOW - 60_000,
    sender: "acme",
    channel: "sms",
    class: "marketing",
    subject: null,
    callKind: null,
    isReply: false,
    confirms: null,
    by: "us",
    recordedAt: NOW,
    key: name === undefined ? null : bodyHash(name),
    bodyHash: name === undefined ? null : bodyHash(`body of ${name}`),
    ...more,
  };
}
