/**
 * Opt-out links. A link seals who it is for, so it needs no row in a database, lasts for years,
 * shows no personal data, cannot be guessed or enumerated, and can do one thing only: opt *out*.
 *
 * Sealed with AES-256-GCM under a nonce derived from the contents (as SIV does), so that the same
 * person gets the same link from the same sender, and no nonce is ever used for two contents.
 */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from "node:crypto";
import { isOptedOut } from "../domain/fold.ts";
import { type AddressKey, type Channel, channelsOf, kindOfAddress } from "../domain/words.ts";
import type { Deps } from "./deps.ts";
import { Problem } from "./problem.ts";
import { recordActs } from "./record-acts.ts";
import { addressOf, unknownSender } from "./record-choice.ts";
import { widenStop } from "./understand.ts";

const VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export interface LinkContents {
  readonly address: AddressKey;
  readonly sender: string;
  readonly channel: Channel;
  /** BCP 47, or empty when not known. */
  readonly language: string;
}

function keysOf(linkKey: Uint8Array): { seal: Uint8Array; nonce: Uint8Array } {
  const derive = (purpose: string) =>
    new Uint8Array(hkdfSync("sha256", linkKey, new Uint8Array(0), `heed link v1 ${purpose}`, 32));
  return { seal: derive("seal"), nonce: derive("nonce") };
}

export function sealLink(linkKey: Uint8Array, contents: LinkContents): string {
  const keys = keysOf(linkKey);
  const plain = Buffer.from(
    JSON.stringify([contents.address, contents.sender, contents.channel, contents.language]),
  );
  const nonce = createHmac("sha256", keys.nonce).update(plain).digest().subarray(0, NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", keys.seal, nonce).setAAD(Uint8Array.of(VERSION));
  const sealed = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  return Buffer.concat([Uint8Array.of(VERSION), nonce, sealed]).toString("base64url");
}

/** `null` for anything that this installation did not seal. */
export function openLink(linkKey: Uint8Array, token: string): LinkContents | null {
  const bytes = Buffer.from(token, "base64url");
  if (bytes.length < 1 + NONCE_BYTES + TAG_BYTES || bytes[0] !== VERSION) return null;
  // base64url has more than one spelling of the same bytes; only ours is accepted.
  if (bytes.toString("base64url") !== token) return null;
  const keys = keysOf(linkKey);
  const nonce = bytes.subarray(1, 1 + NONCE_BYTES);
  const tag = bytes.subarray(-TAG_BYTES);
  try {
    const decipher = createDecipheriv("aes-256-gcm", keys.seal, nonce)
      .setAAD(Uint8Array.of(VERSION))
      .setAuthTag(tag);
    const plain = Buffer.concat([
      decipher.update(bytes.subarray(1 + NONCE_BYTES, -TAG_BYTES)),
      decipher.final(),
    ]);
    const [address, sender, channel, language] = JSON.parse(plain.toString("utf8"));
    return { address, sender, channel, language };
  } catch {
    return null;
  }
}

/** Makes the link of one person to one sender. */
export function createLink(
  deps: Deps,
  request: { address: string; sender: string; channel?: Channel; language?: string },
): { url: string; token: string } {
  if (!deps.settings.senders.has(request.sender)) throw unknownSender(request.sender);
  const address = addressOf(deps, request.address);
  const channels = channelsOf(kindOfAddress(address));
  const channel = request.channel ?? (channels[0] as Channel);
  if (!channels.includes(channel)) {
    throw new Problem(
      "invalid-request",
      `nobody can be reached by ${channel} at such an address; use ${channels.join(" or ")}`,
      "/channel",
    );
  }
  const token = sealLink(deps.secrets.linkKey, {
    address,
    sender: request.sender,
    channel,
    language: request.language ?? "",
  });
  return { url: `${deps.publicUrl}/u/${token}`, token };
}

export interface LinkUse {
  /** A person pressed the button, or their mail client sent the one-click POST of RFC 8058. */
  readonly how: "page" | "one-click";
  readonly token: string;
  /** Language of the page that was shown. */
  readonly language?: string;
}

/**
 * Opts out by link. Unknown tokens and repeats look the same to the caller as a first use: nothing
 * can be learnt from the answer (RFC 8058 one-click clients want 200 in every case).
 */
export async function optOutByLink(deps: Deps, use: LinkUse): Promise<void> {
  const contents = openLink(deps.secrets.linkKey, use.token);
  if (contents === null) return;
  const sender = deps.settings.senders.get(contents.sender) ?? {
    id: contents.sender,
    stopCovers: "standard" as const,
  };
  const scopes = widenStop(sender, contents.channel);
  // What another server recorded just now may be the return that this press takes back.
  await deps.live.refresh();
  if (isOptedOut(deps.live.standing(contents.address), scopes)) return;
  const now = deps.clock.now();
  const messageId = Buffer.from(deps.random(16)).toString("hex");
  await recordActs(deps, {
    key: `link:${messageId}`,
    body: { messageId },
    acts: [
      {
        kind: "opt-out",
        address: contents.address,
        scopes,
        by: "person",
        via: contents.channel === "email" ? "email" : "web",
        source: "opt-out-link",
        claimedAt: now,
        receivedAt: now,
        messageId,
        evidence: { kind: "link", how: use.how },
        ...(use.language === undefined ? {} : { language: use.language }),
      },
    ],
  });
}
