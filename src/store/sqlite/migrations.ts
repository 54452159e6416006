/**
 * The tables of a SQLite ledger, as numbered steps. A step that was released is never changed.
 * Append-only is kept by triggers, so that hand-written SQL is refused as well.
 * LIMIT: who can write the file can drop the triggers; the ledger's hashes are there to show it.
 */
export interface Migration {
  readonly version: number;
  readonly sql: string;
}

/** Refuses UPDATE and DELETE, and the hidden DELETE of `INSERT OR REPLACE`, which fires none. */
function appendOnly(table: string, key: string): string {
  return `
    CREATE TRIGGER ${table}_no_update BEFORE UPDATE ON ${table}
    BEGIN SELECT RAISE(ABORT, '${table} is append-only: no row can be changed'); END;
    CREATE TRIGGER ${table}_no_delete BEFORE DELETE ON ${table}
    BEGIN SELECT RAISE(ABORT, '${table} is append-only: no row can be deleted'); END;
    CREATE TRIGGER ${table}_no_replace BEFORE INSERT ON ${table}
    WHEN EXISTS (SELECT 1 FROM ${table} WHERE ${key} = NEW.${key})
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

export const MIGRATIONS: readonly Migration[] = [{ version: 1, sql: LEDGER }];
