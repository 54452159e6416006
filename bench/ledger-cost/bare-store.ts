// The baseline of the ledger's cost: what the SQLite store does with an append, but for everything
// that proves it. The rows are as many and as long; the hashes in them are zeros.
import { createHash } from "node:crypto";
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { canonicalJson, type Json } from "../../src/ledger/canonical.ts";
import { type Draft, recordBytes } from "../../src/ledger/leaf.ts";
import { DEFAULT_GROUP_LIMITS, GroupCommit } from "../../src/store/group-commit.ts";
import type { AppendRequest } from "../../src/store/store.ts";
import type { BareAnswered, BareAppend, BareAsked, BareDraft } from "./protocol.ts";

const NO_COMMIT = "0".repeat(64);

export class BareStore {
  readonly #worker: Worker;
  readonly #commits: GroupCommit<BareAppend, number>;
  readonly #pending = new Map<number, (positions: readonly number[]) => void>();
  #nextId = 1;

  constructor(file: string) {
    this.#worker = new Worker(new URL("./bare-thread.ts", import.meta.url), {
      workerData: { file },
    });
    this.#worker.on("message", ({ id, positions }: BareAnswered) => {
      this.#pending.get(id)?.(positions);
      this.#pending.delete(id);
    });
    this.#commits = new GroupCommit(async (batch) => {
      const positions = await this.#ask(batch);
      return positions.map((outcome) => ({ outcome }));
    }, DEFAULT_GROUP_LIMITS);
  }

  /** Resolves with the first position, when it is on disk. */
  async append({ key, bodyHash, drafts }: AppendRequest): Promise<number> {
    const append: BareAppend = {
      key: new Uint8Array(createHash("sha256").update(key, "utf8").digest()),
      bodyHash,
      drafts: drafts.map(bareDraft),
    };
    const bytes = append.drafts.reduce((sum, { record }) => sum + record.length, 0);
    return await this.#commits.submit(append, { drafts: drafts.length, bytes });
  }

  async close(): Promise<void> {
    await this.#commits.drain();
    const exit = once(this.#worker, "exit");
    await this.#ask(null);
    await exit;
  }

  #ask(batch: BareAsked["batch"]): Promise<readonly number[]> {
    const id = this.#nextId++;
    return new Promise((resolve) => {
      this.#pending.set(id, resolve);
      this.#worker.postMessage({ id, batch } satisfies BareAsked);
    });
  }
}

/** See `leafFrameOf`: the same leaf, with zeros for the hash of its record. */
function bareDraft({ act, recordedAt, salt, token }: Draft): BareDraft {
  const { by, claimedAt, kind, receivedAt, refersTo, source, via } = act;
  const scopes = act.scopes as unknown as Json;
  const before = canonicalJson({ by, claimedAt, commit: NO_COMMIT, kind });
  const after = canonicalJson({ receivedAt, recordedAt, refersTo, scopes, source, v: 1, via });
  return {
    record: recordBytes(act),
    salt: Uint8Array.from(salt),
    token,
    recordedAt,
    before: `${before.slice(0, -1)},"position":`,
    after: `,${after.slice(1)}`,
  };
}
