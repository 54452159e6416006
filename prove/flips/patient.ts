// The folder that bits are flipped in.
import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Flip, flipped } from "./choose.ts";

const SNAPSHOT = join("snapshots", "standings.snapshot");

/** A copy of the lived folder to break, made whole again before every flip. */
export class Patient {
  readonly dataFolder: string;
  readonly #whole: string;
  readonly database: Buffer;
  readonly snapshot: Buffer;

  constructor(folder: string, whole: string) {
    this.#whole = whole;
    this.dataFolder = join(folder, "flipped");
    this.database = readFileSync(join(whole, "heed.db"));
    this.snapshot = readFileSync(join(whole, SNAPSHOT));
  }

  /** `withoutSnapshot`: as after a crash, so that a start reads every entry. */
  flip({ file, at, bit }: Pick<Flip, "file" | "at" | "bit">, withoutSnapshot = false): void {
    this.heal();
    const [name, bytes] =
      file === "database" ? ["heed.db", this.database] : [SNAPSHOT, this.snapshot];
    writeFileSync(join(this.dataFolder, name), flipped(bytes, { at, bit }));
    if (withoutSnapshot) rmSync(join(this.dataFolder, SNAPSHOT));
  }

  /** Another database in the place of the whole one, and no snapshot. */
  replace(database: Uint8Array): void {
    this.heal();
    writeFileSync(join(this.dataFolder, "heed.db"), database);
    rmSync(join(this.dataFolder, SNAPSHOT));
  }

  heal(): void {
    for (const suffix of ["", ".anchor"]) {
      rmSync(this.dataFolder + suffix, { recursive: true, force: true });
      cpSync(this.#whole + suffix, this.dataFolder + suffix, { recursive: true });
    }
  }
}
