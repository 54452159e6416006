/**
 * The store's contract. SQLite and PostgreSQL stand behind it, and `test/store/contract.ts` is its
 * definition: whatever a comment here promises, the suite tries to break on both.
 */
import type { Entry } from "../domain/entry.ts";
import type { Channel, Instant, Position } from "../domain/words.ts";
import type { Draft } from "../ledger/leaf.ts";
import type { Tile } from "../ledger/tile.ts";

export interface AppendRequest {
  /**
   * Idempotency key, unique for ever: source and message id. The same key with the same body gives
   * the first answer again; with another body it is a conflict, and nothing is written.
   */
  readonly key: string;
  /** SHA-256 (hex) of what the caller sent, so that "the same body" can be told. */
  readonly bodyHash: string;
  /** At least one. They get consecutive positions and are written all or none. */
  readonly drafts: readonly Draft[];
  /**
   * Tokens of people whose data goes with this append: in the same commit, the record and the salt
   * of every earlier entry with one of these tokens are removed, what receivers last said about
   * their deliveries, and what is on record of messages to them. When it resolves, none of it is in the database's files any more.
   * LIMIT: PostgreSQL keeps removed rows in its files until it vacuums, and in its log for longer.
   */
  readonly erases?: readonly string[];
  /**
   * The entry that this append is about. When its record has been erased by the time of the commit
   * it is a conflict: what was begun before an erasure must not bring the address back after it.
   */
  readonly about?: Position;
}

/** The tree over all entries up to a position: RFC 6962, see docs/formats/ledger.md. */
export interface TreeHead {
  /** Entries in it: the position of the last one. */
  readonly size: Position;
  /** 32 bytes. */
  readonly root: Uint8Array;
}

/** An entry with the bytes that prove it. */
export interface SealedEntry {
  readonly entry: Entry;
  readonly leaf: Uint8Array;
  /** `null` together with the record, once it was erased. */
  readonly salt: Uint8Array | null;
  readonly record: Uint8Array | null;
  /** The erasure that removed the record; `null` while the record is there. */
  readonly erasedBy: Position | null;
}

/** What a commit made of the tree. Costs nothing until it is asked. */
export interface Commit {
  /** The tree right after the commit. */
  readonly tree: TreeHead;
  /** An entry of this append. Throws a `RangeError` for any other. */
  sealed(position: Position): SealedEntry;
  /** The inclusion proof of an entry of this append in `tree`. */
  proof(position: Position): readonly Uint8Array[];
}

export type AppendOutcome =
  /** Now in the ledger and on disk. */
  | { readonly status: "appended"; readonly entries: readonly Entry[]; readonly commit: Commit }
  /** Was there already; these are the entries of the first time. */
  | { readonly status: "replayed"; readonly entries: readonly Entry[] }
  /** The key was used with another body, or what this is `about` was erased. Nothing was written. */
  | { readonly status: "conflict" };

/** Kinds of configuration kept in the store. Each value is JSON that its owner validates. */
export const SETTING_KINDS = [
  "sender",
  "source",
  "key",
  "destination",
  "suspension",
  "installation",
] as const;
export type SettingKind = (typeof SETTING_KINDS)[number];

export interface Setting {
  readonly kind: SettingKind;
  readonly id: string;
  readonly value: unknown;
  readonly updatedAt: Instant;
}

/** One entry that a destination has not taken yet. It blocks later ones about the same address. */
export interface Delivery {
  readonly destination: string;
  readonly position: Position;
  readonly token: string;
  /** Attempts made so far. */
  readonly attempts: number;
  readonly state: "waiting" | "dead";
  readonly nextAttemptAt: Instant;
  readonly lastError: string;
}

/** An entry that a destination has taken. It holds no address and no token. */
export interface Arrival {
  readonly position: Position;
  /** When the destination said that it has it. */
  readonly at: Instant;
}

