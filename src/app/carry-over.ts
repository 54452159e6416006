/**
 * What a replaced ledger had and the restored one has not. Whoever said stop after the backup was
 * made was told that it is done, so every act that denies is written down again, with its own times,
 * words and evidence (promise 1); nothing that allows is (promise 3). Erasures are done again,
 * because a backup from before one brings the person's records back. And so that nobody is answered
 * twice, what says that an answer was given is carried over too (promise 7).
 */
import type { Act, ActKind } from "../domain/act.ts";
import { isPersons, tokensOfErasure } from "../domain/act.ts";
import type { Instant, Position } from "../domain/words.ts";
import { canonicalJson, type Json } from "../ledger/canonical.ts";
import { faultOf, type SealedParts } from "../ledger/sealed-check.ts";
import type { AppendRequest, Store } from "../store/store.ts";
import type { InstallationSecrets } from "./installation-secrets.ts";
import type { Clock, RandomBytes } from "./ports.ts";
import { idempotencyOf } from "./record-acts.ts";

const DENIES: readonly ActKind[] = ["opt-out", "hold", "refusal", "opt-in-request"];
const ANSWERS: readonly ActKind[] = ["confirmation", "help-answer"];
const SALT_BYTES = 32;
const READ_LIMIT = 1000;
/** Appends that may be under way together: they share commits. */
const WINDOW = 500;

export interface CarryOver {
  /** The restored ledger. Nobody else writes to it. */
  readonly store: Store;
  readonly secrets: InstallationSecrets;
  /** The log's name, for the idempotency keys. */
  readonly origin: string;
  readonly clock: Clock;
  readonly random: RandomBytes;
}

export interface CarriedOver {
  /** Opt-ins that it lacks. Their messages stay known, so that nobody's START counts a second time. */
  readonly optIns: readonly Position[];
  readonly optOuts: number;
  readonly holds: number;
  readonly erasures: number;
  /** Refusals and requests to opt in, which can only deny. */
  readonly dealings: number;
  /** Acts of these kinds that the restored ledger has at another place already. */
  readonly known: number;
  /** Entries that the restored ledger lacks and that are not what their leaf committed to. */
  readonly damaged: number;
  /** Entries that it lacks, of every kind. */
  readonly missing: number;
}

/** An entry that counts: sound, and of a kind that is carried over. */
interface Candidate {
  readonly parts: SealedParts;
  readonly act: Act;
}

/**
 * `missing`: what the replaced ledger has and the restored one has not at the same position,
 * ascending.
 */
export async function carryOver(
  into: CarryOver,
  missing: AsyncIterable<SealedParts>,
): Promise<CarriedOver> {
  const candidates = new Map<string, Candidate>();
  const gone = new Set<Position>();
  const optIns: Position[] = [];
  let damaged = 0;
  for await (const parts of missing) {
    gone.add(parts.position);
    const act = actOf(parts);
    if (act?.kind === "opt-in") optIns.push(parts.position);
    if (faultOf(parts, into.secrets.tokensOf) !== null) damaged += 1;
    else if (act !== null && isCarried(act)) candidates.set(identityOf(act), { parts, act });
  }
  // Up to the first that is missing, both are the same.
  const [first = 1] = gone;
  const places = await leaveOutKnown(into.store, candidates, first - 1);
  const known = places.size;
  const carried = await recordAll(into, [...candidates.values()], { gone, places });
  const count = (kind: ActKind) => carried.filter((act) => act.kind === kind).length;
  return {
    missing: gone.size,
    damaged,
    known,
    optIns,
    optOuts: count("opt-out"),
    holds: count("hold"),
    erasures: count("erasure"),
    dealings: count("refusal") + count("opt-in-request"),
  };
}

function isCarried({ kind }: Act): boolean {
  return DENIES.includes(kind) || ANSWERS.includes(kind) || kind === "erasure";
}

function actOf({ record }: SealedParts): Act | null {
  try {
    return record === null ? null : JSON.parse(new TextDecoder().decode(record));
  } catch {
    return null;
  }
}

