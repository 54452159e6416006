/**
 * Opt-out links. A link seals who it is for, so it needs no row in a database, lasts for years,
 * shows no personal data, cannot be guessed or enumerated, and can do one thing only: opt *out*.
 */
import { isOptedOut, optOutsAgainst, type Standing } from "../domain/fold.ts";
import { containsScope, type Scope } from "../domain/scope.ts";
import {
  type AddressKey,
  type Channel,
  channelsOf,
  kindOfAddress,
  type Position,
} from "../domain/words.ts";
import type { Deps } from "./deps.ts";
import { Problem } from "./problem.ts";
import { recordActs } from "./record-acts.ts";
import { addressOf, unknownSender } from "./record-choice.ts";
import { openToken, sealToken } from "./sealed-token.ts";
import { widenStop } from "./understand.ts";

export interface LinkContents {
  readonly address: AddressKey;
  readonly sender: string;
  readonly channel: Channel;
  /** BCP 47, or empty when not known. */
  readonly language: string;
}

export function sealLink(linkKey: Uint8Array, contents: LinkContents): string {
  const { address, sender, channel, language } = contents;
  return sealToken(linkKey, "link", [address, sender, channel, language]);
}

/** `null` for anything that this installation did not seal. */
export function openLink(linkKey: Uint8Array, token: string): LinkContents | null {
  const contents = openToken(linkKey, "link", token);
  if (!Array.isArray(contents)) return null;
  const [address, sender, channel, language] = contents;
  return { address, sender, channel, language };
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
 * Opts out by link and gives the entry of the opt-out that is now in force: a new one, or the newest
 * that was there before; `null` when there is none, or none whose record is still there.
 * RFC 8058 one-click clients are not told: they want the same 200 in every case.
 */
export async function optOutByLink(deps: Deps, use: LinkUse): Promise<Position | null> {
  const contents = openLink(deps.secrets.linkKey, use.token);
  if (contents === null) return null;
  const sender = deps.settings.senders.get(contents.sender) ?? {
    id: contents.sender,
    stopCovers: "standard" as const,
  };
  const scopes = widenStop(sender, contents.channel);
  // What another server recorded just now may be the return that this press takes back.
  await deps.live.refresh();
  const standing = deps.live.standing(contents.address);
  // While it is locked, what stands here may not be in the ledger any more.
  if (deps.guard.lock === null && isOptedOut(standing, scopes)) {
    return newestOptOut(standing, contents, scopes[0]);
  }
  const now = deps.clock.now();
  const messageId = Buffer.from(deps.random(16)).toString("hex");
  const outcome = await recordActs(deps, {
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
  return outcome.status === "conflict" ? null : (outcome.entries[0]?.position ?? null);
}

/** Of the opt-outs in force, those of a part aside: the person asked for all of the channel. */
function newestOptOut(
  standing: Standing,
  { sender, channel }: Pick<LinkContents, "sender" | "channel">,
  asked: Scope | undefined,
): Position | null {
  const send = { sender, channel, program: null, class: "marketing", use: "contact" } as const;
  const positions = optOutsAgainst(standing, send)
    .filter((mark) => !mark.erased)
    .filter(({ scopes }) => scopes.some((one) => asked !== undefined && containsScope(one, asked)))
    .map((mark) => mark.position);
  return positions.length === 0 ? null : Math.max(...positions);
}
