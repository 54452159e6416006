/** Puts sends on record, inside the transaction of their batch. */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { chooseSends, type PreparedSend, type SendsReply } from "../send-rows.ts";
import { rowSum } from "./row-sum.ts";
import { READS, SENDS } from "./statements.ts";

export class SendWriter {
  readonly #head: StatementSync;
  readonly #findKey: StatementSync;
  readonly #add: StatementSync;
  readonly #addKey: StatementSync;
  readonly #moveHead: StatementSync;

  constructor(database: DatabaseSync) {
    this.#head = database.prepare(READS.sendsHead);
    this.#findKey = database.prepare(SENDS.findSendKey);
    this.#add = database.prepare(SENDS.addSend);
    this.#addKey = database.prepare(SENDS.addSendKey);
    this.#moveHead = database.prepare(SENDS.moveSendsHead);
  }

  write(sends: readonly PreparedSend[]): SendsReply {
    const fresh = chooseSends(sends, (key) => this.#findKey.get(key)?.body_hash as string);
    if ("conflict" in fresh) return { status: "conflict", index: fresh.conflict };
    const head = Number(this.#head.get()?.serial);
    for (const [at, index] of fresh.entries()) this.#addOne(head + 1 + at, sends[index]!);
    if (fresh.length > 0) {
      const serial = head + fresh.length;
      this.#moveHead.run(serial, rowSum("sends_head", 1, serial));
    }
    return { status: "recorded", first: head + 1, fresh };
  }

  #addOne(serial: number, { columns, key, bodyHash }: PreparedSend): void {
    this.#add.run(serial, ...columns, rowSum("sends", serial, ...columns));
    if (key === null) return;
    const row = [key, bodyHash, serial] as const;
    this.#addKey.run(...row, rowSum("send_keys", ...row));
  }
}
