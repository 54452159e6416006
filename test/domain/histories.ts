/** Random acts, deliveries and sends over a small world, where scopes and times often meet. */
import fc from "fast-check";
import { ACTORS, type Act, CONSENT_LEVELS } from "../../src/domain/act.ts";
import {
  plainStartScopes,
  plainStopScopes,
  type Scope,
  type Send,
} from "../../src/domain/scope.ts";
import type { AddressKey, Channel } from "../../src/domain/words.ts";
import type { Kept } from "./fold-reference.ts";

export const DAY = 86_400_000;
export const EPOCH = Date.UTC(2026, 0, 1);
export const SOMEBODY = "+15551234567" as AddressKey;

const SENDERS = ["acme", "zenith"];
const CHANNELS: readonly Channel[] = ["sms", "email"];
const PROGRAMS = ["news", "offers"];
const CLASSES = ["marketing", "transactional"];
const USES = ["contact", "share"] as const;

/** Every send of the small world. */
export const SENDS: readonly Send[] = SENDERS.flatMap((sender) =>
  CHANNELS.flatMap((channel) =>
    [null, ...PROGRAMS].flatMap((program) =>
      CLASSES.flatMap((cls) => USES.map((use) => ({ sender, channel, program, class: cls, use }))),
    ),
  ),
);

const orAll = <T>(values: readonly T[]) =>
  fc.oneof({ weight: 2, arbitrary: fc.constant("all" as const) }, fc.constantFrom(...values));

export const anyScope: fc.Arbitrary<Scope> = fc.record(
  {
    sender: orAll(SENDERS),
    channel: orAll(CHANNELS),
    program: orAll(PROGRAMS),
    class: orAll(CLASSES),
    use: orAll(USES),
  },
  { noNullPrototype: true },
);

/** Often the same few unions, because marks of equal scopes compete with each other. */
export const anyScopes: fc.Arbitrary<readonly Scope[]> = fc.oneof(
  fc.constantFrom(plainStopScopes("acme", "sms"), plainStartScopes("acme", "sms")),
  fc.array(anyScope, { minLength: 1, maxLength: 2 }),
);

/** Few different instants, on both sides of the seven days, so that many of them are equal. */
export const anyInstant = fc
  .tuple(fc.constantFrom(0, 1, 2, 6, 7, 8, 9, 20), fc.constantFrom(-1, 0, 0, 0, 1))
  .map(([days, ms]) => EPOCH + days * DAY + ms);

export const DEALINGS = ["purchase", "inquiry", "refusal", "opt-in-request"] as const;
const CAN_ALLOW: readonly string[] = ["opt-in", "purchase", "inquiry"];

export type Deed = Omit<Act, "receivedAt" | "refersTo"> & {
  /** For a release: which of the deeds, counted around, was the hold. */
  readonly about: number;
  /** By how many ms the clock of the source ran ahead when it claimed its time. */
  readonly fast: number;
};

/**
 * When it happened in truth. A fast clock of what can allow is not in this world: whoever claims a
 * later time than the true one, and is heard of only after that time, is believed. LIMIT of the fold.
 */
export const happenedAt = (deed: Deed) => deed.claimedAt - deed.fast;

/** What somebody did, before anybody heard of it. */
export const anyDeed: fc.Arbitrary<Deed> = fc
  .record({
    kind: fc.oneof(
      {
        weight: 3,
        arbitrary: fc.constantFrom(
          ...(["opt-out", "opt-out", "opt-in", "opt-in", "hold", "release"] as const),
        ),
      },
      fc.constantFrom(...DEALINGS),
    ),
    scopes: anyScopes,
    by: fc.oneof(
      { weight: 3, arbitrary: fc.constant("person" as const) },
      fc.constantFrom(...ACTORS),
    ),
    claimedAt: anyInstant,
    level: fc.oneof(fc.constant("express" as const), fc.constantFrom(...CONSENT_LEVELS)),
    hasEvidence: fc.oneof({ weight: 3, arbitrary: fc.constant(true) }, fc.constant(false)),
    about: fc.nat(5),
    fast: fc.constantFrom(0, 0, 0, 1, DAY, 9 * DAY),
  })
  .map(({ hasEvidence, fast, ...deed }) => ({
    ...deed,
    fast: CAN_ALLOW.includes(deed.kind) ? 0 : fast,
    address: SOMEBODY,
    via: "sms",
    source: "a-source",
    messageId: "",
    ...(hasEvidence ? { evidence: { kind: "message" } } : {}),
  }));

/** Heed does it by itself, so nobody hears of it late: its time is the one of its delivery. */
const anErasure: fc.Arbitrary<Deed> = anyDeed.map((deed) => ({
  ...deed,
  kind: "erasure",
  address: null,
  scopes: [],
}));

export const deedsUpTo = (maxLength: number, some = anyDeed): fc.Arbitrary<Deed[]> =>
  fc
    .array(some, { minLength: 1, maxLength })
    .map((deeds) => deeds.map((deed, at) => ({ ...deed, messageId: `m${at}` })));

export const deedsAndErasuresUpTo = (maxLength: number): fc.Arbitrary<Deed[]> =>
  deedsUpTo(maxLength, fc.oneof({ weight: 6, arbitrary: anyDeed }, anErasure));

export interface Delivery {
  /** Which deed. */
  readonly of: number;
  readonly receivedAt: number;
}

/**
 * What the ledger holds after these deliveries: the first of each message id, as the store drops a
 * key that it knows. A release names a hold that the reviewer can have read: it happened before
 * the release did, and it was written before the release was.
 */
export function ledgerOf(deeds: readonly Deed[], deliveries: readonly Delivery[]): Kept[] {
  const kept: Kept[] = [];
  for (const { of, receivedAt } of deliveries) {
    const { about, fast, ...deed } = deeds[of]!;
    if (kept.some(({ act }) => act.messageId === deed.messageId)) continue;
    const hold = deeds[about % deeds.length]!;
    const written = kept.find(({ act }) => act.messageId === hold.messageId);
    const isReadable = hold.kind === "hold" && happenedAt(hold) < deed.claimedAt - fast;
    const refersTo =
      deed.kind === "release" && isReadable && written !== undefined
        ? { refersTo: written.position }
        : {};
    const latest = Math.max(receivedAt, ...kept.map(({ act }) => act.receivedAt));
    const times =
      deed.kind === "erasure" ? { claimedAt: latest, receivedAt: latest } : { receivedAt };
    kept.push({ act: { ...deed, ...times, ...refersTo }, position: kept.length + 1 });
  }
  return kept;
}
