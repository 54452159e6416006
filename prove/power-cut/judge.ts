// Judges what a power cut left: writes it to a folder, opens it with the store's own code, and
// compares it with what had been acknowledged. And asks, with the server's own question, whether it
// would start locked: a power cut alone must never look like a ledger that somebody put back.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { decideLock } from "../../src/app/decide-lock.ts";
import { appendLeafHashes, EMPTY_FRONTIER, rootOf } from "../../src/ledger/frontier.ts";
import { parseSigningKey } from "../../src/ledger/note-key.ts";
import { MARKER, parseAnchorFile } from "../../src/runtime/anchor-file.ts";
import { openConnection } from "../../src/store/sqlite/connection.ts";
import type { Recording } from "./record.ts";
import type { Ack } from "./replay.ts";

const DATABASE = "heed.db";
const SIGNING_KEY = "keys/signing-key";

/** The setting that says what the database was begun with; from then on the file must be there. */
const NEEDED_SINCE: Readonly<Record<string, string>> = {
  "keys/pepper": "secrets",
  "keys/link-key": "secrets",
  [SIGNING_KEY]: "signing-key",
};

export class Judge {
  readonly #recording: Recording;
  readonly #folder: string;
  /** Of the first n entries. */
  readonly #roots: readonly Uint8Array[];

  /** `folder` is emptied for every judgement; one in memory makes thousands of them quick. */
  constructor(recording: Recording, folder: string) {
    this.#recording = recording;
    this.#folder = folder;
    this.#roots = rootsOf(recording.entries);
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
        .prepare("SELECT id FROM settings WHERE kind = 'installation'")
        .all()
        .map(({ id }) => String(id));
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
        ...this.#secretFaults(files, new Set(begun)),
        ...this.#lockFaults(files, found.size),
      ];
    } finally {
      opened.database.close();
    }
  }

  /** Without its keys a database is of no use: a server with other ones finds nobody's history. */
  #secretFaults(files: ReadonlyMap<string, Buffer>, begun: ReadonlySet<string>): string[] {
    return [...this.#recording.secrets].flatMap(([name, contents]) => {
      const isNeeded = begun.has(NEEDED_SINCE[name] ?? "");
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

  #lockFaults(files: ReadonlyMap<string, Buffer>, size: number): string[] {
    const { dataFolder } = this.#recording;
    const path = `${dataFolder}.anchor`;
    const bytes = files.get(path);
    const anchor = bytes === undefined ? "none" : parseAnchorFile(bytes)?.anchor;
    const key = parseSigningKey(
      (files.get(`${dataFolder}/${SIGNING_KEY}`) ?? "").toString().trim(),
    );
    const lock = decideLock(
      { anchor: anchor ?? "unreadable", wasAnchored: files.has(`${dataFolder}/${MARKER}`), path },
      {
        // A server without its key makes another one, of another log.
        origin: "problem" in key ? "another log" : key.name,
        tree: { size, root: this.#rootAt(size) },
        rootAtAnchor: typeof anchor === "object" ? this.#rootAt(anchor.tree.size) : null,
      },
    );
    return lock === null ? [] : [`it starts locked: ${lock.text}`];
  }

  /** INVARIANT: `invented` says whether the entries are those that were recorded. */
  #rootAt(size: number): Uint8Array {
    return this.#roots[size] ?? new Uint8Array();
  }
}

function rootsOf(entries: ReadonlyMap<number, string>): Uint8Array[] {
  let frontier = EMPTY_FRONTIER;
  const roots = [rootOf(frontier)];
  for (let position = 1; position <= entries.size; position++) {
    const hash = Buffer.from(entries.get(position) ?? "", "hex");
    ({ frontier } = appendLeafHashes(frontier, [new Uint8Array(hash)]));
    roots.push(rootOf(frontier));
  }
  return roots;
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
