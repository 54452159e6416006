/**
 * Puts sends on record, inside one transaction of the caller's. It locks the row of their head first,
 * so that serials follow the order of the commits of all servers; the ledger's own head is left alone
 * and no opt-out waits for a send.
 */
import type { PoolClient } from "pg";
import { chooseSends, type PreparedSend, type SendsReply } from "../send-rows.ts";

const ADD = `
  WITH added AS (
    INSERT INTO heed.sends (serial, token, at, sender, channel, class, subject, call_kind, is_reply,
      confirms, carrier, recorded_at)
    SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[],
      $7::text[], $8::text[], $9::int[], $10::bigint[], $11::text[], $12::bigint[])
  )
  INSERT INTO heed.send_keys (key, body_hash, serial)
  SELECT * FROM unnest($13::bytea[], $14::text[], $15::bigint[])`;

export async function writeSends(
  client: PoolClient,
  sends: readonly PreparedSend[],
): Promise<SendsReply> {
  const locked = await client.query("SELECT serial FROM heed.sends_head FOR UPDATE");
  const head: number = locked.rows[0].serial;
  const known = await findBodies(client, sends);
  const fresh = chooseSends(sends, (key) => known.get(hexOf(key)));
  if ("conflict" in fresh) return { status: "conflict", index: fresh.conflict };
  if (fresh.length > 0) {
    await client.query(
      ADD,
      columnsOf(
        fresh.map((index) => sends[index]!),
        head + 1,
      ),
    );
    const move = "UPDATE heed.sends_head SET serial = $1";
    await client.query(move, [head + fresh.length]);
  }
  return { status: "recorded", first: head + 1, fresh };
}

async function findBodies(
  client: PoolClient,
  sends: readonly PreparedSend[],
): Promise<ReadonlyMap<string, string>> {
  const keys = sends.flatMap(({ key }) => (key === null ? [] : [Buffer.from(key)]));
  if (keys.length === 0) return new Map();
  const { rows } = await client.query<{ key: Buffer; body_hash: string }>(
    "SELECT key, body_hash FROM heed.send_keys WHERE key = ANY($1)",
    [keys],
  );
  return new Map(rows.map(({ key, body_hash }) => [hexOf(key), body_hash]));
}

/** Column by column, as `unnest` wants them. */
function columnsOf(sends: readonly PreparedSend[], first: number): unknown[] {
  const width = sends[0]!.columns.length;
  const columns = Array.from({ length: width }, (_, at) => sends.map((send) => send.columns[at]));
  const keyed = sends.flatMap(({ key, bodyHash }, at) =>
    key === null ? [] : [{ key: Buffer.from(key), bodyHash, serial: first + at }],
  );
  return [
    sends.map((_, at) => first + at),
    ...columns,
    keyed.map(({ key }) => key),
    keyed.map(({ bodyHash }) => bodyHash),
    keyed.map(({ serial }) => serial),
  ];
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
