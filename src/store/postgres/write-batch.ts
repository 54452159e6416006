/**
 * One batch of appends, inside one transaction of the caller's. It locks the head row first; who
 * holds it is the only writer of all servers, so the keys looked up after it cannot change any
 * more and positions follow the order of the commits.
 */
import type { PoolClient } from "pg";
import type { Position } from "../../domain/words.ts";
import { appendLeafHashes, frontierBytes } from "../../ledger/frontier.ts";
import { leafIn } from "../../ledger/leaf.ts";
import { frontierOf, type Growth } from "../commit.ts";
import type { PreparedAppend } from "../prepare.ts";
import type { AppendReply, EntryRow } from "../rows.ts";
import { eraseRecords } from "./erase-records.ts";

interface KeyRow {
  readonly key: Buffer;
  readonly body_hash: string;
  readonly first_position: number;
  readonly entries: number;
}

export const ENTRY_COLUMNS = `
  SELECT e.position, e.recorded_at, e.leaf_hash, e.token, r.record
  FROM heed.entries e LEFT JOIN heed.records r ON r.position = e.position`;

const ADD = `
  WITH added AS (
    INSERT INTO heed.entries (position, leaf, leaf_hash, token, recorded_at)
    SELECT * FROM unnest($1::bigint[], $2::bytea[], $3::bytea[], $4::text[], $5::bigint[])
  ), kept AS (
    INSERT INTO heed.records (position, salt, record)
    SELECT * FROM unnest($1::bigint[], $6::bytea[], $7::bytea[])
  ), grown AS (
    INSERT INTO heed.tile_hashes (level, place, hash)
    SELECT * FROM unnest($12::int[], $13::bigint[], $14::bytea[])
  )
  INSERT INTO heed.idempotency (key, body_hash, first_position, entries)
  SELECT * FROM unnest($8::bytea[], $9::text[], $10::bigint[], $11::int[])`;

/** Everything new in a batch, column by column, as `unnest` wants it. */
class NewRows {
  readonly entries: [number[], Buffer[], Buffer[], string[], number[], Buffer[], Buffer[]] = [
    [],
    [],
    [],
    [],
    [],
    [],
    [],
  ];
  readonly keys: [Buffer[], string[], number[], number[]] = [[], [], [], []];
  head: Position;

  constructor(head: Position) {
    this.head = head;
  }

  add(prepared: PreparedAppend): AppendReply {
    const first = this.head + 1;
    const leafHashes = prepared.drafts.map((draft) => {
      this.head += 1;
      const { leaf, leafHash } = leafIn(draft.frame, this.head);
      const [positions, leaves, hashes, tokens, times, salts, records] = this.entries;
      positions.push(this.head);
      leaves.push(Buffer.from(leaf));
      hashes.push(Buffer.from(leafHash, "hex"));
      tokens.push(draft.token);
      times.push(draft.recordedAt);
      salts.push(Buffer.from(draft.salt));
      records.push(Buffer.from(draft.record));
      return leafHash;
    });
    const [keys, bodyHashes, firsts, counts] = this.keys;
    keys.push(Buffer.from(prepared.key));
    bodyHashes.push(prepared.bodyHash);
    firsts.push(first);
    counts.push(leafHashes.length);
    return { status: "appended", first, leafHashes };
  }
}

export interface BatchReply {
  readonly replies: readonly AppendReply[];
  /** Position of the last entry once the transaction is committed. */
  readonly head: Position;
  readonly growth: Growth;
}

