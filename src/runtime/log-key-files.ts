/**
 * The keys that sign the log, as files in the folder of the installation's keys:
 *
 * - `signing-key`: the present one, secret.
 * - `next-signing-key`: one that takes over as soon as the ledger has its entry, secret.
 * - `retired-vkeys`: what any key signed is checked with these, for ever.
 * - `handover-<id>.json`: how the key before it vouched for the key with this id.
 *
 * Or in HEED_SIGNING_KEY: the present one, then those before it, separated by commas.
 * INVARIANT: a vkey is kept before any other key is in force, and that of a new log before it signs,
 * so that no receipt is orphaned by a crash or by a ledger that forgot the key. Which key is in force
 * is for the ledger to say: of several servers one may lack the newest.
 */
import type { Finding } from "../app/finding.ts";
import type { SigningKeyChange } from "../app/known-keys.ts";
import type { KeyChange, LogKeys } from "../app/log-keys.ts";
import type { RandomBytes } from "../app/ports.ts";
import {
  parseSigningKey,
  parseVkey,
  type Signer,
  signingKeyText,
  type Verifier,
} from "../ledger/note-key.ts";
import type { Receipt } from "../ledger/receipt.ts";
import { ConfigProblem } from "./config.ts";
import { examineKeyFiles } from "./examine-keys.ts";
import type { KeyFolder } from "./key-folder.ts";
import { type LogNaming, nameLog } from "./log-name.ts";

export const SIGNING_KEY_FILE = "signing-key";
export const NEXT_FILE = "next-signing-key";
export const RETIRED_FILE = "retired-vkeys";
export const SEED_BYTES = 32;

/** What was found, and what the ledger says. */
export interface LogKeyParts {
  readonly folder: KeyFolder;
  readonly naming: LogNaming;
  readonly random: RandomBytes;
  /** The keys of HEED_SIGNING_KEY; `null` when they are in files. */
  readonly given: readonly Signer[] | null;
  readonly present: Signer | null;
  readonly next: Signer | null;
  readonly retired: readonly Verifier[];
  readonly handovers: ReadonlyMap<string, Receipt>;
  /** The key that the ledger was begun with. */
  readonly first: Verifier;
  readonly changes: readonly SigningKeyChange[];
}

export class LogKeyFiles implements LogKeys {
  readonly #parts: LogKeyParts;
  #present: Signer | null;
  #next: Signer | null;
  #retired: readonly Verifier[];
  readonly #handovers: Map<string, Receipt>;
  readonly #changes: SigningKeyChange[];
  /** What the ledger knows of, or will as soon as a new log has its entry. */
  #inForce: string;
  /** The key of the log before, while the new log's entry is missing. */
  #before: Verifier | null = null;

  constructor(parts: LogKeyParts) {
    this.#parts = parts;
    this.#present = parts.present;
    this.#next = parts.next;
    this.#retired = parts.retired;
    this.#handovers = new Map(parts.handovers);
    this.#changes = [...parts.changes];
    this.#inForce = parts.changes.at(-1)?.to ?? parts.first.keyId;
  }