/** Who carried a message out: the sender with its own systems, or a provider by itself. */
export const CARRIERS = ["us", "provider"] as const;
export type Carrier = (typeof CARRIERS)[number];

/**
 * A message that was sent, on record for caps. It holds no address and no words: the token and the
 * subject are keyed hashes.
 */
export interface RecordedSend {
  /** 1 for the first one. Later ones have higher numbers; there are gaps. */
  readonly serial: number;
  readonly token: string;
  readonly at: Instant;
  readonly sender: string;
  readonly channel: Channel;
  readonly class: string;
  /** Keyed hash of what it was about; `null`: nobody said. */
  readonly subject: string | null;
  /** `null`: nobody said. */
  readonly callKind: string | null;
  readonly isReply: boolean;
  /** The opt-out that it confirmed. */
  readonly confirms: Position | null;
  readonly by: Carrier;
  readonly recordedAt: Instant;
}

/** A send to record. */
export interface SendDraft extends Omit<RecordedSend, "serial"> {
  /** Keyed hash (64 hex digits) of what identifies it; `null`: it is taken as it comes. */
  readonly key: string | null;
  /** Keyed hash of what the caller said, so that the same can be told; `null` without a key. */
  readonly bodyHash: string | null;
}

export type SendsOutcome =
  /** Durable. `sends`: those that are new, ascending and without gaps among them. */
  | {
      readonly status: "recorded";
      readonly sends: readonly RecordedSend[];
      /** How many were on record already. */
      readonly known: number;
    }
  /** The draft at this index, from 0, has the key of another body. Nothing was written. */
  | { readonly status: "conflict"; readonly index: number };

export interface Store {
  /** For messages to people: "SQLite 3.53.4 at /data/heed.db". Holds no secret. */
  readonly description: string;

  /**
   * Writes and syncs before it resolves (promise 1). Positions are consecutive, in the order of the
   * commit, and visible to `read` in that order: whoever reads up to p has seen everything below p.
   * Calls that arrive together share one commit. Rejects when nothing was written, and with
   * `UncertainOutcome` when that cannot be told: retry with the same key.
   */
  append(request: AppendRequest): Promise<AppendOutcome>;

  /** Position of the last entry, 0 for an empty ledger. Never goes back. */
  head(): Promise<Position>;

  /** Entries with `position > after`, ascending, without gaps, at most `limit`. */
  read(after: Position, limit: number): Promise<readonly Entry[]>;

  /** The same entries, with the bytes that prove them. */
  readSealed(after: Position, limit: number): Promise<readonly SealedEntry[]>;

  /** The tree over everything up to the head, as of one moment. */
  tree(): Promise<TreeHead>;

  /**
   * The hashes of a tile (`tile.width` times 32 bytes). Rejects with a `RangeError` when the tree
   * has no such tile.
   */
  readTile(tile: Tile): Promise<Uint8Array>;

  /**
   * Writes a copy of the database as of one moment into a new file and syncs it; appends go on
   * meanwhile. Rejects where the database has tools of its own for that (PostgreSQL), and when the
   * file exists.
   */
  backup(file: string): Promise<void>;

  /** All entries about an address, ascending. */
  history(token: string): Promise<readonly Entry[]>;

  /**
   * Resolves with `true` as soon as entries after `after` may exist, or with `false` after
   * `timeoutMs`. A hint: always read after it.
   */
  waitForEntries(after: Position, timeoutMs: number): Promise<boolean>;

  settings(kind: SettingKind): Promise<readonly Setting[]>;
  /** `null` when there is none. */
  setting(kind: SettingKind, id: string): Promise<Setting | null>;
  /** Creates or replaces. Durable when it resolves. */
  putSetting(kind: SettingKind, id: string, value: unknown, now: Instant): Promise<void>;
  /** Creates only when there is none, and says whether it did: safe when several servers start. */
  addSetting(kind: SettingKind, id: string, value: unknown, now: Instant): Promise<boolean>;
  /** Whether there was one. */
  deleteSetting(kind: SettingKind, id: string): Promise<boolean>;

