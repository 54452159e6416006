/**
 * Heads that servers of one PostgreSQL saw and miss since: each server that locks writes down, in the
 * database as it is now, what its anchor says. Only so does a server learn of it whose own anchor is
 * older than what was lost, because it lagged, was down or is new. Who begins a new log ends this:
 * heads of another origin than the present log's say nothing about it.
 *
 * Each head has a row of its own that nobody changes: of two servers that write at once neither can
 * take the other's word back.
 */
import { type Static, Type } from "typebox";
import Value from "typebox/value";
import type { Instant } from "../domain/words.ts";
import type { Store, TreeHead } from "../store/store.ts";
import type { Anchor } from "./head-guard.ts";

export type SeenHeadStore = Pick<Store, "settings" | "addSetting">;

const ID_PREFIX = "head-seen-";

const SeenHeadSchema = Type.Object({
  origin: Type.String(),
  size: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }),
  root: Type.String({ pattern: "^[0-9a-f]{64}$" }),
});

/** Of this log, the largest first. */
export async function seenHeads(
  store: SeenHeadStore,
  origin: string,
): Promise<readonly TreeHead[]> {
  const rows = await store.settings("installation");
  return rows
    .filter(({ id }) => id.startsWith(ID_PREFIX))
    .map(({ value }) => value)
    .filter((value): value is Static<typeof SeenHeadSchema> => Value.Check(SeenHeadSchema, value))
    .filter((seen) => seen.origin === origin)
    .map(({ size, root }) => ({ size, root: new Uint8Array(Buffer.from(root, "hex")) }))
    .sort((one, other) => other.size - one.size);
}

/** Durable when it resolves. Saying it again changes nothing. */
export async function tellSeenHead(
  store: SeenHeadStore,
  { origin, tree }: Anchor,
  now: Instant,
): Promise<void> {
  const root = Buffer.from(tree.root).toString("hex");
  const id = `${ID_PREFIX}${origin}-${tree.size}-${root}`;
  await store.addSetting("installation", id, { origin, size: tree.size, root }, now);
}
