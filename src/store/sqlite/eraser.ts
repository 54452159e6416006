/**
 * Takes people's data out of the tables, inside the transaction that writes the erasure. It is gone
 * from the files once that transaction's log was written back and cut off.
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Position } from "../../domain/words.ts";
import { type DeliveryRow, isErasable } from "../rows.ts";
import { ERASES, WRITES } from "./statements.ts";

/** What a delivery says of its last error once that was erased: JSON, like the others. */
const NO_ERROR = JSON.stringify("");

export class Eraser {
  readonly #findRecords: StatementSync;
  readonly #addErasure: StatementSync;
  readonly #eraseRecord: StatementSync;
  readonly #allDeliveries: StatementSync;
  readonly #clearDeliveries: StatementSync;
  readonly #putDelivery: StatementSync;
  readonly #deleteSendsTo: StatementSync;

  constructor(database: DatabaseSync) {
    this.#findRecords = database.prepare(ERASES.findRecords);
    this.#addErasure = database.prepare(ERASES.addErasure);
    this.#eraseRecord = database.prepare(ERASES.eraseRecord);
    this.#allDeliveries = database.prepare(ERASES.allDeliveries);
    this.#clearDeliveries = database.prepare(ERASES.clearDeliveries);
    this.#putDelivery = database.prepare(WRITES.putDelivery);
    this.#deleteSendsTo = database.prepare(ERASES.deleteSendsTo);
  }

  /**
   * Everything about these tokens before `first`, the first entry of the append that erases.
   * LIMIT: copies of rows of sends may stay in unused parts of pages until these are used again.
   * They hold no address and no words, but a keyed hash and when somebody was sent something.
   */
  erase(tokens: readonly string[], first: Position, erasedBy: Position): void {
    for (const token of new Set(tokens)) {
      for (const { position, leaf } of this.#findRecords.all(token, first)) {
        if (!isErasable(leaf as Uint8Array)) continue;
        this.#addErasure.run(position!, erasedBy);
        this.#eraseRecord.run(position!);
      }
      this.#deleteSendsTo.run(token);
    }
    this.#rewriteDeliveries(tokens);
  }

  /**
   * All of them, also when none is about these tokens: deliveries come and go, and SQLite leaves
   * copies of rows that it moves in unused parts of its pages. Clearing the table zeroes its pages.
   */
  #rewriteDeliveries(tokens: readonly string[]): void {
    const rows = this.#allDeliveries.all() as unknown as DeliveryRow[];
    this.#clearDeliveries.run();
    for (const row of rows) {
      const lastError = tokens.includes(row.token) ? NO_ERROR : row.last_error;
      const { destination, position, token, attempts, state, next_attempt_at } = row;
      const start = [destination, position, token, attempts, state, next_attempt_at];
      this.#putDelivery.run(...start, lastError);
    }
  }
}