  /**
   * Takes the lease on a named cursor and gives its position (0 for a new one), or `null` while
   * another holder's lease runs. A holder that asks again extends its lease.
   */
  claimCursor(
    name: string,
    holder: string,
    leaseMs: number,
    now: Instant,
  ): Promise<Position | null>;
  /** Moves the cursor and extends the lease. `false`, and no move, when the lease was lost. */
  advanceCursor(
    name: string,
    holder: string,
    position: Position,
    leaseMs: number,
    now: Instant,
  ): Promise<boolean>;
  releaseCursor(name: string, holder: string): Promise<void>;
  /** Where every cursor stands, for `doctor` and metrics. */
  cursors(): Promise<readonly { name: string; position: Position; leaseUntil: Instant }[]>;

  /** Writes or replaces the delivery of one entry to one destination. */
  putDelivery(delivery: Delivery): Promise<void>;
  /** The delivery was taken by its destination. */
  deleteDelivery(destination: string, position: Position): Promise<void>;
  /** Ascending by position. */
  deliveries(destination: string, state: Delivery["state"]): Promise<readonly Delivery[]>;
  /** Of either state, those of these entries, ascending. */
  deliveriesAt(destination: string, positions: readonly Position[]): Promise<readonly Delivery[]>;
  /** Of either state, with `position > after`, ascending, at most `limit`. */
  deliveriesAfter(
    destination: string,
    after: Position,
    limit: number,
  ): Promise<readonly Delivery[]>;

  /**
   * Puts on record that a destination has taken entries, all or none. Durable when it resolves. Of
   * one that was on record already the first time stays.
   */
  addArrivals(destination: string, arrivals: readonly Arrival[]): Promise<void>;
  /** Those of these entries that are on record, ascending. */
  arrivals(destination: string, positions: readonly Position[]): Promise<readonly Arrival[]>;
  /**
   * Removes those of a destination's first `limit` arrivals, by position, that are from before an
   * instant (`null`: from any time), and says how many that were.
   */
  deleteArrivals(destination: string, before: Instant | null, limit: number): Promise<number>;

  /**
   * Puts sends on record, all or none. Durable when it resolves. Serials follow the order of the
   * commits: whoever reads up to one has seen everything below it. Never in the ledger.
   */
  recordSends(drafts: readonly SendDraft[]): Promise<SendsOutcome>;
  /** The highest serial there ever was; 0 before the first. */
  sendsHead(): Promise<number>;
  /** Sends with `serial > after`, ascending, at most `limit`. */
  readSends(after: number, limit: number): Promise<readonly RecordedSend[]>;
  /**
   * Removes those of the `limit` oldest sends that were recorded before that instant, and says how
   * many that were. Fewer than `limit`: nothing that old is left.
   */
  deleteSendsBefore(recordedAt: Instant, limit: number): Promise<number>;

  /** Ends open work and closes. Appends already called resolve or reject before it resolves. */
  close(): Promise<void>;
}

/** The entry may or may not be in the ledger: a commit was sent and its answer never came. */
export class UncertainOutcome extends Error {
  override readonly name = "UncertainOutcome";
}

/** Another process has this store; the message says which file and what to do. */
export class StoreInUse extends Error {
  override readonly name = "StoreInUse";
}

/** A setting of the database makes it unsafe to acknowledge anything; the message says which. */
export class UnsafeStore extends Error {
  override readonly name = "UnsafeStore";
}

/** Writing or syncing failed. Nothing may be acknowledged any more: the process must stop. */
export class BrokenStore extends Error {
  override readonly name = "BrokenStore";
}

/** Too many appends wait already; nothing was written. Try again shortly, with the same key. */
export class StoreOverloaded extends Error {
  override readonly name = "StoreOverloaded";
}
