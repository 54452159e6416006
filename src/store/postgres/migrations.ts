/**
 * The tables of a PostgreSQL ledger, in a schema of their own, as numbered steps. A step that was
 * released is never changed. Append-only is kept by triggers that also fire for replicas' sessions
 * (`ENABLE ALWAYS`), so that hand-written SQL is refused as well.
 * LIMIT: the owner of the tables can drop the triggers; the ledger's hashes are there to show it.
 */
export interface Migration {
  readonly version: number;
  readonly sql: string;
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

export const MIGRATIONS: readonly Migration[] = [{ version: 1, sql: LEDGER }];
