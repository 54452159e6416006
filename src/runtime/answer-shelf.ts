/**
 * Keeps what registries answered about single numbers, one file and one book for each list. Whoever
 * was erased is in no file by their address, however the answer got there.
 */
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import path from "node:path";
import type { Forgotten } from "../app/address-copies.ts";
import type { AnsweredAddress, AnswerReport } from "../app/lists.ts";
import type { AddressKey } from "../domain/words.ts";
import { AnswerBook } from "../sets/answer-book.ts";
import type { AnswerLine } from "./answer-line.ts";
import {
  answersFile,
  appendAnswers,
  listOfAnswers,
  readAnswers,
  rewriteAnswers,
} from "./answer-log.ts";
import type { ListPlace } from "./load-copy.ts";
import { takingTurns } from "./taking-turns.ts";

/** A file with this many lines that count no more is written anew at a start. */
const SUPERSEDED_WORTH_REMOVING = 1000;

export interface AnswerShelf {
  /** By the name of the list. */
  readonly books: ReadonlyMap<string, AnswerBook>;
  answer(name: string, answers: readonly AnsweredAddress[]): Promise<AnswerReport>;
  forget(address: AddressKey | null): Promise<Forgotten>;
}

interface Open {
  readonly book: AnswerBook;
  readonly file: string;
  bytes: number;
}

export async function openAnswerShelf(place: ListPlace): Promise<AnswerShelf> {
  const opened = new Map<string, Open>();
  const books = new Map<string, AnswerBook>();
  for (const entry of await readdir(place.folder)) {
    const name = listOfAnswers(entry);
    if (name === null) continue;
    const one = await openBook(place, name, path.join(place.folder, entry));
    opened.set(name, one);
    books.set(name, one.book);
  }
  const inTurn = takingTurns();
  return {
    books,
    answer: (name, answers) =>
      inTurn(async () => {
        const known = opened.get(name) ?? newBook(place, name);
        const report = await keepAnswers(place, known, answers);
        if (report.addresses === 0) return report;
        opened.set(name, known);
        books.set(name, known.book);
        return report;
      }),
    forget: (address) =>
      inTurn(async (): Promise<Forgotten> => {
        const removed: string[] = [];
        for (const [name, one] of opened) {
          if (await forgetIn(place, one, address)) removed.push(`an answer of the list ${name}`);
        }
        return { removed, remains: [] };
      }),
  };
}

function newBook(place: ListPlace, name: string): Open {
  const file = answersFile(place.folder, name);
  return { book: new AnswerBook(name, place.tokensOf), file, bytes: 0 };
}

async function openBook(place: ListPlace, name: string, file: string): Promise<Open> {
  const book = new AnswerBook(name, place.tokensOf);
  let namesErased = false;
  const { bytes, lines } = await readAnswers(file, (line) => {
    take(book, line);
    namesErased ||= "address" in line.named && place.isErased(line.named.address);
  });
  const opened: Open = { book, file, bytes };
  if (namesErased) await forgetIn(place, opened, null);
  if (lines - book.size > SUPERSEDED_WORTH_REMOVING) {
    opened.bytes = await rewriteAnswers(file, (line) => (counts(book, line) ? line : null));
  }
  return opened;
}

/** Whoever was erased keeps all their lines, because a token cannot be asked about. */
function counts(book: AnswerBook, { named, answer }: AnswerLine): boolean {
  return "token" in named || book.find(named.address)?.asOf === answer.asOf;
}

async function keepAnswers(
  place: ListPlace,
  opened: Open,
  answers: readonly AnsweredAddress[],
): Promise<AnswerReport> {
  const { book, file } = opened;
  const isNew = ({ address, answer }: AnsweredAddress) => {
    const known = book.find(address);
    return known === null || answer.asOf >= known.asOf;
  };
  const lines = answers.filter(isNew).map(
    ({ address, answer }): AnswerLine => ({
      named: place.isErased(address) ? { token: place.tokensOf(address)[0]! } : { address },
      answer,
    }),
  );
  if (lines.length > 0) opened.bytes = await appendAnswers(file, lines, opened.bytes);
  const taken = lines.filter((line) => take(book, line)).length;
  return { taken, older: answers.length - taken, addresses: book.size };
}

function take(book: AnswerBook, { named, answer }: AnswerLine): boolean {
  return "token" in named ? book.takeToken(named.token, answer) : book.take(named.address, answer);
}

/** Says whether there was anything to forget. `null`: everybody who was erased. */
async function forgetIn(
  place: ListPlace,
  opened: Open,
  address: AddressKey | null,
): Promise<boolean> {
  const { book, file } = opened;
  if (!existsSync(file) || (address !== null && book.find(address) === null)) return false;
  const isGone = address === null ? place.isErased : (one: AddressKey) => one === address;
  let isThere = false;
  await readAnswers(file, ({ named }) => {
    isThere ||= "address" in named && isGone(named.address);
  });
  if (!isThere) return false;
  opened.bytes = await rewriteAnswers(file, (line) => {
    const { named } = line;
    if ("token" in named || !isGone(named.address)) return line;
    book.forget(named.address);
    return { ...line, named: { token: place.tokensOf(named.address)[0]! } };
  });
  return true;
}
