/**
 * The tables of a PostgreSQL ledger, in a schema of their own, as numbered steps. A step that was
 * released is never changed. Append-only is kept by triggers that also fire for replicas' sessions
 * (`ENABLE ALWAYS`), so that hand-written SQL is refused as well.
 * LIMIT: the owner of the tables can drop the triggers; the ledger's hashes are there to show it.
 */
import type { PoolClient } from "pg";
import type { MessageKeying } from "../message-keying.ts";
import { fillKeys, fillTree } from "./backfill.ts";

export interface Migration {
  readonly version: number;
  /** In order, inside one transaction. */
  readonly steps: readonly (
    | string
    | ((client: PoolClient, keying: MessageKeying | null) => Promise<void>)
  )[];
}

function refuse(table: string, events: string): string {
  return `
    CREATE TRIGGER ${table}_append_only BEFORE ${events} ON heed.${table}
    FOR EACH STATEMENT EXECUTE FUNCTION heed.refuse_change();
    ALTER TABLE heed.${table} ENABLE ALWAYS TRIGGER ${table}_append_only;`;
}

const LEDGER = `
  CREATE TABLE heed.head (
    id int PRIMARY KEY CHECK (id = 1),
    position bigint NOT NULL CHECK (position >= 0)
  );
  INSERT INTO heed.head (id, position) VALUES (1, 0);

  CREATE TABLE heed.entries (
    position bigint PRIMARY KEY CHECK (position >= 1),
    leaf bytea NOT NULL,
    leaf_hash bytea NOT NULL CHECK (length(leaf_hash) = 32),
    token text NOT NULL,
    recorded_at bigint NOT NULL
  );
  CREATE INDEX entries_by_token ON heed.entries (token, position);

  CREATE TABLE heed.records (
    position bigint PRIMARY KEY REFERENCES heed.entries (position),
    salt bytea NOT NULL,
    record bytea NOT NULL
  );

  CREATE TABLE heed.idempotency (
    key bytea PRIMARY KEY CHECK (length(key) = 32),
    body_hash text NOT NULL,
    first_position bigint NOT NULL REFERENCES heed.entries (position),
    entries int NOT NULL CHECK (entries >= 1)
  );

  CREATE TABLE heed.settings (
    kind text NOT NULL,
    id text NOT NULL,
    value text NOT NULL,
    updated_at bigint NOT NULL,
    PRIMARY KEY (kind, id)
  );

  CREATE TABLE heed.cursors (
    name text PRIMARY KEY,
    position bigint NOT NULL,
    holder text,
    lease_until bigint NOT NULL
  );

  CREATE TABLE heed.deliveries (
    destination text NOT NULL,
    position bigint NOT NULL,
    token text NOT NULL,
    attempts int NOT NULL,
    state text NOT NULL CHECK (state IN ('waiting', 'dead')),
    next_attempt_at bigint NOT NULL,
    last_error text NOT NULL,
    PRIMARY KEY (destination, position)
  );

  CREATE FUNCTION heed.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP;
  END $$;

  CREATE FUNCTION heed.refuse_step_back() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF NEW.position <= OLD.position OR NEW.id <> OLD.id
      OR NEW.position <> (SELECT max(e.position) FROM heed.entries e)
    THEN
      RAISE EXCEPTION 'head moves forward only, to the last entry';
    END IF;
    RETURN NEW;
  END $$;

  CREATE FUNCTION heed.refuse_taken_position() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF EXISTS (
      SELECT 1 FROM added WHERE position <= (SELECT h.position FROM heed.head h)
    ) THEN
      RAISE EXCEPTION 'entries is append-only: that position is taken';
    END IF;
    RETURN NULL;
  END $$;

  ${refuse("entries", "UPDATE OR DELETE OR TRUNCATE")}
  ${refuse("records", "UPDATE OR DELETE OR TRUNCATE")}
  ${refuse("idempotency", "UPDATE OR DELETE OR TRUNCATE")}
  ${refuse("head", "INSERT OR DELETE OR TRUNCATE")}

  CREATE TRIGGER head_only_forward BEFORE UPDATE ON heed.head
  FOR EACH ROW EXECUTE FUNCTION heed.refuse_step_back();
  ALTER TABLE heed.head ENABLE ALWAYS TRIGGER head_only_forward;

  CREATE TRIGGER entries_follow_head AFTER INSERT ON heed.entries
  REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION heed.refuse_taken_position();
  ALTER TABLE heed.entries ENABLE ALWAYS TRIGGER entries_follow_head;
`;

/** The tree beside the entries. The frontier says its size first, in eight bytes. */
const TREE = `
  ALTER TABLE heed.head ADD COLUMN frontier bytea NOT NULL DEFAULT '\\x0000000000000000';
  ALTER TABLE heed.head DISABLE TRIGGER head_only_forward;

  CREATE TABLE heed.tile_hashes (
    level int NOT NULL CHECK (level BETWEEN 1 AND 6),
    place bigint NOT NULL CHECK (place >= 0),
    hash bytea NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (level, place)
  );
  ${refuse("tile_hashes", "UPDATE OR DELETE OR TRUNCATE")}
`;

const HEAD_WITH_TREE = `
  ALTER TABLE heed.head ENABLE ALWAYS TRIGGER head_only_forward;

  CREATE FUNCTION heed.refuse_other_tree() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF encode(substr(NEW.frontier, 1, 8), 'hex') <> lpad(to_hex(NEW.position), 16, '0')
      OR length(NEW.frontier) % 32 <> 8
    THEN
      RAISE EXCEPTION 'head moves together with the frontier of its tree';
    END IF;
    RETURN NEW;
  END $$;
  CREATE TRIGGER head_with_its_tree BEFORE UPDATE ON heed.head
  FOR EACH ROW EXECUTE FUNCTION heed.refuse_other_tree();
  ALTER TABLE heed.head ENABLE ALWAYS TRIGGER head_with_its_tree;
`;

