// What the proof must be able to see: people who were not erased, every form that it knows, and
// erasures by somebody who thinks that a DELETE is enough.
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Control } from "../proof.ts";
import type { Person } from "./crowd.ts";
import { formsOf } from "./forms.ts";
import { ByteSearch } from "./search.ts";
import type { Site } from "./site.ts";

/** The server has stopped; `copies` is a folder for what the controls break. */
export function breakOn(
  site: Site,
  present: readonly Person[],
  erased: readonly Person[],
  copies: string,
): readonly Control[] {
  mkdirSync(copies);
  return [
    findForms(erased, join(copies, "forms")),
    deletePlainly(site, present, join(copies, "plain"), "OFF"),
    deletePlainly(site, present, join(copies, "uncut"), "ON"),
  ];
}

/** While the server runs, with everything there is. */
export function findPresent(site: Site, present: readonly Person[]): Control {
  const search = new ByteSearch(present.map(({ address }) => address));
  const { findings } = search.lookThrough(site.folder);
  const found = new Set(findings.map(({ address }) => address));
  const places = ["heed.db", "lists", "snapshots", "scrubs"];
  const seenIn = places.filter((place) => findings.some(({ file }) => file.includes(place)));
  return {
    name: "somebody who was not erased",
    caught: found.size === present.length && seenIn.length === places.length,
    found: `${found.size} of ${present.length} found, in ${seenIn.join(", ")}`,
  };
}

/** Each form of each person in a file of its own, among other bytes. */
function findForms(people: readonly Person[], folder: string): Control {
  mkdirSync(folder);
  const some = people.slice(0, 20);
  const search = new ByteSearch(some.map(({ address }) => address));
  let planted = 0;
  let found = 0;
  for (const { address } of some) {
    for (const [form, bytes] of formsOf(address)) {
      const hay = Buffer.concat([Buffer.alloc(planted % 61, 0xa5), bytes, Buffer.alloc(7, 0x5a)]);
      planted += 1;
      const seen = [...search.inBytes(hay)].map((pattern) => pattern.address);
      if (seen.includes(address)) found += 1;
      else writeFileSync(join(folder, String(planted)), form);
    }
  }
  return {
    name: "an address in any form among other bytes",
    caught: planted > 0 && found === planted,
    found: `${found} of ${planted} found`,
  };
}

/**
 * Deletes records in a copy of the database. `OFF`: SQLite leaves the bytes in free space. `ON`: it
 * overwrites them, but in its log, and the file keeps what it had until that is written back.
 */
function deletePlainly(
  site: Site,
  people: readonly Person[],
  folder: string,
  secureDelete: "ON" | "OFF",
): Control {
  mkdirSync(folder);
  const file = join(folder, "heed.db");
  copyFileSync(join(site.dataFolder, "heed.db"), file);
  const database = new DatabaseSync(file);
  try {
    database.exec(`PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0`);
    database.exec(`PRAGMA secure_delete=${secureDelete}; DROP TRIGGER records_no_delete`);
    const records = database.prepare(
      "DELETE FROM records WHERE position IN (SELECT position FROM records ORDER BY position LIMIT -1 OFFSET 5)",
    );
    const { changes } = records.run();
    if (secureDelete === "OFF") database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    const { findings } = new ByteSearch(people.map(({ address }) => address)).lookThrough(folder);
    const found = new Set(findings.map(({ address }) => address));
    return {
      name:
        secureDelete === "OFF"
          ? "records deleted without secure_delete"
          : "records deleted without writing the log back",
      caught: found.size > 0,
      found: `${found.size} people still there after ${changes} records were deleted`,
    };
  } finally {
    database.close();
  }
}