export async function writeBatch(
  client: PoolClient,
  items: readonly PreparedAppend[],
): Promise<BatchReply> {
  const locked = await client.query("SELECT position, frontier FROM heed.head FOR UPDATE");
  const before: Position = locked.rows[0].position;
  const frontier: Uint8Array = locked.rows[0].frontier;
  const known = await findKeys(client, items);
  const present = await findRecords(client, items);
  const added = new NewRows(before);
  const firstOfKey = new Map<string, { item: PreparedAppend; first: Position }>();
  const replies: (AppendReply | { readonly sameAs: Position; readonly count: number })[] = [];
  for (const item of items) {
    const key = Buffer.from(item.key).toString("hex");
    const earlier = firstOfKey.get(key);
    const stored = known.get(key);
    const bodyHash = earlier?.item.bodyHash ?? stored?.body_hash;
    if (bodyHash !== undefined && bodyHash !== item.bodyHash) {
      replies.push({ status: "conflict" });
    } else if (earlier !== undefined) {
      replies.push({ sameAs: earlier.first, count: earlier.item.drafts.length });
    } else if (stored !== undefined) {
      replies.push({ sameAs: stored.first_position, count: stored.entries });
    } else if (item.about !== null && !present.has(item.about)) {
      replies.push({ status: "conflict" });
    } else {
      for (const token of item.erases?.tokens ?? []) present.eraseToken(token);
      firstOfKey.set(key, { item, first: added.head + 1 });
      replies.push(added.add(item));
    }
  }
  const after = added.head > before ? await addRows(client, added, frontier) : frontier;
  for (const { item, first } of firstOfKey.values()) {
    if (item.erases !== null) await eraseRecords(client, item.erases, first);
  }
  const growth = { before: frontier, after };
  return { replies: await fillReplays(client, replies), head: added.head, growth };
}

/** Writes them, the tree with them, and gives its frontier. */
async function addRows(
  client: PoolClient,
  added: NewRows,
  before: Uint8Array,
): Promise<Uint8Array> {
  const grown = appendLeafHashes(frontierOf(before), added.entries[2]);
  const tileHashes = [
    grown.tileHashes.map(({ level }) => level),
    grown.tileHashes.map(({ index }) => index),
    grown.tileHashes.map(({ hash }) => Buffer.from(hash)),
  ];
  await client.query(ADD, [...added.entries, ...added.keys, ...tileHashes]);
  const after = Buffer.from(frontierBytes(grown.frontier));
  const move = "UPDATE heed.head SET position = $1, frontier = $2";
  await client.query(move, [grown.frontier.size, after]);
  return after;
}

async function findKeys(
  client: PoolClient,
  items: readonly PreparedAppend[],
): Promise<ReadonlyMap<string, KeyRow>> {
  const { rows } = await client.query<KeyRow>(
    "SELECT key, body_hash, first_position, entries FROM heed.idempotency WHERE key = ANY($1)",
    [items.map(({ key }) => Buffer.from(key))],
  );
  return new Map(rows.map((row) => [row.key.toString("hex"), row]));
}

/** Which of the records that the items are about are there, and stay so as the batch goes on. */
async function findRecords(client: PoolClient, items: readonly PreparedAppend[]) {
  const wanted = items.flatMap(({ about }) => (about === null ? [] : [about]));
  if (wanted.length === 0) return NO_RECORDS;
  const { rows } = await client.query<{ position: Position; token: string }>(
    `SELECT e.position, e.token FROM heed.entries e JOIN heed.records r ON r.position = e.position
     WHERE e.position = ANY($1)`,
    [wanted],
  );
  const tokenAt = new Map(rows.map(({ position, token }) => [position, token]));
  return {
    has: (position: Position) => tokenAt.has(position),
    eraseToken(erased: string): void {
      for (const [position, token] of tokenAt) if (token === erased) tokenAt.delete(position);
    },
  };
}

const NO_RECORDS = { has: () => false, eraseToken: () => undefined };

/** Reads the entries of the first time for every item that is a replay. */
async function fillReplays(
  client: PoolClient,
  replies: readonly (AppendReply | { readonly sameAs: Position; readonly count: number })[],
): Promise<readonly AppendReply[]> {
  const spans = new Map<Position, number>();
  for (const reply of replies) if ("sameAs" in reply) spans.set(reply.sameAs, reply.count);
  if (spans.size === 0) return replies as readonly AppendReply[];
  const { rows } = await client.query<EntryRow>(
    `${ENTRY_COLUMNS} JOIN unnest($1::bigint[], $2::bigint[]) AS span (first, count)
     ON e.position >= span.first AND e.position < span.first + span.count ORDER BY e.position`,
    [[...spans.keys()], [...spans.values()]],
  );
  const rowAt = new Map(rows.map((row) => [row.position, row]));
  return replies.map((reply) => {
    if (!("sameAs" in reply)) return reply;
    const span = Array.from({ length: reply.count }, (_, index) => rowAt.get(reply.sameAs + index));
    return { status: "replayed", rows: span.filter((row) => row !== undefined) };
  });
}
