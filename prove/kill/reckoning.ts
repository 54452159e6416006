// What was promised by processes that were killed, and what was found afterwards. Throws at the
// first entry that is missing, doubled or out of order.
import assert from "node:assert/strict";
import type { Entry } from "../../src/domain/entry.ts";
import type { Store } from "../../src/store/store.ts";

export class Reckoning {
  /** Position of every entry found, by message id. */
  readonly found = new Map<string, number>();
  /** First position of every key that was acknowledged. */
  readonly promised = new Map<string, number>();
  unchecked: string[] = [];
  head = 0;

  entry(position: number, messageId: string): void {
    assert.equal(position, this.head + 1, "positions have no gap");
    assert.ok(!this.found.has(messageId), `${messageId} is there twice`);
    this.found.set(messageId, position);
    this.head = position;
  }

  hear(lines: readonly string[][], known = new Map(this.promised)): void {
    for (const [word, key = "", position, status] of lines) {
      if (word === "entry") this.entry(Number(key), position ?? "");
      assert.notEqual(word, "conflict", `${key} is a conflict`);
      if (word === "retried" && known.has(key)) {
        assert.equal(status, "replayed", `${key} was acknowledged before`);
        assert.equal(Number(position), known.get(key));
      }
      if (word === "ack" || word === "retried") {
        this.promised.set(key, Number(position));
        this.unchecked.push(key);
      }
    }
  }

  /** Called when everything that is there has been found. */
  check(): void {
    for (const key of this.unchecked) {
      const position = this.promised.get(key) ?? 0;
      assert.equal(this.found.get(`${key}/0`), position, `${key} was acknowledged and is missing`);
      if (key.endsWith("2")) assert.equal(this.found.get(`${key}/1`), position + 1);
    }
    this.unchecked = [];
  }

  /** Keys to send again: some that were acknowledged, and some that may never have arrived. */
  keysToRetry(): string[] {
    const last = [...this.promised.keys()].slice(-3);
    const next = last.map((key) => key.replace(/\d+$/u, (n) => String(Number(n) + 1)));
    return [...last, ...next];
  }

  /** Reads what the store has more, and checks. */
  async catchUp(store: Store): Promise<void> {
    for (;;) {
      const entries: readonly Entry[] = await store.read(this.head, 1000);
      if (entries.length === 0) break;
      for (const { position, act } of entries) this.entry(position, act?.messageId ?? "");
    }
    this.check();
  }
}