/** A record can go when an erasure says so; nothing else can be done to one. */
const ERASURES = `
  CREATE TABLE heed.erasures (
    position bigint PRIMARY KEY REFERENCES heed.entries (position),
    erased_by bigint NOT NULL REFERENCES heed.entries (position) CHECK (erased_by > position)
  );
  ${refuse("erasures", "UPDATE OR DELETE OR TRUNCATE")}

  CREATE FUNCTION heed.refuse_no_erasure() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF (
      SELECT convert_from(e.leaf, 'UTF8')::json->>'kind' FROM heed.entries e
      WHERE e.position = NEW.erased_by
    ) IS DISTINCT FROM 'erasure' THEN
      RAISE EXCEPTION 'erasures is append-only: only an erasure can erase';
    END IF;
    RETURN NEW;
  END $$;
  CREATE TRIGGER erasures_by_an_erasure BEFORE INSERT ON heed.erasures
  FOR EACH ROW EXECUTE FUNCTION heed.refuse_no_erasure();
  ALTER TABLE heed.erasures ENABLE ALWAYS TRIGGER erasures_by_an_erasure;

  CREATE FUNCTION heed.refuse_without_erasure() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF NOT EXISTS (SELECT 1 FROM heed.erasures x WHERE x.position = OLD.position) THEN
      RAISE EXCEPTION 'records is append-only: % is refused where nothing was erased', TG_OP;
    END IF;
    RETURN OLD;
  END $$;
  DROP TRIGGER records_append_only ON heed.records;
  ${refuse("records", "UPDATE OR TRUNCATE")}
  CREATE TRIGGER records_erased_only BEFORE DELETE ON heed.records
  FOR EACH ROW EXECUTE FUNCTION heed.refuse_without_erasure();
  ALTER TABLE heed.records ENABLE ALWAYS TRIGGER records_erased_only;
`;

/**
 * Keyed hashes in place of plain ones, in a new table: rows that are changed stay in the files until
 * they are vacuumed, and the file of a table that is dropped goes at the commit.
 */
const KEYED = `
  ALTER TABLE heed.idempotency RENAME TO plain_idempotency;
  CREATE TABLE heed.idempotency (
    key bytea NOT NULL CHECK (length(key) = 32),
    body_hash text NOT NULL,
    first_position bigint NOT NULL,
    entries int NOT NULL CHECK (entries >= 1)
  );
`;

/** What is in order only now: an index of rows in no order is quicker made at once. */
const KEYS_FILLED = `
  DROP TABLE heed.plain_idempotency;
  ALTER TABLE heed.idempotency
    ADD PRIMARY KEY (key),
    ADD FOREIGN KEY (first_position) REFERENCES heed.entries (position);
  ${refuse("idempotency", "UPDATE OR DELETE OR TRUNCATE")}
`;

/**
 * Sends for the rules that count them. They come and go, so nothing here is append-only; their head
 * is a row of its own, whose lock makes servers take turns, and never a sequence: who follows one
 * loses what is committed late.
 */
const SENDS = `
  CREATE TABLE heed.sends_head (
    id int PRIMARY KEY CHECK (id = 1),
    serial bigint NOT NULL CHECK (serial >= 0)
  );
  INSERT INTO heed.sends_head (id, serial) VALUES (1, 0);

  CREATE TABLE heed.sends (
    serial bigint PRIMARY KEY CHECK (serial >= 1),
    token text NOT NULL,
    at bigint NOT NULL,
    sender text NOT NULL,
    channel text NOT NULL,
    class text NOT NULL,
    subject text,
    call_kind text,
    is_reply int NOT NULL CHECK (is_reply IN (0, 1)),
    confirms bigint,
    carrier text NOT NULL CHECK (carrier IN ('us', 'provider')),
    recorded_at bigint NOT NULL
  );
  CREATE INDEX sends_by_token ON heed.sends (token);

  CREATE TABLE heed.send_keys (
    key bytea PRIMARY KEY CHECK (length(key) = 32),
    body_hash text NOT NULL,
    serial bigint NOT NULL REFERENCES heed.sends (serial) ON DELETE CASCADE
      DEFERRABLE INITIALLY DEFERRED
  );
  CREATE INDEX send_keys_by_serial ON heed.send_keys (serial);

  CREATE FUNCTION heed.refuse_sends_step_back() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF NEW.serial < OLD.serial OR NEW.id <> OLD.id THEN
      RAISE EXCEPTION 'sends_head moves forward only';
    END IF;
    RETURN NEW;
  END $$;
  CREATE TRIGGER sends_head_no_step_back BEFORE UPDATE ON heed.sends_head
  FOR EACH ROW EXECUTE FUNCTION heed.refuse_sends_step_back();
  ALTER TABLE heed.sends_head ENABLE ALWAYS TRIGGER sends_head_no_step_back;
`;

/**
 * When destinations took what they must be told soon. Removed when no deadline can ask for it any
 * more, so nothing here is append-only; no address and no token is in it.
 */
const ARRIVALS = `
  CREATE TABLE heed.arrivals (
    destination text NOT NULL,
    position bigint NOT NULL CHECK (position >= 1),
    at bigint NOT NULL,
    PRIMARY KEY (destination, position)
  );
`;

export const MIGRATIONS: readonly Migration[] = [
  { version: 1, steps: [LEDGER] },
  {
    version: 2,
    steps: [TREE, fillTree, HEAD_WITH_TREE, ERASURES, KEYED, fillKeys, KEYS_FILLED],
  },
  { version: 3, steps: [SENDS] },
  { version: 4, steps: [ARRIVALS] },
];
