/** Entries: acts as written in the ledger. */
import type { Act } from "./act.ts";
import type { Instant, Position } from "./words.ts";

export interface Entry {
  readonly position: Position;
  /** When the server wrote it. */
  readonly recordedAt: Instant;
  /** RFC 6962 leaf hash, lower-case hex: SHA-256(0x00 || leaf). */
  readonly leafHash: string;
  /**
   * Keyed hash of the address (HMAC-SHA-256, hex): how an erased person stays suppressed. Empty
   * (`LEDGER_TOKEN`) for an entry about the ledger itself.
   */
  readonly token: string;
  /** `null` once the record was erased; the leaf and the token stay. */
  readonly act: Act | null;
}