/** The same act has it in every ledger; only the entry that it refers to stands elsewhere. */
function identityOf(act: Act): string {
  const { refersTo: _, ...rest } = act;
  return canonicalJson(rest as unknown as Json);
}

/**
 * Takes out what the restored ledger has at another place, as after a restore that was itself
 * replaced, and gives where: positions in the replaced ledger to positions in the restored one.
 */
async function leaveOutKnown(
  store: Store,
  candidates: Map<string, Candidate>,
  from: Position,
): Promise<Map<Position, Position>> {
  const places = new Map<Position, Position>();
  if (candidates.size === 0) return places;
  for (let after = from; ; after += READ_LIMIT) {
    const entries = await store.read(after, READ_LIMIT);
    for (const { act, position } of entries) {
      const identity = act === null ? "" : identityOf(act);
      const known = candidates.get(identity);
      if (known === undefined) continue;
      places.set(known.parts.position, position);
      candidates.delete(identity);
    }
    if (entries.length < READ_LIMIT) return places;
  }
}

/** Where entries of the replaced ledger are in the restored one, when they are not at their place. */
interface Whereabouts {
  readonly gone: ReadonlySet<Position>;
  readonly places: Map<Position, Position>;
}

/** `undefined` for an entry that was not carried over. */
function placeOf({ gone, places }: Whereabouts, position: Position): Position | undefined {
  return gone.has(position) ? places.get(position) : position;
}

async function recordAll(
  into: CarryOver,
  candidates: readonly Candidate[],
  whereabouts: Whereabouts,
): Promise<readonly Act[]> {
  const recordedAt = into.clock.now();
  const recorded: Act[] = [];
  const underWay = new Set<Promise<void>>();
  const settled = async () => {
    await Promise.all(underWay);
    underWay.clear();
  };
  for (const candidate of candidates) {
    const { refersTo } = candidate.act;
    // An erasure ends what stands before it, and whoever refers to another has to know its place.
    const waits =
      candidate.act.kind === "erasure" ||
      (refersTo !== undefined && whereabouts.gone.has(refersTo));
    if (waits || underWay.size >= WINDOW) await settled();
    const request = requestOf(into, candidate, recordedAt, whereabouts);
    if (request === null) continue;
    const appended = into.store.append(request).then((outcome) => {
      if (outcome.status === "conflict") return refuseConflict(candidate);
      whereabouts.places.set(candidate.parts.position, outcome.entries[0]!.position);
      recorded.push(candidate.act);
    });
    // It is awaited with the others; until then nobody listens.
    appended.catch(() => undefined);
    underWay.add(appended);
    if (candidate.act.kind === "erasure") await settled();
  }
  await settled();
  return recorded;
}

/** The restored ledger may have its own claim to an answer, which does as well. */
function refuseConflict({ act, parts }: Candidate): void {
  if (ANSWERS.includes(act.kind)) return;
  throw new Error(`INVARIANT: entry ${parts.position} cannot be carried over`);
}

/** `null` for an answer to something that is not in the restored ledger. */
function requestOf(
  into: CarryOver,
  { parts, act }: Candidate,
  recordedAt: Instant,
  whereabouts: Whereabouts,
): AppendRequest | null {
  const { refersTo } = act;
  const at = refersTo === undefined ? undefined : placeOf(whereabouts, refersTo);
  if (at === undefined && ANSWERS.includes(act.kind)) return null;
  const { refersTo: _, ...rest } = act;
  const carried: Act = at === undefined ? rest : { ...rest, refersTo: at };
  const draft = {
    act: carried,
    recordedAt,
    salt: into.random(SALT_BYTES),
    token: isPersons(act) ? into.secrets.tokenOf(act.address) : parts.token,
  };
  // The key that an answer is claimed under, so that no worker claims it again.
  const key = ANSWERS.includes(act.kind)
    ? `${act.kind}:${at}`
    : `restore:${into.origin}:${parts.position}:${parts.leafHash}`;
  return {
    ...idempotencyOf(into.secrets, { key, body: at ?? parts.leafHash }),
    drafts: [draft],
    ...(act.kind === "erasure" ? { erases: tokensOfErasure(act) } : {}),
  };
}
