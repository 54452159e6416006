/**
 * What the two stores have in common: both know the same statements by the same names and with the
 * same parameters, in the SQL of their own database. Appending, the head and closing are their own.
 */
import type { Entry } from "../domain/entry.ts";
import type { Instant, Position } from "../domain/words.ts";
import { MAX_TREE_SIZE } from "../ledger/merkle.ts";
import { TILE_WIDTH, type Tile, tileWidth } from "../ledger/tile.ts";
import { frontierOf, treeHeadOf } from "./commit.ts";
import type { HeadWatch } from "./head-watch.ts";
import { plainText, wholeNumber } from "./prepare.ts";
import {
  consecutive,
  type DeliveryRow,
  deliveryColumns,
  deliveryOf,
  type EntryRow,
  entryOf,
  leaseColumns,
  type SealedRow,
  type SettingRow,
  sealedOf,
  settingColumns,
  settingKey,
  settingOf,
} from "./rows.ts";
import {
  freshSends,
  type PreparedSend,
  prepareSend,
  type SendRow,
  type SendsReply,
  sendOf,
} from "./send-rows.ts";
import {
  type AppendOutcome,
  type AppendRequest,
  type Arrival,
  BrokenStore,
  type Delivery,
  type RecordedSend,
  type SealedEntry,
  type SendDraft,
  type SendsOutcome,
  type Setting,
  type SettingKind,
  type Store,
  type TreeHead,
} from "./store.ts";

export type Parameter = string | number | Uint8Array;
export type Row = Record<string, unknown>;

export const READ_NAMES = [
  "entries",
  "sealed",
  "tree",
  "leafHashes",
  "tileHashes",
  "history",
  "settings",
  "setting",
  "cursors",
  "deliveries",
  "deliveriesAt",
  "deliveriesAfter",
  "arrivals",
  "sendsHead",
  "sends",
] as const;
export type ReadName = (typeof READ_NAMES)[number];

export const WRITE_NAMES = [
  "putSetting",
  "addSetting",
  "deleteSetting",
  "claimCursor",
  "advanceCursor",
  "releaseCursor",
  "putDelivery",
  "deleteDelivery",
  "addArrivals",
  "deleteArrivals",
  "deleteSends",
] as const;
export type WriteName = (typeof WRITE_NAMES)[number];

export abstract class SqlStore implements Store {
  abstract readonly description: string;
  protected abstract readonly watch: HeadWatch;

  abstract append(request: AppendRequest): Promise<AppendOutcome>;
  abstract head(): Promise<Position>;
  abstract backup(file: string): Promise<void>;
  abstract close(): Promise<void>;
  /** The rows of a statement that changes nothing. */
  protected abstract query(name: ReadName, parameters: Parameter[]): Promise<readonly unknown[]>;
  /** Durable when it resolves, with the rows that the statement returns. */
  protected abstract change(name: WriteName, parameters: Parameter[]): Promise<readonly Row[]>;
  /** All of them in one transaction, durable when it resolves. */
  protected abstract writeSends(sends: readonly PreparedSend[]): Promise<SendsReply>;

