/**
 * The way out of a lock when the missing entries cannot be found: two named people accept that they
 * are lost. A log must never sign what is not consistent with what it signed before (C2SP
 * tlog-checkpoint), so the ledger goes on as another log, with a new name and a new key, and its first
 * entry says what was lost and who accepted it. The old vkey stays published.
 *
 * Each step may be the last before a crash: the server is locked until the anchor is the new log's,
 * and whoever repeats the command then gets what is missing, and no second entry.
 */
import { type Act, LEDGER_TOKEN } from "../domain/act.ts";
import type { Entry } from "../domain/entry.ts";
import { BrokenStore } from "../store/store.ts";
import { announceKeys } from "./announce-keys.ts";
import { isGap } from "./decide-lock.ts";
import type { Deps } from "./deps.ts";
import type { Anchor, HeadGuard } from "./head-guard.ts";
import { Problem } from "./problem.ts";
import { recordAboutLedger } from "./record-acts.ts";

export interface GapRequest {
  readonly first: string;
  readonly second: string;
  readonly why: string;
  /** API key or door. */
  readonly source: string;
}

export interface AcceptedGap {
  readonly entry: Entry;
  /** The name of the log that goes on. */
  readonly origin: string;
}

/** Two who accept at once would begin two logs. */
const underWay = new WeakSet<HeadGuard>();

/** Throws `Problem` when there is nothing that these two could accept. */
export async function acceptGap(deps: Deps, request: GapRequest): Promise<AcceptedGap> {
  const { guard } = deps;
  assertAcceptable(guard);
  assertTwoPeople(request);
  if (underWay.has(guard)) throw new Problem("no-gap", "somebody is accepting it at this moment");
  underWay.add(guard);
  try {
    return await beginAnew(deps, request);
  } finally {
    underWay.delete(guard);
  }
}

function assertAcceptable({ lock, needsNewStart }: HeadGuard): void {
  if (lock === null) {
    throw new Problem("no-gap", "the ledger is what its anchor says, so there is no gap to accept");
  }
  if (!isGap(lock)) {
    throw new Problem(
      "no-gap",
      `this cannot be accepted away: ${lock.text} ${lock.waysOut.join(" ")}`,
    );
  }
  if (needsNewStart) {
    throw new Problem(
      "no-gap",
      "this server was locked while it ran, and what it has in memory is not in the ledger any " +
        "more. Start it again; it will be locked, and then the gap can be accepted",
    );
  }
}

function assertTwoPeople({ first, second, why }: GapRequest): void {
  const [one, other] = [first, second].map((name) => name.trim().toLowerCase());
  if (one === "" || other === "" || one === other) {
    throw new Problem("invalid-request", "two different people have to be named", "/second");
  }
  if (why.trim() === "") {
    throw new Problem("invalid-request", "`why` says in words what happened", "/why");
  }
}

async function beginAnew(deps: Deps, request: GapRequest): Promise<AcceptedGap> {
  const { guard, logKeys, store } = deps;
  const { lost } = guard;
  // A crash after this step leaves a key that no entry names: the next try puts another in its place.
  if (!(await isBegun(deps, lost))) await logKeys.beginNewLog();
  const { origin } = logKeys;
  const lostKey = lost === null ? "none" : `${lost.origin}:${lost.tree.size}:${hexOf(lost)}`;
  const { entries } = await recordAboutLedger(deps, {
    key: `gap:${origin}:${lostKey}`,
    act: gapAct(deps, request, lost),
  });
  await writeAnchor(guard, { origin, tree: await store.tree() });
  // What was recorded meanwhile did not wait for the anchor, because the server was locked.
  await guard.keep(await store.tree());
  await announceKeys(deps, null);
  const [entry] = entries;
  if (entry === undefined) throw new Error("INVARIANT: an append has an entry");
  deps.log.warn(
    { position: entry.position, origin },
    "two people accepted that entries are lost; the ledger goes on as another log",
  );
  return { entry, origin };
}

async function writeAnchor(guard: HeadGuard, anchor: Anchor): Promise<void> {
  try {
    await guard.acceptGap(anchor);
  } catch (error) {
    if (error instanceof BrokenStore) throw error;
    throw new Problem("no-gap", `accepted, but not in force yet: ${(error as Error).message}`);
  }
}

/**
 * Whether the present key is the new log's already: by a command that was cut short after its entry,
 * or because this is another server of a ledger whose gap was accepted on the first. That an entry
 * names the log is not enough: a log that was begun after a gap can lose entries as well.
 */
async function isBegun({ store, logKeys }: Deps, lost: Anchor | null): Promise<boolean> {
  const { origin } = logKeys;
  // What is lost is the present log's own.
  if (lost?.origin === origin) return false;
  // Nobody knows what is lost, and this key may have signed it.
  if (lost === null && !logKeys.isUnused) return false;
  const entries = await store.history(LEDGER_TOKEN);
  return entries.some(({ act }) => act?.kind === "gap" && act.evidence?.log === origin);
}

function gapAct(deps: Deps, request: GapRequest, lost: Anchor | null): Act {
  const now = deps.clock.now();
  return {
    kind: "gap",
    address: null,
    scopes: [],
    by: "staff",
    via: "api",
    source: request.source,
    claimedAt: now,
    receivedAt: now,
    messageId: `gap:${deps.logKeys.origin}`,
    evidence: {
      kind: "gap",
      first: request.first.trim(),
      second: request.second.trim(),
      why: request.why.trim(),
      origin: lost?.origin ?? null,
      size: lost?.tree.size ?? null,
      root: lost === null ? null : hexOf(lost),
      log: deps.logKeys.origin,
    },
  };
}

function hexOf({ tree }: Anchor): string {
  return Buffer.from(tree.root).toString("hex");
}
