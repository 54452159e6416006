/**
 * Opt-out links. A link seals who it is for, so it needs no row in a database, lasts for years,
 * shows no personal data, cannot be guessed or enumerated, and can do one thing only: opt *out*.
 */
import type { Act, PersonsAct } from "../domain/act.ts";
import { foldAct, isOptedOut, type Standing } from "../domain/fold.ts";
import type { Scope } from "../domain/scope.ts";
import {
  type AddressKey,
  type Channel,
  channelsOf,
  kindOfAddress,
  type Position,
} from "../domain/words.ts";
import type { Deps } from "./deps.ts";
import { historyOf } from "./history.ts";
import { Problem } from "./problem.ts";
import { recordActs } from "./record-acts.ts";
import { unknownSender } from "./record-choice.ts";
import { addressOf } from "./record-told.ts";
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
 * Opts out by link and gives the entry that the person may be shown the proof of, which is never
 * that of another door: the link may have been passed on, with the mail that it came in. `null`
 * when there is none. RFC 8058 one-click clients are not told: they want the same 200 in every case.
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
    if (use.how === "one-click") return null;
    const earlier = await newestByLink(deps, contents.address, standing, scopes);
    // Nothing is written about whoever was erased: it would bring their address back.
    if (earlier !== null || isErased(standing, scopes)) return earlier;
  }
  return await recordOptOut(deps, use, contents, scopes);
}

async function recordOptOut(
  deps: Deps,
  use: LinkUse,
  { address, channel }: LinkContents,
  scopes: readonly Scope[],
): Promise<Position | null> {
  const now = deps.clock.now();
  const messageId = Buffer.from(deps.random(16)).toString("hex");
  const act: PersonsAct = {
    kind: "opt-out",
    address,
    scopes,
    by: "person",
    via: channel === "email" ? "email" : "web",
    source: LINK_SOURCE,
    claimedAt: now,
    receivedAt: now,
    messageId,
    evidence: { kind: "link", how: use.how },
    ...(use.language === undefined ? {} : { language: use.language }),
  };
  const key = `link:${messageId}`;
  const outcome = await recordActs(deps, { key, body: { messageId }, acts: [act] });
  return outcome.status === "conflict" ? null : (outcome.entries[0]?.position ?? null);
}

const LINK_SOURCE = "opt-out-link";
/** All that `recordOptOut` writes. */
const MEMBERS: ReadonlySet<string> = new Set<keyof Act>([
  ...(["kind", "address", "scopes", "by", "via", "source", "claimedAt", "receivedAt"] as const),
  ...(["messageId", "evidence", "language"] as const),
]);
const EVIDENCE_MEMBERS: ReadonlySet<string> = new Set(["kind", "how"]);

/**
 * Whether an act is an opt-out by a link, with what the link itself wrote and nothing else: a
 * source that somebody configured can have the same name, and bring anybody's words.
 */
export function isByLink(act: Act): boolean {
  const { kind, source, evidence } = act;
  if (kind !== "opt-out" || source !== LINK_SOURCE || evidence?.kind !== "link") return false;
  return (
    Object.keys(act).every((member) => MEMBERS.has(member)) &&
    Object.keys(evidence).every((member) => EVIDENCE_MEMBERS.has(member))
  );
}

/** The newest opt-out by a link that alone covers all of these scopes and that no return lifted. */
async function newestByLink(
  deps: Deps,
  address: AddressKey,
  standing: Standing,
  scopes: readonly Scope[],
): Promise<Position | null> {
  // From the ledger: in the standing a later STOP by another door may have taken its place.
  const history = await historyOf(deps, address);
  const others = standing.filter((mark) => mark.kind !== "opt-out");
  const found = history.findLast(
    ({ act, position }) =>
      act !== null && isByLink(act) && isOptedOut(foldAct(others, act, position), scopes),
  );
  return found?.position ?? null;
}

function isErased(standing: Standing, scopes: readonly Scope[]): boolean {
  return isOptedOut(
    standing.filter((mark) => mark.kind !== "opt-out" || mark.erased),
    scopes,
  );
}
