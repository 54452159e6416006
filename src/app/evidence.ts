/**
 * Everything that shows what one person said, for a dispute: their acts in words, the records with
 * their evidence, the receipt of each, and what happened to the ledger itself that a careful reader
 * must know of. Whoever gets it needs nothing of ours but the public keys to check it.
 * LIMIT: it shows that what is in it was said. It cannot show that nothing else was.
 */
import { isAboutLedger, LEDGER_TOKEN } from "../domain/act.ts";
import type { Entry } from "../domain/entry.ts";
import type { AddressKey, Instant, Position } from "../domain/words.ts";
import type { Receipt } from "../ledger/receipt.ts";
import { forEachConcurrently } from "./concurrently.ts";
import type { Deps } from "./deps.ts";
import { whyUnsigned } from "./give-receipts.ts";
import { historyOf } from "./history.ts";
import { addressOf } from "./record-told.ts";

/** An entry with what proves it. */
export interface ProvenAct {
  readonly entry: Entry;
  readonly leaf: string;
  /** The erasure that removed the record; `null` while it is there. */
  readonly erasedBy: Position | null;
  /** With the exact bytes of the record; `null` while nothing may be signed. */
  readonly receipt: Receipt | null;
}

export interface PersonsEvidence {
  readonly address: AddressKey;
  readonly madeAt: Instant;
  /** The log's name. */
  readonly origin: string;
  /** What the person did and what was done about them, oldest first. */
  readonly acts: readonly ProvenAct[];
  /** What was done to the ledger and bears on these acts. */
  readonly ledger: readonly ProvenAct[];
  readonly checkpoint: string | null;
  readonly vkeys: readonly string[];
  /** In which an old key vouches for the next one, for those who know only the old one. */
  readonly handovers: readonly Receipt[];
  /** Why there are no receipts; absent when there are. */
  readonly note?: string;
}

const CONCURRENT = 16;

export async function evidenceFor(deps: Deps, rawAddress: string): Promise<PersonsEvidence> {
  const address = addressOf(deps, rawAddress);
  const history = await historyOf(deps, address);
  const aboutLedger = await deps.store.history(LEDGER_TOKEN);
  const acts = await prove(deps, history);
  const ledger = await prove(deps, bearingOn(history, aboutLedger));
  const checkpoint = deps.notary.checkpoint();
  return {
    address,
    madeAt: deps.clock.now(),
    origin: deps.notary.origin,
    acts,
    ledger,
    checkpoint: checkpoint?.note ?? null,
    vkeys: deps.notary.vkeys,
    handovers: deps.logKeys.handovers,
    ...(checkpoint === null ? { note: `${whyUnsigned(deps)}: there are no receipts.` } : {}),
  };
}

/**
 * Whatever was lost may have been this person's, whenever that was. A new key or pepper matters to
 * those who were on record before it.
 */
function bearingOn(history: readonly Entry[], aboutLedger: readonly Entry[]): readonly Entry[] {
  const first = history[0]?.position ?? Number.POSITIVE_INFINITY;
  return aboutLedger.filter(({ act, position }) => {
    if (act === null || !isAboutLedger(act)) return false;
    return act.kind !== "key-rotation" || position > first;
  });
}

async function prove(deps: Deps, entries: readonly Entry[]): Promise<readonly ProvenAct[]> {
  const proven = new Map<Position, ProvenAct>();
  await forEachConcurrently(entries, CONCURRENT, async (entry) => {
    const [sealed] = await deps.store.readSealed(entry.position - 1, 1);
    if (sealed === undefined) throw new Error(`entry ${entry.position} cannot be read`);
    proven.set(entry.position, {
      // Read again: an erasure may have come in between, and then nothing of it may go out.
      entry: sealed.entry,
      leaf: new TextDecoder().decode(sealed.leaf),
      erasedBy: sealed.erasedBy,
      receipt: await deps.notary.receipt(entry.position),
    });
  });
  return entries.map(({ position }) => proven.get(position)!);
}
