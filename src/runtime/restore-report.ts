/** What a restore is asked for, and what it says when it is done. */
import type { CarriedOver } from "../app/carry-over.ts";
import type { Lock } from "../app/head-guard.ts";
import type { Clock, RandomBytes } from "../app/ports.ts";
import type { Position } from "../domain/words.ts";
import type { Config } from "./config.ts";
import type { Env } from "./key-folder.ts";
import type { RestoreSource } from "./restore-source.ts";

export interface RestoreRequest {
  readonly config: Config;
  readonly env: Env;
  /** A backup's folder, a data folder or a database file. */
  readonly place: string;
  readonly clock: Clock;
  readonly random: RandomBytes;
}

export interface RestoreReport {
  readonly kind: RestoreSource["kind"];
  /** When the backup was made; `null` when nobody knows. */
  readonly madeAt: number | null;
  /** Of the copy, before anything was added. */
  readonly entries: Position;
  /** Hex. */
  readonly root: string;
  /** What could not be checked, one sentence each. */
  readonly unchecked: readonly string[];
  /** From the ledger that was in its place; `null` when there was none, or it cannot be read. */
  readonly carried: (CarriedOver & { readonly unreadable: number; readonly sends: number }) | null;
  /** Why nothing could be carried over from the ledger that was in its place. */
  readonly notCarried: string | null;
  /** API keys that the backup brought back and that had been revoked since: they stay revoked. */
  readonly revokedKeys: number;
  /** Where the ledger is that was in its place. */
  readonly replacedIn: string | null;
  /** Entries now. */
  readonly size: Position;
  /** What the next start finds when it compares the ledger with its anchor. */
  readonly lock: Lock | null;
}
