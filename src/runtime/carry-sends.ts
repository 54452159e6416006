/**
 * What a replaced ledger knows beside its entries and a restored one must not forget: messages that
 * were sent since the backup was made count against the caps, and what is suspended stays suspended.
 */
import { createHash } from "node:crypto";
import type { Clock } from "../app/ports.ts";
import type { FiledSend, LedgerFile } from "../store/sqlite/ledger-file.ts";
import type { RecordedSend, SendDraft, Store } from "../store/store.ts";

const AT_ONCE = 1000;

/** Gives how many sends the restored ledger lacked. Call it when the erasures were done again. */
export async function carrySends(present: LedgerFile, store: Store): Promise<number> {
  let carried = 0;
  for (const batch of present.sends(AT_ONCE)) {
    const there = await sendsAt(store, batch);
    const missing = batch.filter(({ send }) => !isSame(there.get(send.serial), send));
    carried += await recordMissing(store, missing.map(draftOf));
  }
  return carried;
}

/** Up to the backup both have the same sends under the same numbers. */
async function sendsAt(
  store: Store,
  batch: readonly FiledSend[],
): Promise<ReadonlyMap<number, RecordedSend>> {
  const [first, last] = [batch[0]!.send.serial, batch.at(-1)!.send.serial];
  const sends = await store.readSends(first - 1, last - first + 1);
  return new Map(sends.map((send) => [send.serial, send]));
}

function isSame(there: RecordedSend | undefined, send: RecordedSend): boolean {
  return there !== undefined && JSON.stringify(there) === JSON.stringify(send);
}

/** One without a key gets one of its own, so that a second restore does not count it twice. */
function draftOf({ send, key, bodyHash }: FiledSend): SendDraft {
  const { serial: _, ...rest } = send;
  if (key !== null && bodyHash !== null) return { ...rest, key, bodyHash };
  const own = createHash("sha256")
    .update(`restored ${JSON.stringify(send)}`)
    .digest("hex");
  return { ...rest, key: own, bodyHash: own };
}

/** What the restored ledger knows under the same key is on record, whatever it said of it. */
async function recordMissing(store: Store, drafts: readonly SendDraft[]): Promise<number> {
  let left = drafts;
  for (;;) {
    const outcome = await store.recordSends(left);
    if (outcome.status === "recorded") return outcome.sends.length;
    left = left.filter((_, index) => index !== outcome.index);
  }
}

/** Suspensions of the replaced ledger hold, and those of the backup that it does not know, too. */
export async function carrySuspensions(
  present: LedgerFile,
  store: Store,
  clock: Clock,
): Promise<void> {
  for (const { id, value } of present.settings("suspension")) {
    await store.putSetting("suspension", id, value, clock.now());
  }
}