  get origin(): string {
    return (this.signer ?? this.change?.to)?.name ?? nameOf(this.#inForce);
  }

  get signer(): Signer | null {
    // Its vkey is kept only once the anchor is the new log's.
    if (this.#before !== null) return null;
    return this.#held.find(({ keyId }) => keyId === this.#inForce) ?? null;
  }

  get vkeys(): readonly string[] {
    const { signer } = this;
    const first = signer ?? this.change?.to ?? null;
    // A key that waits for its entry has signed nothing yet.
    const waiting = signer === null ? null : (this.change?.to.keyId ?? null);
    const others = [...this.#held, ...this.#retired].filter(
      ({ keyId }) => keyId !== waiting || keyId === signer?.keyId,
    );
    return [...new Set([...(first === null ? [] : [first]), ...others].map(({ vkey }) => vkey))];
  }

  get handovers(): readonly Receipt[] {
    return [...this.#handovers.values()];
  }

  get change(): KeyChange | null {
    const to = this.#newest;
    if (to === null) return null;
    const from = to.keyId === this.#inForce ? this.#cameBefore(to) : this.#inForce;
    if (from === null) return null;
    const before = this.#held.find(({ keyId }) => keyId === from) ?? null;
    const voucher = before?.name === to.name ? before : null;
    if (to.keyId === this.#inForce) {
      const isVouched = this.#handovers.has(to.keyId) || voucher === null;
      return isVouched && this.#next === null && this.#before === null
        ? null
        : { from, to, voucher };
    }
    // Here is an old key that another server has replaced, or one that nobody knows.
    if (this.#changes.some((change) => change.from === to.keyId)) return null;
    // A log keeps its name for life; only `beginNewLog` may give up the key with the old one.
    if (before !== null) return voucher === null ? null : { from, to, voucher };
    return this.#retired.some(({ keyId }) => keyId === from) ? { from, to, voucher } : null;
  }

  /** A key that is given by a variable is gone with it, so its vkey is kept as soon as it is seen. */
  async keepGiven(): Promise<void> {
    const given = this.#parts.given ?? [];
    // The one that signs nothing yet comes later: a new log must be able to tell that it is unused.
    for (const key of given) if (key === this.signer || key !== given[0]) await this.#retire(key);
  }

  async rotate(isLost: boolean): Promise<Signer> {
    const { given, folder } = this.#parts;
    if (given !== null) throw new ConfigProblem("HEED_SIGNING_KEY is set, so no file is changed");
    if (this.change !== null) return this.change.to;
    const { signer } = this;
    if (signer !== null) {
      await this.#retire(signer);
      const text = this.#makeKey(signer.name);
      await folder.writeOnce(NEXT_FILE, text);
      this.#next = signerIn(text);
      return this.#next;
    }
    if (!isLost) {
      throw new ConfigProblem(
        `${this.#whatIsMissing()}. Copy it here first; if it is gone for good, add \`--lost\``,
      );
    }
    await this.#retire(this.#keyInForce());
    if (this.#present !== null) await this.#retire(this.#present);
    return await this.#replacePresent(nameOf(this.#inForce));
  }

  async keepHandover({ to }: KeyChange, receipt: Receipt): Promise<void> {
    const id = to.keyId.slice(-ID_DIGITS);
    await this.#parts.folder.replace(`handover-${id}.json`, `${JSON.stringify(receipt)}\n`);
    this.#handovers.set(to.keyId, receipt);
  }

  async finishChange(): Promise<void> {
    const { change } = this;
    if (change === null) return;
    if (this.#next?.keyId === change.to.keyId) {
      await this.#parts.folder.move(NEXT_FILE, SIGNING_KEY_FILE);
      this.#present = this.#next;
      this.#next = null;
    }
    this.#before = null;
    this.#inForce = change.to.keyId;
  }

  async beginNewLog(): Promise<void> {
    const before = this.#before ?? this.#keyInForce();
    const unused = this.#unused;
    const { given } = this.#parts;
    if (given !== null && unused === null) {
      throw new ConfigProblem(
        "HEED_SIGNING_KEY is set, and a log that lost entries needs a new key with a new name. " +
          "Put the one that `heed rotate signing-key --print --new-log` prints in its place, on " +
          "every server; then start this one again and repeat the command",
      );
    }
    await this.#retire(before);
    if (given === null) {
      // A ledger that was put back to before the entry of a key does not know it; receipts do.
      for (const key of this.#held) if (key !== unused) await this.#retire(key);
      await this.#parts.folder.remove(NEXT_FILE);
      this.#next = null;
      const { naming, random } = this.#parts;
      const taken = new Set([...this.#held, ...this.#retired].map(({ name }) => name));
      await this.#replacePresent(nameLog(naming, taken, random));
    }
    this.#before = before;
    this.#inForce = this.#newest?.keyId ?? this.#inForce;
  }

  get isUnused(): boolean {
    return this.#unused !== null && this.#unused.name === this.origin;
  }

  async keepVkey(): Promise<void> {
    for (const key of [this.signer, this.#unused]) if (key !== null) await this.#retire(key);
  }

  learn(change: SigningKeyChange): void {
    if (this.#changes.some(({ from, to }) => from === change.from && to === change.to)) return;
    this.#changes.push(change);
    this.#inForce = change.to;
  }

  async examine(): Promise<readonly Finding[]> {
    return await examineKeyFiles(this.#parts.folder, {
      keys: this,
      missing: this.signer === null && this.change === null ? this.#whatIsMissing() : null,
      originAsked: this.#parts.naming.origin,
    });
  }

  /** Keys that can sign. */
  get #held(): readonly Signer[] {
    return this.#parts.given ?? [this.#next, this.#present].filter((key) => key !== null);
  }

  /** The one that whoever runs this server wants in force. */
  get #newest(): Signer | null {
    return this.#held[0] ?? null;
  }

  /** The key of a new log that has signed nothing: no key of its name is kept or in the ledger. */
  get #unused(): Signer | null {
    const [newest, ...others] = this.#held;
    if (newest === undefined) return null;
    const inLedger = this.#changes.flatMap(({ from, to }) => [from, to]).map(nameOf);
    const kept = [this.#parts.first, ...others, ...this.#retired].map(({ name }) => name);
    return [...inLedger, ...kept].includes(newest.name) ? null : newest;
  }

  #cameBefore(key: Signer): string | null {
    return (
      this.#changes.findLast(({ to }) => to === key.keyId)?.from ?? this.#before?.keyId ?? null
    );
  }

  #keyInForce(): Verifier {
    const { first } = this.#parts;
    const known = [...this.#held, ...this.#retired, first].find(
      ({ keyId }) => keyId === this.#inForce,
    );
    if (known !== undefined) return known;
    const vkey = this.#changes.findLast(({ to }) => to === this.#inForce)?.vkey ?? "";
    const verifier = parseVkey(vkey);
    if ("problem" in verifier) throw new ConfigProblem(verifier.problem);
    return verifier;
  }

  async #retire(key: Verifier): Promise<void> {
    if (this.#retired.some(({ vkey }) => vkey === key.vkey)) return;
    this.#retired = [key, ...this.#retired];
    const lines = this.#retired.map(({ vkey }) => `${vkey}\n`);
    await this.#parts.folder.replace(RETIRED_FILE, lines.join(""));
  }

  async #replacePresent(name: string): Promise<Signer> {
    const text = this.#makeKey(name);
    await this.#parts.folder.replace(SIGNING_KEY_FILE, text);
    this.#present = signerIn(text);
    return this.#present;
  }

  #makeKey(name: string): string {
    return `${signingKeyText(name, this.#parts.random(SEED_BYTES))}\n`;
  }

  #whatIsMissing(): string {
    return (
      `the key that signs this log is \`${this.#inForce}\`, and this server does not have it: it ` +
      "signs nothing and gives no receipts"
    );
  }
}

const ID_DIGITS = 8;

function nameOf(keyId: string): string {
  return keyId.slice(0, -ID_DIGITS - 1);
}

/** The key in a text of our own, or of somebody's file or variable. Repeats no secret. */
export function signerIn(text: string, where = "the new signing key"): Signer {
  const signer = parseSigningKey(text.trim());
  if ("problem" in signer) throw new ConfigProblem(`${where}: ${signer.problem}`);
  return signer;
}
