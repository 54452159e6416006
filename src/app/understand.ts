/**
 * From what came in to the acts that follow from it. Pure: the adapter has verified and parsed, the
 * recogniser has read, and this decides what is covered. Denying is easy: when two readings
 * disagree, the one that opts the person out wins.
 */
import { CONSENT_LEVELS, type ConsentLevel, type PersonsAct } from "../domain/act.ts";
import {
  containsScope,
  holdScopes,
  plainStartScopes,
  plainStopScopes,
  type Scope,
} from "../domain/scope.ts";
import { type AddressKey, ALL, type All, type Channel, type Instant } from "../domain/words.ts";
import type { InboundAct, InboundMessage } from "../inbound/inbound.ts";
import type { Intent, Recognition, SpokenScope } from "../recognize/recognition.ts";
import type { Sender, Source } from "./settings.ts";

/** What has to be known of a sender to say what a STOP covers. */
export type StopSetting = Pick<Sender, "id" | "stopCovers">;

export interface Circumstances {
  readonly address: AddressKey;
  readonly sender: StopSetting;
  readonly source: Pick<Source, "id" | "adapter">;
  readonly receivedAt: Instant;
  /** Whether an opt-in of this source counts as the person's own. */
  readonly provesPerson: boolean;
  /** The strongest level at which the person agreed before, revoked or not. */
  readonly earlierLevel: ConsentLevel | null;
}

/** The acts that follow from a message: one, or none for an ordinary message. */
export function actsFromMessage(
  message: InboundMessage,
  read: Recognition,
  circumstances: Circumstances,
): readonly PersonsAct[] {
  const intent = combine(read.intent, message.providerIntent);
  const kind = KIND_OF_INTENT[intent];
  if (kind === null) return [];
  const { address, sender, source, receivedAt, provesPerson } = circumstances;
  return [
    {
      kind,
      address,
      scopes: scopesOf(kind, message, read, sender),
      by: kind === "opt-in" && !provesPerson ? "provider" : "person",
      via: message.channel,
      source: source.id,
      claimedAt: message.sentAt ?? receivedAt,
      receivedAt,
      messageId: message.messageId,
      text: message.text,
      language: message.language ?? languageOf(read),
      recognised: {
        intent: read.intent,
        rules: read.rules,
        language: read.language,
        lexicon: read.lexicon,
      },
      evidence: {
        kind: "message",
        adapter: source.adapter,
        messageId: message.messageId,
        to: message.to,
        providerIntent: message.providerIntent,
      },
      level: kind === "opt-in" ? levelOf(circumstances) : undefined,
      confirmedByProvider: message.confirmedByProvider,
      replyFrom: message.to,
      replyChannel: message.channel,
    } as PersonsAct,
  ];
}

/**
 * The language that the words give away. STOP, START and HELP are printed under messages in every
 * language, so an English keyword alone says nothing; the sender's language is then the better guess.
 */
function languageOf(read: Recognition): string | undefined {
  const isKeyword = /^floor\.|\.keyword\./.test(read.rules[0] ?? "");
  return read.language === null || (read.language === "en" && isKeyword)
    ? undefined
    : read.language;
}

/**
 * A START takes back a STOP, so it resumes the consent that was revoked at the level it had. From
 * somebody who never agreed before it is a clear yes and no more than that: a written consent needs
 * the disclosures that came with it (47 CFR 64.1200(f)(9)), and a START shows none.
 */
function levelOf({ earlierLevel }: Circumstances): ConsentLevel {
  const isStronger = earlierLevel !== null && CONSENT_LEVELS.indexOf(earlierLevel) > EXPRESS;
  return isStronger ? earlierLevel : "express";
}

const EXPRESS = CONSENT_LEVELS.indexOf("express");

const KIND_OF_INTENT: Readonly<Record<Intent, "opt-out" | "opt-in" | "help" | "hold" | null>> = {
  "opt-out": "opt-out",
  "opt-in": "opt-in",
  help: "help",
  unclear: "hold",
  other: null,
};

