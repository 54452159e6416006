/**
 * Verifies a data folder or a backup without changing a byte of it: the ledger entry by entry, the
 * database under it, the anchor beside it, and the snapshot that the next start would trust. What
 * could not be checked is told, because it is not proven.
 *
 * LIMIT: comparing the snapshot takes as much memory as the standings of two servers.
 */
import { createReadStream, existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { type Manifest, parseManifest } from "../app/backups.ts";
import type { InstallationSecrets } from "../app/installation-secrets.ts";
import { type LedgerReport, type RememberedTree, verifyLedger } from "../app/verify-ledger.ts";
import type { Progress } from "../app/verify-report.ts";
import type { Entry } from "../domain/entry.ts";
import type { Position } from "../domain/words.ts";
import { openCheckpoint } from "../ledger/checkpoint.ts";
import { parseVkey, type Verifier } from "../ledger/note-key.ts";
import type { TokensOf } from "../ledger/sealed-check.ts";
import { compareStandings } from "../sets/compare-standings.ts";
import { readSnapshot } from "../sets/snapshot.ts";
import { Standings } from "../sets/standings.ts";
import { openPostgresStore } from "../store/postgres/open-postgres-store.ts";
import { inspectFile } from "../store/sqlite/inspect.ts";
import { openToRead } from "../store/sqlite/read-only-store.ts";
import { type Store, StoreInUse, UnsafeStore } from "../store/store.ts";
import { parseAnchorFile } from "./anchor-file.ts";
import { type Config, ConfigProblem } from "./config.ts";
import { hashFile } from "./durable-files.ts";
import type { Env } from "./key-folder.ts";
import { readVkeys } from "./read-vkeys.ts";
import { MANIFEST_FILE, UNFINISHED_FILE } from "./restore-source.ts";
import { compareSecrets, readSecrets } from "./secrets.ts";
import { LEDGER_FILE, stagingFolder } from "./staging.ts";
import { SNAPSHOT_FILE } from "./standings-file.ts";

export interface FolderChecks {
  readonly config: Pick<Config, "dataFolder" | "anchorFile" | "databaseUrl">;
  readonly env: Env;
  /** Keys that are believed; without any, those of the folder. */
  readonly vkeys: readonly string[];
  /** Checkpoints from before: the ledger must begin with each. */
  readonly checkpoints?: readonly string[];
  readonly onProgress?: Progress;
  /** For a control. */
  readonly withoutHashes?: boolean;
}

export interface FolderReport {
  readonly kind: "data folder" | "backup" | "database";
  /** `null` when it cannot be read at all. */
  readonly ledger: LedgerReport | null;
  /** What else is wrong, one sentence each. */
  readonly findings: readonly string[];
  /** What was found to be right. */
  readonly proven: readonly string[];
  /** What could not be checked, and why. */
  readonly unchecked: readonly string[];
}

/** Throws `StoreInUse` while a server has the folder, and `ConfigProblem` when there is no ledger. */
export async function verifyFolder(checks: FolderChecks): Promise<FolderReport> {
  return await new FolderVerification(checks).run();
}

class FolderVerification {
  readonly #checks: FolderChecks;
  readonly #findings: string[] = [];
  readonly #proven: string[] = [];
  readonly #unchecked: string[] = [];

  constructor(checks: FolderChecks) {
    this.#checks = checks;
  }

  async run(): Promise<FolderReport> {
    const { databaseUrl } = this.#checks.config;
    const manifest = databaseUrl === null ? await this.#manifest() : null;
    const secrets = await this.#attempt(() => readSecrets(this.#folder, this.#checks.env));
    const vkeys = await this.#attempt(() => this.#vkeys());
    const remembered = await this.#remembered(manifest, vkeys ?? []);
    const store = await this.#open();
    let ledger: LedgerReport | null = null;
    if (store !== null) {
      try {
        ledger = await this.#verify(store, secrets, remembered);
      } finally {
        await store.close();
      }
    }
    const kind = databaseUrl !== null ? "database" : manifest === null ? "data folder" : "backup";
    const [findings, proven, unchecked] = [this.#findings, this.#proven, this.#unchecked];
    return { kind, ledger, findings, proven, unchecked };
  }

  get #folder(): string {
    return this.#checks.config.dataFolder;
  }

  /** What cannot be used is a finding, and the rest is verified all the same. */
  async #attempt<Value>(work: () => Promise<Value>): Promise<Value | null> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ConfigProblem)) throw error;
      this.#findings.push(`${error.message}.`);
      return null;
    }
  }

  /** That of a backup, with its files compared; `null` for a data folder. */
  async #manifest(): Promise<Manifest | null> {
    const file = path.join(this.#folder, MANIFEST_FILE);
    if (existsSync(path.join(this.#folder, UNFINISHED_FILE))) {
      throw new ConfigProblem(`${this.#folder} is a backup that was never finished`);
    }
    if (!existsSync(file)) return null;
    const manifest = parseManifest(await readFile(file, "utf8"));
    if (manifest === null) {
      this.#findings.push(`${file} is damaged, or of a Heed that this one does not know.`);
      return null;
    }
    for (const [name, sha256] of Object.entries(manifest.files)) {
      const place = path.join(this.#folder, name);
      const found = existsSync(place) ? (await hashFile(place)).sha256 : null;
      if (found === null) this.#findings.push(`The backup lacks its file ${name}.`);
      else if (found !== sha256)
        this.#findings.push(`${name} is not as the manifest describes it.`);
    }
    return manifest;
  }

  /** The keys that are believed. Those in a backup are only what it says of itself. */
  async #vkeys(): Promise<readonly string[]> {
    const { vkeys, env } = this.#checks;
    return vkeys.length > 0 ? vkeys : await readVkeys(this.#folder, env);
  }

  /** The trees that the ledger must begin with: those of the anchor, a backup, and checkpoints. */
  async #remembered(
    manifest: Manifest | null,
    vkeys: readonly string[],
  ): Promise<readonly RememberedTree[]> {
    const known = vkeys.map(parseVkey).filter((key): key is Verifier => !("problem" in key));
    const trees: RememberedTree[] = [];
    if (manifest === null) trees.push(...(await this.#anchor(known)));
    else trees.push(...(await this.#ofBackup(manifest, known)));
    for (const note of this.#checks.checkpoints ?? []) {
      const tree = this.#signedTree(note, known, "the earlier checkpoint");
      if (tree !== null) trees.push(tree);
    }
    return trees;
  }

  async #anchor(known: readonly Verifier[]): Promise<RememberedTree[]> {
    const { anchorFile } = this.#checks.config;
    const bytes = await readFile(anchorFile).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return null;
      throw error;
    });
    if (bytes === null) {
      this.#unchecked.push(
        `Whether entries are missing at its end: there is no anchor at ${anchorFile} to compare it with.`,
      );
      return [];
    }
    const slot = parseAnchorFile(bytes);
    if (slot === null) {
      this.#findings.push(`The anchor ${anchorFile} is damaged.`);
      return [];
    }
    const { origin, tree } = slot.anchor;
    if (known.length > 0 && !known.some(({ name }) => name === origin)) {
      this.#findings.push(`The anchor ${anchorFile} is of another log, \`${origin}\`.`);
    }
    return [{ ...tree, who: `the anchor (${anchorFile})` }];
  }

  async #ofBackup(
    { entries, root, signed }: Manifest,
    known: readonly Verifier[],
  ): Promise<RememberedTree[]> {
    const said = { size: entries, root: Buffer.from(root, "hex"), who: "the manifest" };
    const file = path.join(this.#folder, "checkpoint");
    if (!signed || !existsSync(file)) {
      this.#unchecked.push("Whether it is the ledger that was signed: it has no checkpoint.");
      return [said];
    }
    if (known.length === 0) {
      this.#unchecked.push(
        "Whether it is the ledger that was signed: give the key of the log with --key.",
      );
      return [said];
    }
    const tree = this.#signedTree(await readFile(file, "utf8"), known, "the checkpoint");
    return tree === null ? [said] : [said, tree];
  }

  #signedTree(note: string, known: readonly Verifier[], who: string): RememberedTree | null {
    const opened = openCheckpoint(note, known);
    if ("problem" in opened) {
      this.#findings.push(
        `${who[0]?.toUpperCase()}${who.slice(1)} cannot be used. ${opened.problem}`,
      );
      return null;
    }
    const { size, root, signedBy } = opened;
    return { size, root, who: `${who}, signed by \`${signedBy[0]?.keyId}\`,` };
  }

  /** `null` when the file is such that nothing in it can be read. */
  async #open(): Promise<Store | null> {
    const { databaseUrl } = this.#checks.config;
    if (databaseUrl !== null) return await openPostgresStore({ url: databaseUrl });
    const file = path.join(this.#folder, LEDGER_FILE);
    if (!existsSync(file)) {
      const waits = existsSync(path.join(stagingFolder(this.#folder), LEDGER_FILE));
      throw new ConfigProblem(
        waits
          ? `a restore into ${this.#folder} was interrupted; start Heed on it, which finishes it`
          : `there is no ledger in ${this.#folder}; say where it is: --data or HEED_DATA`,
      );
    }
    for (const { text } of inspectFile(file)) this.#findings.push(text);
    try {
      return openToRead(file);
    } catch (error) {
      if (error instanceof StoreInUse || !(error instanceof UnsafeStore)) throw error;
      return null;
    }
  }

  async #verify(
    store: Store,
    secrets: InstallationSecrets | null,
    remembered: readonly RememberedTree[],
  ): Promise<LedgerReport> {
    const { onProgress, withoutHashes } = this.#checks;
    const tokensOf = await this.#tokensOf(store, secrets);
    const snapshot = tokensOf === null ? null : await this.#snapshot(tokensOf);
    const folding = tokensOf === null || snapshot === null ? null : new Folding(tokensOf, snapshot);
    const ledger = await verifyLedger({
      store,
      tokensOf,
      remembered,
      ...(onProgress === undefined ? {} : { onProgress }),
      withoutHashes: withoutHashes ?? false,
      onSound: (entry) => folding?.take(entry),
    });
    for (const { who, size } of remembered) {
      const isHeld = !ledger.findings.some((finding) => finding.includes(who));
      if (isHeld) this.#proven.push(`It begins with the ${size} entries that ${who} says.`);
    }
    const found = folding?.finding() ?? null;
    if (found !== null) this.#findings.push(found);
    else if (folding !== null) {
      this.#proven.push("The snapshot of the standings says what the ledger says.");
    }
    return ledger;
  }

  /** `null` when the tokens of addresses cannot be known. */
  async #tokensOf(store: Store, secrets: InstallationSecrets | null): Promise<TokensOf | null> {
    if (secrets === null) {
      this.#unchecked.push(
        "Whether tokens are those of the addresses: the pepper is not here (`keys`, HEED_PEPPER).",
      );
      return null;
    }
    try {
      await compareSecrets(store, secrets);
      return secrets.tokensOf;
    } catch (error) {
      this.#findings.push(`${(error as Error).message}.`);
      return null;
    }
  }

  /** `null` when there is none, or none that can be used. */
  async #snapshot(tokensOf: TokensOf): Promise<Standings | null> {
    const file = path.join(this.#folder, "snapshots", SNAPSHOT_FILE);
    if (!existsSync(file)) return null;
    try {
      return await readSnapshot(createReadStream(file), tokensOf);
    } catch (error) {
      this.#findings.push(`The snapshot ${file} cannot be used: it ${(error as Error).message}.`);
      return null;
    }
  }
}

