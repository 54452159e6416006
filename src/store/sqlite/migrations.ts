/**
 * The tables of a SQLite ledger, as numbered steps. A step that was released is never changed.
 * Append-only is kept by triggers, so that hand-written SQL is refused as well.
 * LIMIT: who can write the file can drop the triggers; the ledger's hashes are there to show it.
 */
import type { DatabaseSync } from "node:sqlite";
import type { MessageKeying } from "../message-keying.ts";
import { fillKeys, fillSum, fillTree } from "./backfill.ts";
import { rowSum } from "./row-sum.ts";

export interface Migration {
  readonly version: number;
  /** In order, inside one transaction. */
  readonly steps: readonly (
    | string
    | ((database: DatabaseSync, keying: MessageKeying | null) => void)
  )[];
}

/** Refuses UPDATE and DELETE, and the hidden DELETE of `INSERT OR REPLACE`, which fires none. */
function appendOnly(table: string, ...key: string[]): string {
  const isThere = key.map((column) => `${column} = NEW.${column}`).join(" AND ");
  return `
    CREATE TRIGGER ${table}_no_update BEFORE UPDATE ON ${table}
    BEGIN SELECT RAISE(ABORT, '${table} is append-only: no row can be changed'); END;
    CREATE TRIGGER ${table}_no_delete BEFORE DELETE ON ${table}
    BEGIN SELECT RAISE(ABORT, '${table} is append-only: no row can be deleted'); END;
    CREATE TRIGGER ${table}_no_replace BEFORE INSERT ON ${table}
    WHEN EXISTS (SELECT 1 FROM ${table} WHERE ${isThere})
    BEGIN SELECT RAISE(ABORT, '${table} is append-only: no row can be replaced'); END;`;
}

const LEDGER = `
  CREATE TABLE head (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    position INTEGER NOT NULL CHECK (position >= 0)
  ) STRICT;
  INSERT INTO head (id, position) VALUES (1, 0);

  CREATE TABLE entries (
    position INTEGER PRIMARY KEY CHECK (position >= 1),
    leaf BLOB NOT NULL,
    leaf_hash BLOB NOT NULL CHECK (length(leaf_hash) = 32),
    token TEXT NOT NULL,
    recorded_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX entries_by_token ON entries (token, position);

  CREATE TABLE records (
    position INTEGER PRIMARY KEY REFERENCES entries (position),
    salt BLOB NOT NULL,
    record BLOB NOT NULL
  ) STRICT;

  CREATE TABLE idempotency (
    key BLOB PRIMARY KEY CHECK (length(key) = 32),
    body_hash TEXT NOT NULL,
    first_position INTEGER NOT NULL REFERENCES entries (position),
    entries INTEGER NOT NULL CHECK (entries >= 1)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE settings (
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    value TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (kind, id)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE cursors (
    name TEXT PRIMARY KEY,
    position INTEGER NOT NULL,
    holder TEXT,
    lease_until INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE deliveries (
    destination TEXT NOT NULL,
    position INTEGER NOT NULL,
    token TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'dead')),
    next_attempt_at INTEGER NOT NULL,
    last_error TEXT NOT NULL,
    PRIMARY KEY (destination, position)
  ) STRICT, WITHOUT ROWID;

  ${appendOnly("entries", "position")}
  ${appendOnly("records", "position")}
  ${appendOnly("idempotency", "key")}

  CREATE TRIGGER entries_follow_head BEFORE INSERT ON entries
  WHEN NEW.position <= (SELECT position FROM head)
  BEGIN SELECT RAISE(ABORT, 'entries is append-only: that position is taken'); END;
  CREATE TRIGGER head_only_forward BEFORE UPDATE ON head
  WHEN NEW.position <= OLD.position OR NEW.id <> OLD.id
    OR NEW.position <> (SELECT max(position) FROM entries)
  BEGIN SELECT RAISE(ABORT, 'head moves forward only, to the last entry'); END;
  CREATE TRIGGER head_no_delete BEFORE DELETE ON head
  BEGIN SELECT RAISE(ABORT, 'head cannot be deleted'); END;
  CREATE TRIGGER head_no_replace BEFORE INSERT ON head
  BEGIN SELECT RAISE(ABORT, 'head has one row'); END;
`;

/**
 * The tree beside the entries, erasures, and a checksum in every row that the tree does not cover.
 * The first eight bytes of a frontier are its size; SQL can say no more about it.
 */
const TREE = `
  DROP TRIGGER head_only_forward;
  ALTER TABLE head ADD COLUMN frontier BLOB NOT NULL DEFAULT x'0000000000000000';

  CREATE TABLE tile_hashes (
    level INTEGER NOT NULL CHECK (level BETWEEN 1 AND 6),
    place INTEGER NOT NULL CHECK (place >= 0),
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (level, place)
  ) STRICT, WITHOUT ROWID;
  ${appendOnly("tile_hashes", "level", "place")}
`;

const HEAD_WITH_TREE = `
  CREATE TRIGGER head_only_forward BEFORE UPDATE ON head
  WHEN NEW.position <= OLD.position OR NEW.id <> OLD.id
    OR NEW.position <> (SELECT max(position) FROM entries)
  BEGIN SELECT RAISE(ABORT, 'head moves forward only, to the last entry'); END;
  CREATE TRIGGER head_with_its_tree BEFORE UPDATE ON head
  WHEN hex(substr(NEW.frontier, 1, 8)) <> printf('%016X', NEW.position)
    OR length(NEW.frontier) % 32 <> 8
  BEGIN SELECT RAISE(ABORT, 'head moves together with the frontier of its tree'); END;
`;

