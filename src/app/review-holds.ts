/**
 * Unclear messages wait here for a person's reading. A review ends the hold and is an act with its
 * author; reading it as an opt-out records that opt-out first, so nothing is open in between.
 */
import { isPersons, type PersonsAct } from "../domain/act.ts";
import type { Entry } from "../domain/entry.ts";
import type { Position } from "../domain/words.ts";
import type { Deps } from "./deps.ts";
import { Problem } from "./problem.ts";
import { type RecordOutcome, recordActs } from "./record-acts.ts";
import { widenStop } from "./understand.ts";

/** Holds that nobody has decided yet, oldest first. */
export async function openHolds(deps: Deps): Promise<readonly Entry[]> {
  const open: Entry[] = [];
  for (const position of deps.live.standings.openHolds()) {
    const [entry] = await deps.store.read(position - 1, 1);
    // Of whom another server erased this one may know no more than that there was a hold.
    if (entry !== undefined && entry.act !== null) open.push(entry);
  }
  return open;
}

export interface Review {
  readonly position: Position;
  readonly reading: "release" | "opt-out";
  readonly author: string;
  readonly note?: string;
  /** API key or door. */
  readonly source: string;
}

export async function reviewHold(
  deps: Deps,
  review: Review,
): Promise<Exclude<RecordOutcome, { status: "conflict" }>> {
  const isPosition = Number.isSafeInteger(review.position) && review.position > 0;
  const [entry] = isPosition ? await deps.store.read(review.position - 1, 1) : [];
  const held = entry?.act;
  if (held === undefined || held === null || held.kind !== "hold" || !isPersons(held)) {
    throw new Problem("unknown-entry", `entry ${review.position} is not a hold`);
  }
  const now = deps.clock.now();
  const messageId = `review:${review.position}`;
  const common = {
    address: held.address,
    by: "staff",
    via: "api",
    source: review.source,
    claimedAt: now,
    receivedAt: now,
    messageId,
    author: review.author,
    refersTo: review.position,
    ...(review.note === undefined ? {} : { note: review.note }),
  } as const;
  const acts: PersonsAct[] = [{ ...common, kind: "release", scopes: held.scopes }];
  if (review.reading === "opt-out") {
    acts.unshift({ ...common, kind: "opt-out", scopes: scopesHeld(deps, held) });
  }
  const outcome = await recordActs(deps, {
    key: `review:${review.position}`,
    body: { reading: review.reading },
    acts,
    about: review.position,
  });
  if (outcome.status === "conflict") {
    const [again] = await deps.store.read(review.position - 1, 1);
    if (again?.act === null) throw new Problem("unknown-entry", "the person was erased just now");
    throw new Problem("already-exists", `the hold of entry ${review.position} was decided already`);
  }
  return outcome;
}

/** Read as an opt-out, the message counts as the plain STOP that it turned out to be. */
function scopesHeld(deps: Deps, held: PersonsAct) {
  const sender = held.scopes[0]?.sender ?? "all";
  const setting = deps.settings.senders.get(sender);
  return widenStop(
    setting ?? { id: sender, stopCovers: "standard" },
    held.replyChannel ?? (held.address.startsWith("+") ? "sms" : "email"),
  );
}