/** The provider may know words of its customer's own; an opt-out seen by either of us counts. */
function combine(own: Intent, provider: InboundMessage["providerIntent"]): Intent {
  if (own === "opt-out" || provider === "opt-out") return "opt-out";
  if (own === "unclear") return "unclear";
  // A question is not a wish to get messages, whatever the provider made of it.
  if (own === "help") return "help";
  return provider ?? own;
}

/**
 * The part that the person's own words name, if they are what opts out. A provider that read a
 * plain STOP has stopped everything already, so Heed does not read less into the same words.
 */
function spokenIn(message: InboundMessage, read: Recognition): SpokenScope | null {
  if (message.providerIntent === "opt-out") return null;
  return read.intent === "opt-out" ? read.scope : null;
}

function scopesOf(
  kind: "opt-out" | "opt-in" | "help" | "hold",
  message: InboundMessage,
  read: Recognition,
  sender: StopSetting,
): readonly Scope[] {
  if (kind === "help") return [];
  if (kind === "hold") return holdScopes(sender.id);
  if (kind === "opt-in") return plainStartScopes(sender.id, message.channel);
  const spoken = spokenIn(message, read);
  if (spoken !== null) return [spokenScope(spoken, sender)];
  return joinScopes(widenStop(sender, message.channel), namedScopes(read, sender));
}

/** What the words of an opt-out name themselves stops too, whatever channel they came on. */
function namedScopes(read: Recognition, sender: StopSetting): readonly Scope[] {
  if (read.intent !== "opt-out") return [];
  if (read.named === ALL) return plainStopScopes(sender.id, ALL);
  return read.named.map((channel) => spokenScope({ channel, class: null }, sender));
}

/** Both, without those that another one covers: widening only. */
function joinScopes(plain: readonly Scope[], named: readonly Scope[]): readonly Scope[] {
  const added = named.filter((scope) => !plain.some((outer) => containsScope(outer, scope)));
  const kept = plain.filter((scope) => !added.some((outer) => containsScope(outer, scope)));
  return [...kept, ...added];
}

/** A plain STOP in the sender's setting, which can only be wider than the design's default. */
export function widenStop(sender: StopSetting, channel: Channel | All): readonly Scope[] {
  if (sender.stopCovers === "every-sender") return plainStopScopes(ALL, ALL);
  if (sender.stopCovers === "every-channel") return plainStopScopes(sender.id, ALL);
  return plainStopScopes(sender.id, channel);
}

/** Words narrow the channel and the class. Whose messages stop is up to the sender's setting. */
function spokenScope(spoken: SpokenScope, sender: StopSetting): Scope {
  return {
    sender: sender.stopCovers === "every-sender" ? ALL : sender.id,
    channel: spoken.channel ?? ALL,
    program: ALL,
    class: spoken.class ?? ALL,
    use: "contact",
  };
}

/** The act that another system, a form or the provider itself reported. */
export function actFromReport(report: InboundAct, circumstances: Circumstances): PersonsAct {
  const { address, sender, source, receivedAt, provesPerson } = circumstances;
  const channel = report.channel ?? ALL;
  const said =
    report.scopes ??
    (report.kind === "opt-out" ? widenStop(sender, channel) : plainStartScopes(sender.id, channel));
  // A source speaks for its own sender: what it says of others can deny, but is no consent to them,
  // and what claims to be can lift nothing.
  const own = said.filter((scope) => scope.sender === sender.id);
  const isProven = provesPerson && own.length === said.length;
  return {
    kind: report.kind,
    address,
    scopes: report.kind === "opt-in" ? own : said,
    by: report.kind === "opt-in" && report.by === "person" && !isProven ? "provider" : report.by,
    via: report.channel ?? "api",
    source: source.id,
    claimedAt: report.claimedAt ?? receivedAt,
    receivedAt,
    messageId: report.messageId,
    text: report.text,
    language: report.language,
    level: report.kind === "opt-in" ? (report.level ?? "express") : undefined,
    evidence: report.evidence,
    confirmedByProvider: report.confirmedByProvider,
  } as PersonsAct;
}