/**
 * An erased record is overwritten with nothing and its row stays: a DELETE joins pages that have
 * become empty, and SQLite leaves copies of the rows it moves then in the unused part of a page,
 * where no later erasure would find them, also with `secure_delete` (see the erasure tests).
 */
const ERASURES = `
  CREATE TABLE erasures (
    position INTEGER PRIMARY KEY REFERENCES entries (position),
    erased_by INTEGER NOT NULL REFERENCES entries (position) CHECK (erased_by > position),
    sum BLOB NOT NULL CHECK (length(sum) = 8)
  ) STRICT;
  ${appendOnly("erasures", "position")}
  CREATE TRIGGER erasures_by_an_erasure BEFORE INSERT ON erasures
  WHEN (SELECT json_extract(CAST(leaf AS TEXT), '$.kind') FROM entries
    WHERE position = NEW.erased_by) IS NOT 'erasure'
  BEGIN SELECT RAISE(ABORT, 'erasures is append-only: only an erasure can erase'); END;

  DROP TRIGGER records_no_update;
  CREATE TRIGGER records_no_update BEFORE UPDATE ON records
  WHEN NEW.position <> OLD.position OR NEW.salt <> x'' OR NEW.record <> x''
    OR NOT EXISTS (SELECT 1 FROM erasures WHERE position = OLD.position)
  BEGIN SELECT RAISE(ABORT, 'records is append-only: no row can be changed'); END;
`;

/** The CHECK lets only the default be a missing sum, until the rows from before are filled in. */
function addSum(table: string): string {
  const column = "sum BLOB NOT NULL DEFAULT x'' CHECK (length(sum) IN (0, 8))";
  return `ALTER TABLE ${table} ADD COLUMN ${column};`;
}

const SUMMED = ["settings", "cursors", "deliveries"] as const;

const SUMS = SUMMED.map(addSum).join("\n");

const fillSums = (database: DatabaseSync): void => {
  for (const table of SUMMED) fillSum(database, table);
};

/**
 * Keyed hashes in place of plain ones, and sums, in a new table: `secure_delete` zeroes every page of
 * one that is dropped, while rows that are changed in their places can leave copies (see `ERASURES`).
 */
const KEYED = `
  ALTER TABLE idempotency RENAME TO plain_idempotency;
  CREATE TABLE idempotency (
    key BLOB PRIMARY KEY CHECK (length(key) = 32),
    body_hash TEXT NOT NULL,
    first_position INTEGER NOT NULL REFERENCES entries (position),
    entries INTEGER NOT NULL CHECK (entries >= 1),
    sum BLOB NOT NULL CHECK (length(sum) = 8)
  ) STRICT, WITHOUT ROWID;
`;

const KEYS_FILLED = `
  DROP TABLE plain_idempotency;
  ${appendOnly("idempotency", "key")}
`;

/**
 * Sends for the rules that count them. They come and go, so nothing here is append-only; their head
 * is a row of its own, because the highest number must not go back when they are removed.
 */
const SENDS = `
  CREATE TABLE sends_head (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    serial INTEGER NOT NULL CHECK (serial >= 0),
    sum BLOB NOT NULL CHECK (length(sum) = 8)
  ) STRICT;

  CREATE TABLE sends (
    serial INTEGER PRIMARY KEY CHECK (serial >= 1),
    token TEXT NOT NULL,
    at INTEGER NOT NULL,
    sender TEXT NOT NULL,
    channel TEXT NOT NULL,
    class TEXT NOT NULL,
    subject TEXT,
    call_kind TEXT,
    is_reply INTEGER NOT NULL CHECK (is_reply IN (0, 1)),
    confirms INTEGER,
    carrier TEXT NOT NULL CHECK (carrier IN ('us', 'provider')),
    recorded_at INTEGER NOT NULL,
    sum BLOB NOT NULL CHECK (length(sum) = 8)
  ) STRICT;
  CREATE INDEX sends_by_token ON sends (token);

  CREATE TABLE send_keys (
    key BLOB PRIMARY KEY CHECK (length(key) = 32),
    body_hash TEXT NOT NULL,
    serial INTEGER NOT NULL REFERENCES sends (serial) ON DELETE CASCADE,
    sum BLOB NOT NULL CHECK (length(sum) = 8)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX send_keys_by_serial ON send_keys (serial);

  CREATE TRIGGER sends_head_no_step_back BEFORE UPDATE ON sends_head
  WHEN NEW.serial < OLD.serial OR NEW.id <> OLD.id
  BEGIN SELECT RAISE(ABORT, 'sends_head moves forward only'); END;
`;

const fillSendsHead = (database: DatabaseSync): void => {
  const sum = rowSum("sends_head", 1, 0);
  database.prepare("INSERT INTO sends_head (id, serial, sum) VALUES (1, 0, ?)").run(sum);
};

/**
 * When destinations took what they must be told soon. Removed when no deadline can ask for it any
 * more, so nothing here is append-only; no address and no token is in it.
 */
const ARRIVALS = `
  CREATE TABLE arrivals (
    destination TEXT NOT NULL,
    position INTEGER NOT NULL CHECK (position >= 1),
    at INTEGER NOT NULL,
    sum BLOB NOT NULL CHECK (length(sum) = 8),
    PRIMARY KEY (destination, position)
  ) STRICT, WITHOUT ROWID;
`;

export const MIGRATIONS: readonly Migration[] = [
  { version: 1, steps: [LEDGER] },
  {
    version: 2,
    steps: [
      ...[TREE, fillTree, HEAD_WITH_TREE, ERASURES],
      ...[SUMS, fillSums, KEYED, fillKeys, KEYS_FILLED],
    ],
  },
  { version: 3, steps: [SENDS, fillSendsHead] },
  { version: 4, steps: [ARRIVALS] },
];
