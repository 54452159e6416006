/**
 * The standings of all addresses, in memory: the only thing a check reads. They are what folding
 * the ledger's entries with `domain/fold.ts` gives, kept in typed arrays so that millions fit.
 *
 * Phone numbers are kept exactly, e-mail addresses by 104 bits of their token. An erased person is
 * kept by token alone: once their record is gone, no table and no snapshot holds their number.
 *
 * After the pepper was rotated, everybody whose address is known is kept under their token of the
 * present pepper. Whose token of a retired one is all that is left, an erased person's, is kept under
 * that; so a question about an erased person tries every pepper.
 *
 * LIMIT: to ask about an e-mail address takes an HMAC, and so does every question about a phone
 * number once somebody is erased, because nobody can tell which number an erased token was. Each
 * retired pepper takes one more.
 */
import { strict as assert } from "node:assert";
import { isAboutLedger } from "../domain/act.ts";
import type { Entry } from "../domain/entry.ts";
import {
  erasedStanding,
  foldEntry,
  joinStandings,
  NOTHING_KNOWN,
  type Standing,
} from "../domain/fold.ts";
import type { AddressKey, Position } from "../domain/words.ts";
import type { TokensOf } from "../ledger/sealed-check.ts";
import { type KeyPair, keyOfToken, packPhone, TokenKeys } from "./address-keys.ts";
import { KeyTable } from "./key-table.ts";
import { MarkPool, NO_MARK } from "./mark-pool.ts";

/** The parts that a snapshot writes and reads. Nobody else has a use for them. */
export interface StandingsParts {
  readonly phones: KeyTable;
  readonly others: KeyTable;
  readonly erased: KeyTable;
  readonly marks: MarkPool;
}

export class Standings {
  readonly #tokenKeys: TokenKeys;
  readonly #phones: KeyTable;
  /** E-mail addresses, and what looks like a phone number and is too long for one; by token. */
  readonly #others: KeyTable;
  /** Everything about an erased person, before and after it, by token. */
  readonly #erased: KeyTable;
  readonly #marks = new MarkPool();
  readonly #tokensOf: TokensOf;
  readonly #readSince: Position;
  /** Message ids of the erasures that nobody asked about yet. */
  #erasures: string[] = [];
  /** Tokens of erased people whose number may still be among the numbers. */
  readonly #unforgotten = new Set<string>();
  #isPepperChecked: boolean;
  #position: Position;
  #leafHash: string;

  /**
   * `tokensOf` must give the tokens of the entries that will be applied: the same peppers. `start`
   * is where a snapshot ends; without it the standings begin before the first entry. Whatever will
   * be applied was read when the ledger had `readSince` entries or more.
   */
  constructor(
    tokensOf: TokensOf,
    start: { position: Position; leafHash: string } | null = null,
    readSince: Position = start?.position ?? 0,
  ) {
    this.#tokensOf = tokensOf;
    this.#readSince = readSince;
    this.#tokenKeys = new TokenKeys(tokensOf);
    const { secret } = this.#tokenKeys.fingerprint();
    this.#phones = new KeyTable(1, secret);
    this.#others = new KeyTable(2, secret);
    this.#erased = new KeyTable(2, secret);
    this.#isPepperChecked = start !== null;
    this.#position = start?.position ?? 0;
    this.#leafHash = start?.leafHash ?? "";
  }

  /** Position of the last entry applied; 0 before the first. */
  get position(): Position {
    return this.#position;
  }

  /**
   * Leaf hash of that entry, empty before the first. After loading a snapshot, compare it with the
   * ledger's: a snapshot of another ledger, or of one that went back since, is worth nothing.
   */
  get leafHash(): string {
    return this.#leafHash;
  }

  /** Addresses about which something is on record that bears on a send. */
  get size(): number {
    return this.#phones.size + this.#others.size + this.#erased.size;
  }

  get parts(): StandingsParts {
    return {
      phones: this.#phones,
      others: this.#others,
      erased: this.#erased,
      marks: this.#marks,
    };
  }

  /** See `TokenKeys.fingerprint`. */
  get pepperFingerprint(): string {
    return this.#tokenKeys.fingerprint().writable;
  }

  /** Bytes of all tables, with their empty places. */
  bytes(): number {
    const { phones, others, erased, marks } = this.parts;
    return phones.bytes() + others.bytes() + erased.bytes() + marks.bytes();
  }

