/**
 * What the two stores have in common: both know the same statements by the same names and with the
 * same parameters, in the SQL of their own database. Appending, the head and closing are their own.
 */
import type { Entry } from "../domain/entry.ts";
import type { Instant, Position } from "../domain/words.ts";
import type { HeadWatch } from "./head-watch.ts";
import { plainText, wholeNumber } from "./prepare.ts";
import {
  consecutiveEntries,
  type DeliveryRow,
  deliveryColumns,
  deliveryOf,
  type EntryRow,
  entryOf,
  leaseColumns,
  type SettingRow,
  settingColumns,
  settingKey,
  settingOf,
} from "./rows.ts";
import type {
  AppendOutcome,
  AppendRequest,
  Delivery,
  Setting,
  SettingKind,
  Store,
} from "./store.ts";

export type Parameter = string | number | Uint8Array;
export type Row = Record<string, unknown>;

export const READ_NAMES = [
  "entries",
  "history",
  "settings",
  "setting",
  "cursors",
  "deliveries",
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
] as const;
export type WriteName = (typeof WRITE_NAMES)[number];

export abstract class SqlStore implements Store {
  abstract readonly description: string;
  protected abstract readonly watch: HeadWatch;

  abstract append(request: AppendRequest): Promise<AppendOutcome>;
  abstract head(): Promise<Position>;
  abstract close(): Promise<void>;
  /** The rows of a statement that changes nothing. */
  protected abstract query(name: ReadName, parameters: Parameter[]): Promise<readonly unknown[]>;
  /** Durable when it resolves, with the rows that the statement returns. */
  protected abstract change(name: WriteName, parameters: Parameter[]): Promise<readonly Row[]>;

  async read(after: Position, limit: number): Promise<readonly Entry[]> {
    const window = [wholeNumber(after, "`after`"), wholeNumber(limit, "`limit`")];
    return consecutiveEntries(await this.#rows<EntryRow>("entries", ...window), after);
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

  async #rows<R>(name: ReadName, ...parameters: Parameter[]): Promise<readonly R[]> {
    return (await this.query(name, parameters)) as readonly R[];
  }
}
