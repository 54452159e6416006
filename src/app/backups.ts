/**
 * Backups: a copy of the ledger with what is needed to check it, as a folder. What they hold and how
 * a restore trusts them is in docs/formats/backup.md; `runtime/make-backup.ts` writes them.
 */
import { type Static, Type } from "typebox";
import Value from "typebox/value";

export const BACKUP_FORMAT = "heed-backup@v1";

const closed = { additionalProperties: false } as const;
const Hash = Type.String({ pattern: "^[0-9a-f]{64}$" });

/**
 * `manifest.json` is written last, so a folder without one is a backup that was never finished.
 * Its hashes show damage. Whoever can change the folder can change them too: that the ledger was not
 * changed is for the checkpoint to show, which only the log's key can sign.
 */
export const ManifestSchema = Type.Object(
  {
    format: Type.Literal(BACKUP_FORMAT),
    /** Version of the Heed that made it. */
    heed: Type.String(),
    /** Milliseconds since the epoch. */
    madeAt: Type.Integer({ minimum: 0 }),
    entries: Type.Integer({ minimum: 0 }),
    /** Of the tree over these entries. */
    root: Hash,
    /** Whether there is a checkpoint: a server that is locked or lacks its key signs nothing. */
    signed: Type.Boolean(),
    withKeys: Type.Boolean(),
    /** SHA-256 of every other file, by its path in the folder. */
    files: Type.Record(
      Type.String({ pattern: "^(heed\\.db|checkpoint|vkeys|(lists|keys)/[A-Za-z0-9][\\w.-]*)$" }),
      Hash,
      closed,
    ),
  },
  closed,
);
export type Manifest = Static<typeof ManifestSchema>;

/** `null` for a text that is no manifest, or one of a format that this version does not know. */
export function parseManifest(text: string): Manifest | null {
  try {
    const manifest: unknown = JSON.parse(text);
    return Value.Check(ManifestSchema, manifest) && manifest.files["heed.db"] !== undefined
      ? manifest
      : null;
  } catch {
    return null;
  }
}

export interface BackupRequest {
  /** Absolute path on the server's machine of a folder that is not there yet, or is empty. */
  readonly folder: string;
  /** Also the keys, which makes the folder as secret as the installation itself. */
  readonly withKeys: boolean;
}

export interface BackupReport extends BackupRequest {
  readonly madeAt: number;
  readonly entries: number;
  /** Hex. */
  readonly root: string;
  readonly signed: boolean;
  /** Of all its files. */
  readonly bytes: number;
  /** Keys that were asked for and are no files: they are given by these variables. */
  readonly keysElsewhere: readonly string[];
}

export interface Backups {
  /** Resolves when the backup is complete and on disk. Rejects with a `Problem` or what failed. */
  make(request: BackupRequest): Promise<BackupReport>;
}