  /**
   * Takes in the next entry. One that was taken in before is ignored; one that is ahead throws,
   * and nothing is changed: read the ledger from `position` and apply what comes.
   */
  apply(entry: Entry): void {
    if (entry.position <= this.#position) return;
    if (entry.position !== this.#position + 1) {
      throw new RangeError(
        `entry ${entry.position} came after ${this.#position}: the entries between them are ` +
          `missing. Read the ledger from ${this.#position} and apply them in order.`,
      );
    }
    this.#checkPepper(entry);
    this.#fold(entry);
    if (entry.act?.kind === "erasure") this.#erasures.push(entry.act.messageId);
    this.#position = entry.position;
    this.#leafHash = entry.leafHash;
  }

  /** Everything on record about an address. Allocates nothing for a phone number without any. */
  standing(address: AddressKey): Standing {
    const packed = packPhone(address);
    const head = packed !== 0 ? this.#phones.find(packed, 0) : this.#find(this.#others, address);
    const erasedHead = this.#find(this.#erased, address);
    const retiredHeads = this.#retiredHeads(address);
    if (retiredHeads.length > 0) return this.#readAll(head, [erasedHead, ...retiredHeads]);
    if (head === -1 && erasedHead === -1) return NOTHING_KNOWN;
    return this.#read(head, erasedHead);
  }

  /** Whether anything is on record about an address: `standing` without making marks of it. */
  has(address: AddressKey): boolean {
    const packed = packPhone(address);
    if (packed !== 0 && this.#phones.find(packed, 0) !== -1) return true;
    if (packed === 0 && this.#find(this.#others, address) !== -1) return true;
    if (this.#find(this.#erased, address) !== -1) return true;
    return this.#retiredHeads(address).length > 0;
  }

  /** Whether the person was erased, whatever they said afterwards. */
  isErased(address: AddressKey): boolean {
    return this.#find(this.#erased, address) !== -1 || this.#retiredHeads(address).length > 0;
  }

  /**
   * Takes the number of an erased person out of the table of numbers. An erasure in the ledger does
   * not say whose it was, so only whoever erased can tell; call it when that entry was taken in.
   */
  forget(address: AddressKey): void {
    this.#gatherErased(address);
    for (const token of this.#tokensOf(address)) this.#unforgotten.delete(token);
    const packed = packPhone(address);
    const head = packed === 0 ? -1 : this.#phones.find(packed, 0);
    if (head === -1) return;
    const erasedHead = this.#find(this.#erased, address);
    assert(erasedHead !== -1, "INVARIANT: nobody is forgotten who was not erased");
    const written = this.#marks.write(this.#read(head, erasedHead));
    this.#marks.free(head);
    this.#marks.free(erasedHead);
    this.#phones.delete(packed, 0);
    const { first, second } = this.#tokenKeys.keyOf(address);
    this.#erased.set(first, second, written);
  }

  /**
   * Whether the table of numbers may still hold the number of somebody whom another server erased.
   * Their answers are right, but such standings must not be written to a disk; folding the ledger
   * anew leaves the number out.
   */
  get mayNameErased(): boolean {
    return this.#unforgotten.size > 0;
  }

  /** Message ids of the erasures that were taken in since the last call, oldest first. */
  takeErasures(): readonly string[] {
    const taken = this.#erasures;
    this.#erasures = [];
    return taken;
  }

  /** Positions of the holds that nobody has released yet, ascending. */
  openHolds(): readonly Position[] {
    return this.#marks.holdPositions();
  }

  #find(table: KeyTable, address: AddressKey): number {
    if (table.size === 0) return -1;
    const key = this.#tokenKeys.keyOf(address);
    return table.find(key.first, key.second);
  }

  /** Where an erased person is kept by their tokens of retired peppers. */
  #retiredHeads(address: AddressKey): readonly number[] {
    if (this.#tokenKeys.retired === 0 || this.#erased.size === 0) return NOWHERE;
    const [, ...retired] = this.#tokenKeys.keysOf(address);
    return retired
      .map((key) => this.#erased.find(key.first, key.second))
      .filter((head) => head !== -1);
  }

  /**
   * An erased person who writes again tells their address, so what is kept under their tokens of
   * retired peppers is theirs as well, and moves under the present one's.
   */
  #gatherErased(address: AddressKey): void {
    const heads = this.#retiredHeads(address);
    if (heads.length === 0) return;
    const [present, ...retired] = this.#tokenKeys.keysOf(address) as [KeyPair, ...KeyPair[]];
    const presentHead = this.#erased.find(present.first, present.second);
    const written = this.#marks.write(this.#readAll(-1, [presentHead, ...heads]));
    for (const head of [presentHead, ...heads]) if (head !== -1) this.#marks.free(head);
    for (const key of retired) this.#erased.delete(key.first, key.second);
    this.#erased.set(present.first, present.second, written);
  }

  #read(head: number, erasedHead: number): Standing {
    if (erasedHead === -1) return this.#marks.read(head);
    return this.#joined(head, this.#marks.read(erasedHead));
  }

  /** `erasedHeads`: where an erased person is kept by their tokens; -1 where they are not. */
  #readAll(head: number, erasedHeads: readonly number[]): Standing {
    const marks = erasedHeads
      .filter((erasedHead) => erasedHead !== -1)
      .map((erasedHead) => this.#marks.read(erasedHead))
      .reduce<Standing>(joinStandings, NOTHING_KNOWN);
    return this.#joined(head, marks);
  }

  #joined(head: number, marks: Standing): Standing {
    if (head === -1) return marks;
    // What is kept by number came before the erasure: everything after it is kept by token.
    const erasure = Math.max(...marks.filter((mark) => mark.erased).map((mark) => mark.position));
    return joinStandings(erasedStanding(this.#marks.read(head), erasure), marks);
  }

  /**
   * Without the pepper of the ledger nobody who is known by token would be found again, which
   * reads as "nothing against it". The first record that is still there tells.
   */
  #checkPepper(entry: Entry): void {
    const address = entry.act?.address ?? null;
    if (this.#isPepperChecked || address === null) return;
    const { first, second } = keyOfToken(entry.token);
    const ours = this.#tokenKeys.keysOf(address);
    if (!ours.some((key) => key.first === first && key.second === second)) {
      throw new Error(
        `the token of entry ${entry.position} was made with another pepper than the one ` +
          "configured now. Put the installation's own pepper back and start again.",
      );
    }
    this.#isPepperChecked = true;
  }

  /** Under the present pepper wherever the address is known. */
  #keyOfEntry({ act, token }: Entry): KeyPair {
    const address = act?.address ?? null;
    if (address === null || this.#tokenKeys.retired === 0) return keyOfToken(token);
    return this.#tokenKeys.keyOf(address);
  }

  #fold(entry: Entry): void {
    const { act } = entry;
    if (act !== null && isAboutLedger(act)) return;
    const address = act?.address ?? null;
    const packed = address === null ? 0 : packPhone(address);
    const needsToken = packed === 0 || this.#erased.size > 0;
    if (address !== null) this.#gatherErased(address);
    const tokenKey = needsToken ? this.#keyOfEntry(entry) : NO_KEY;
    const table = packed !== 0 ? this.#phones : this.#others;
    const key = packed !== 0 ? { first: packed, second: 0 } : tokenKey;

    const head = table.find(key.first, key.second);
    const erasedHead = needsToken ? this.#erased.find(tokenKey.first, tokenKey.second) : -1;
    const standing =
      head === -1 && erasedHead === -1 ? NOTHING_KNOWN : this.#read(head, erasedHead);
    if (act?.kind === "erasure" && head === -1) this.#noteErasure(entry);
    const next = foldEntry(standing, entry);
    if (next === standing) return;
    // Whoever was erased stays in the table of tokens, also when they write again.
    const isErased = erasedHead !== -1 || act === null || act.kind === "erasure";
    const written = this.#marks.write(next);
    if (head !== -1) this.#marks.free(head);
    if (erasedHead !== -1) this.#marks.free(erasedHead);
    if (head !== -1 && (isErased || written === NO_MARK)) table.delete(key.first, key.second);
    if (written === NO_MARK) return; // An erased person never comes here: they keep that mark.
    const home = isErased ? this.#erased : table;
    const homeKey = isErased ? tokenKey : key;
    home.set(homeKey.first, homeKey.second, written);
  }

  /** Of whomever was erased when the reading began, only the token was ever read. */
  #noteErasure({ position, token }: Entry): void {
    if (position > this.#readSince && this.#phones.size > 0) this.#unforgotten.add(token);
  }
}

const NO_KEY: KeyPair = { first: 0, second: 0 };
const NOWHERE: readonly number[] = [];