  async read(after: Position, limit: number): Promise<readonly Entry[]> {
    const window = [wholeNumber(after, "`after`"), wholeNumber(limit, "`limit`")];
    return consecutive(await this.#rows<EntryRow>("entries", ...window), after).map(entryOf);
  }

  async readSealed(after: Position, limit: number): Promise<readonly SealedEntry[]> {
    const window = [wholeNumber(after, "`after`"), wholeNumber(limit, "`limit`")];
    return consecutive(await this.#rows<SealedRow>("sealed", ...window), after).map(sealedOf);
  }

  async tree(): Promise<TreeHead> {
    const [row] = await this.#rows<{ position: Position; frontier: Uint8Array }>("tree");
    const head = treeHeadOf(frontierOf(row!.frontier));
    if (head.size === row!.position) return head;
    throw new BrokenStore(
      `The ledger has ${row!.position} entries and the frontier of its tree ${head.size}. Stop ` +
        "Heed, keep a copy of its data for inspection, and restore a backup.",
    );
  }

  async readTile(tile: Tile): Promise<Uint8Array> {
    const { level, index, width } = tile;
    assertTileIn(tile, MAX_TREE_SIZE);
    const span = [level, index * TILE_WIDTH, index * TILE_WIDTH + width];
    const name = level === 0 ? "leafHashes" : "tileHashes";
    // Twice, because between two reads the tree may have grown.
    for (const isLast of [false, true]) {
      const rows = await this.#rows<{ hash: Uint8Array }>(name, ...span);
      if (rows.length === width) return Buffer.concat(rows.map(({ hash }) => hash));
      if (!isLast) assertTileIn(tile, (await this.tree()).size);
    }
    throw new BrokenStore(
      `A hash of tile ${index} at level ${level} is missing. Stop Heed, keep a copy of its data ` +
        "for inspection, and restore a backup.",
    );
  }

  async history(token: string): Promise<readonly Entry[]> {
    return (await this.#rows<EntryRow>("history", plainText(token, "a token"))).map(entryOf);
  }

  waitForEntries(after: Position, timeoutMs: number): Promise<boolean> {
    return this.watch.wait(after, timeoutMs);
  }

  async settings(kind: SettingKind): Promise<readonly Setting[]> {
    return (await this.#rows<SettingRow>("settings", kind)).map(settingOf);
  }

  async setting(kind: SettingKind, id: string): Promise<Setting | null> {
    const [row] = await this.#rows<SettingRow>("setting", ...settingKey(kind, id));
    return row === undefined ? null : settingOf(row);
  }

  async putSetting(kind: SettingKind, id: string, value: unknown, now: Instant): Promise<void> {
    await this.change("putSetting", settingColumns(kind, id, value, now));
  }

  async addSetting(kind: SettingKind, id: string, value: unknown, now: Instant): Promise<boolean> {
    return (await this.change("addSetting", settingColumns(kind, id, value, now))).length > 0;
  }

  async deleteSetting(kind: SettingKind, id: string): Promise<boolean> {
    return (await this.change("deleteSetting", settingKey(kind, id))).length > 0;
  }

  async claimCursor(
    name: string,
    holder: string,
    leaseMs: number,
    now: Instant,
  ): Promise<Position | null> {
    const rows = await this.change("claimCursor", leaseColumns(name, holder, leaseMs, now));
    const position = rows[0]?.position;
    return typeof position === "number" ? position : null;
  }

  /** A lease that ran out is lost only once somebody else took it: until then nobody was harmed. */
  async advanceCursor(
    name: string,
    holder: string,
    position: Position,
    leaseMs: number,
    now: Instant,
  ): Promise<boolean> {
    const lease = leaseColumns(name, holder, leaseMs, now).slice(0, 3);
    const target = wholeNumber(position, "`position`");
    return (await this.change("advanceCursor", [...lease, target])).length > 0;
  }

  async releaseCursor(name: string, holder: string): Promise<void> {
    const [cursor, owner] = [plainText(name, "a cursor"), plainText(holder, "a holder")];
    await this.change("releaseCursor", [cursor, owner]);
  }

  async cursors(): Promise<readonly { name: string; position: Position; leaseUntil: Instant }[]> {
    type CursorRow = { name: string; position: number; lease_until: number };
    const rows = await this.#rows<CursorRow>("cursors");
    return rows.map((row) => ({
      name: row.name,
      position: row.position,
      leaseUntil: row.lease_until,
    }));
  }

  async putDelivery(delivery: Delivery): Promise<void> {
    await this.change("putDelivery", deliveryColumns(delivery));
  }

  async deleteDelivery(destination: string, position: Position): Promise<void> {
    const name = plainText(destination, "a destination");
    await this.change("deleteDelivery", [name, wholeNumber(position, "`position`")]);
  }

  async deliveries(destination: string, state: Delivery["state"]): Promise<readonly Delivery[]> {
    const name = plainText(destination, "a destination");
    return (await this.#rows<DeliveryRow>("deliveries", name, state)).map(deliveryOf);
  }

  async deliveriesAt(
    destination: string,
    positions: readonly Position[],
  ): Promise<readonly Delivery[]> {
    if (positions.length === 0) return [];
    const asked = [plainText(destination, "a destination"), listOf(positions)];
    return (await this.#rows<DeliveryRow>("deliveriesAt", ...asked)).map(deliveryOf);
  }

  async deliveriesAfter(
    destination: string,
    after: Position,
    limit: number,
  ): Promise<readonly Delivery[]> {
    const name = plainText(destination, "a destination");
    const window = [wholeNumber(after, "`after`"), wholeNumber(limit, "`limit`")];
    return (await this.#rows<DeliveryRow>("deliveriesAfter", name, ...window)).map(deliveryOf);
  }

  async addArrivals(destination: string, arrivals: readonly Arrival[]): Promise<void> {
    if (arrivals.length === 0) return;
    const name = plainText(destination, "a destination");
    const rows = arrivals.map(({ position, at }) => [
      wholeNumber(position, "`position`"),
      wholeNumber(at, "`at`"),
    ]);
    await this.change("addArrivals", [name, JSON.stringify(rows)]);
  }

  async arrivals(destination: string, positions: readonly Position[]): Promise<readonly Arrival[]> {
    if (positions.length === 0) return [];
    const asked = [plainText(destination, "a destination"), listOf(positions)];
    const rows = await this.#rows<Arrival>("arrivals", ...asked);
    return rows.map(({ position, at }) => ({ position, at }));
  }

  async deleteArrivals(
    destination: string,
    before: Instant | null,
    limit: number,
  ): Promise<number> {
    const until = wholeNumber(before ?? Number.MAX_SAFE_INTEGER, "`before`");
    const name = plainText(destination, "a destination");
    const window = [name, until, wholeNumber(limit, "`limit`")];
    return (await this.change("deleteArrivals", window)).length;
  }

  async recordSends(drafts: readonly SendDraft[]): Promise<SendsOutcome> {
    if (drafts.length === 0) return { status: "recorded", sends: [], known: 0 };
    const reply = await this.writeSends(drafts.map(prepareSend));
    if (reply.status === "conflict") return reply;
    const sends = freshSends(drafts, reply);
    return { status: "recorded", sends, known: drafts.length - sends.length };
  }

  async sendsHead(): Promise<number> {
    const [row] = await this.#rows<{ serial: number }>("sendsHead");
    return row!.serial;
  }

  async readSends(after: number, limit: number): Promise<readonly RecordedSend[]> {
    const window = [wholeNumber(after, "`after`"), wholeNumber(limit, "`limit`")];
    return (await this.#rows<SendRow>("sends", ...window)).map(sendOf);
  }

  async deleteSendsBefore(recordedAt: Instant, limit: number): Promise<number> {
    const window = [wholeNumber(recordedAt, "`recordedAt`"), wholeNumber(limit, "`limit`")];
    return (await this.change("deleteSends", window)).length;
  }

  async #rows<R>(name: ReadName, ...parameters: Parameter[]): Promise<readonly R[]> {
    return (await this.query(name, parameters)) as readonly R[];
  }
}

/** Lists cross into SQL as JSON, which both databases take apart. */
function listOf(positions: readonly Position[]): string {
  return JSON.stringify(positions.map((position) => wholeNumber(position, "a position")));
}

/** Throws a `RangeError` when a tree of this size does not have all hashes of the tile. */
function assertTileIn({ level, index, width }: Tile, size: number): void {
  const isCount = [level, index, width].every((value) => Number.isSafeInteger(value) && value >= 0);
  if (isCount && width > 0 && width <= tileWidth(level, index, size)) return;
  throw new RangeError(
    `a tree of size ${size} has no tile ${index} with ${width} hashes at level ${level}`,
  );
}