/** The snapshot of the standings and a new fold of the ledger, side by side. */
class Folding {
  readonly #tokensOf: TokensOf;
  readonly #snapshot: Standings;
  /** The entry that the snapshot is as of. */
  readonly #at: Position;
  readonly #leafHash: string;
  readonly #folded: Standings;
  #isOfLedger = true;
  #hasStopped = false;

  constructor(tokensOf: TokensOf, snapshot: Standings) {
    this.#tokensOf = tokensOf;
    this.#snapshot = snapshot;
    this.#at = snapshot.position;
    this.#leafHash = snapshot.leafHash;
    this.#folded = new Standings(tokensOf);
  }

  take(entry: Entry): void {
    if (this.#hasStopped) return;
    if (entry.position === this.#at) this.#isOfLedger = entry.leafHash === this.#leafHash;
    try {
      this.#folded.apply(entry);
      this.#snapshot.apply(entry);
    } catch {
      // A token that is none, of an entry that was erased: that is found at its erasure.
      this.#hasStopped = true;
    }
  }

  /** What is wrong with the snapshot; `null` when nothing is. */
  finding(): string | null {
    const { position } = this.#folded;
    if (!this.#isOfLedger) return "The snapshot of the standings is of another ledger.";
    if (position < this.#at || this.#hasStopped) {
      return (
        `The snapshot of the standings is as of entry ${this.#at}, and the ledger can be relied ` +
        `on up to entry ${position}.`
      );
    }
    const difference = compareStandings(this.#folded, this.#snapshot, this.#tokensOf);
    if (difference === null) return null;
    const { people } = difference;
    return (
      `The snapshot of the standings says something else than the ledger about ${people} ` +
      `${people === 1 ? "person" : "people"}, the first in entry ${difference.position}.`
    );
  }
}
