// Judges what a power cut left: writes it to a folder, opens it with the store's own code, and
// compares it with what had been acknowledged.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { openConnection } from "../../src/store/sqlite/connection.ts";
import type { Recording } from "./record.ts";
import type { Ack } from "./replay.ts";

const DATABASE = "heed.db";

export class Judge {
  readonly #recording: Recording;
  readonly #folder: string;

  /** `folder` is emptied for every judgement; one in memory makes thousands of them quick. */
  constructor(recording: Recording, folder: string) {
    this.#recording = recording;
    this.#folder = folder;
  }

  /** What is wrong, in words; empty when nothing that was acknowledged is missing. */
  faultsOf(files: ReadonlyMap<string, Buffer>, acks: readonly Ack[]): string[] {
    rmSync(this.#folder, { recursive: true, force: true });
    mkdirSync(this.#folder, { recursive: true });
    for (const [path, bytes] of files) {
      const [, inData] = path.split(`${this.#recording.dataFolder}/`);
      if (inData === undefined) continue;
      const file = join(this.#folder, inData);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, bytes);
    }
    const database = join(this.#recording.dataFolder, DATABASE);
    const lost = acks.length > 0 && !files.has(database) ? ["the database's file is gone"] : [];
    return [...lost, ...this.#judgeOpened(files, acks)];
  }

  #judgeOpened(files: ReadonlyMap<string, Buffer>, acks: readonly Ack[]): string[] {
    let opened: ReturnType<typeof openConnection>;
    try {
      // quick_check and the check of the head are part of opening.
      opened = openConnection(join(this.#folder, DATABASE));
    } catch (error) {
      return [`the store does not open: ${(error as Error).message}`];
    }
    try {
      const rows = opened.database
        .prepare(
          "SELECT e.position, e.leaf_hash, r.record FROM entries e LEFT JOIN records r USING (position)",
        )
        .all();
      const begun = opened.database
        .prepare("SELECT 1 FROM settings WHERE kind = 'installation' AND id = 'secrets'")
        .get();
      const found = new Map(
        rows
          .filter(({ record }) => record !== null)
          .map((row) => [
            Number(row.position),
            Buffer.from(row.leaf_hash as Uint8Array).toString("hex"),
          ]),
      );
      return [
        ...missing(acks, found),
        ...invented(this.#recording.entries, found),
        ...this.#secretFaults(files, begun !== undefined),
      ];
    } finally {
      opened.database.close();
    }
  }

  /** Without its keys a database is of no use: a server with other ones finds nobody's history. */
  #secretFaults(files: ReadonlyMap<string, Buffer>, isNeeded: boolean): string[] {
    return [...this.#recording.secrets].flatMap(([name, contents]) => {
      const bytes = files.get(`${this.#recording.dataFolder}/${name}`);
      if (bytes === undefined) return isNeeded ? [`\`${name}\` is lost`] : [];
      // Before anything depends on it another one may be made, but never half of one.
      if (
        bytes.toString("latin1") === contents ||
        (!isNeeded && bytes.length === contents.length)
      ) {
        return [];
      }
      return [`\`${name}\` is damaged`];
    });
  }
}

function missing(acks: readonly Ack[], found: ReadonlyMap<number, string>): string[] {
  return acks
    .filter(({ position, leafHash }) => found.get(position) !== leafHash)
    .map(({ position }) => `entry ${position} was acknowledged and is lost`);
}

function invented(
  entries: ReadonlyMap<number, string>,
  found: ReadonlyMap<number, string>,
): string[] {
  return [...found]
    .filter(([position, hash]) => entries.get(position) !== hash)
    .map(([position]) => `entry ${position} is not the one that was written`);
}
