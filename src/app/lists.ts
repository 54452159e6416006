/**
 * Lists that come from outside: national registries, and do-not-contact lists that bind everybody
 * in this deployment. A shelf holds them; `runtime/list-shelf.ts` keeps them on disk.
 */
import { type Static, Type } from "typebox";
import { type AddressKey, CHANNELS, type Channel, NAME_PATTERN } from "../domain/words.ts";
import type { AddressList } from "../sets/address-list.ts";
import type { Answer, AnswerBook } from "../sets/answer-book.ts";
import { HASH_ALGORITHMS, PHONE_FORMS } from "../sets/hash-way.ts";
import type { AddressCopy } from "./address-copies.ts";

/**
 * What a file of a list looks like.
 * - `csv`: columns by the names in its header; without a header that names any, as `plain`.
 * - `plain`: one address a line. - `hashed`: as `csv`, with hashes for addresses.
 * - `us-dnc`: full list of the US National Do Not Call Registry. - `us-dnc-change`: its change list,
 *   which is applied to the copy that is there.
 */
export const LIST_FORMATS = ["csv", "plain", "us-dnc", "us-dnc-change", "hashed"] as const;
export type ListFormat = (typeof LIST_FORMATS)[number];

export const HashWaySchema = Type.Object(
  {
    algorithm: Type.Enum([...HASH_ALGORITHMS]),
    phones: Type.Enum([...PHONE_FORMS]),
    prefix: Type.String({ maxLength: 256 }),
    suffix: Type.String({ maxLength: 256 }),
  },
  { additionalProperties: false },
);

export const ListDescriptionSchema = Type.Object(
  {
    name: Type.String({ pattern: NAME_PATTERN }),
    kind: Type.Union([Type.Literal("national"), Type.Literal("do-not-contact")]),
    /** Date of the copy, milliseconds since the epoch. */
    asOf: Type.Integer({ minimum: 0 }),
    /** How old a copy may be relied on; `null`: any age. */
    maxAgeDays: Type.Union([Type.Integer({ minimum: 1 }), Type.Null()]),
    /** ISO 3166-1 countries it speaks for; empty: everywhere. */
    countries: Type.Array(Type.String({ pattern: "^[A-Z]{2}$" })),
    /** Channels it speaks for; empty: all. */
    channels: Type.Array(Type.Union(CHANNELS.map((channel) => Type.Literal(channel)))),
    /** Country of numbers written without one. */
    defaultRegion: Type.Union([Type.String({ pattern: "^[A-Z]{2}$" }), Type.Null()]),
    /** How its addresses are hashed; absent or `null`: they are not. */
    hash: Type.Optional(Type.Union([HashWaySchema, Type.Null()])),
    /** Area codes of +1 that the copy has; absent or `null`: all of them. */
    areaCodes: Type.Optional(
      Type.Union([Type.Array(Type.String({ pattern: "^[0-9]{3}$" })), Type.Null()]),
    ),
  },
  { additionalProperties: false },
);
export type ListDescription = Omit<Static<typeof ListDescriptionSchema>, "channels"> & {
  readonly channels: readonly Channel[];
};

/** How to read a file, beyond what a list is. */
export interface ListLoad {
  /** Absent: `csv`. */
  readonly format?: ListFormat;
  /** Names of the columns of a file without a header. */
  readonly columns?: readonly string[];
  /** Area codes that a file of the US registry has; absent: those that stand in it. */
  readonly areaCodes?: readonly string[] | "all";
}

export interface LineProblem {
  readonly line: number;
  readonly problem: string;
}

export interface ListReport {
  readonly name: string;
  readonly addresses: number;
  readonly duplicates: number;
  /** Lines that are no address, by number; the first hundred. */
  readonly rejected: readonly LineProblem[];
  readonly rejectedCount: number;
  /** Lines whose address is listed for more than they may mean; the first hundred. */
  readonly unclear: readonly LineProblem[];
  readonly unclearCount: number;
  /** For a change list: what it changed. `notThere`: was to be deleted and was not listed. */
  readonly changes: {
    readonly added: number;
    readonly deleted: number;
    readonly notThere: number;
  } | null;
}

/** What is known under one name: a copy that was loaded, answers about single numbers, or both. */
export interface NamedList {
  readonly name: string;
  readonly copy: AddressList | null;
  readonly answers: AnswerBook | null;
}

export interface ListShelf extends AddressCopy {
  /** The copies. */
  readonly all: readonly AddressList[];
  readonly named: readonly NamedList[];
  /**
   * Replaces a list by what the text says; a change list changes the copy that is there. In force
   * and on disk when it resolves. A text without any usable line replaces nothing.
   */
  load(
    description: ListDescription,
    text: AsyncIterable<Uint8Array>,
    how?: ListLoad,
  ): Promise<ListReport>;
  /** Keeps answers about single numbers. In force and on disk when it resolves. */
  answer(name: string, answers: readonly AnsweredAddress[]): Promise<AnswerReport>;
}

export interface AnsweredAddress {
  readonly address: AddressKey;
  readonly answer: Answer;
}

export interface AnswerReport {
  /** Answers that count now. */
  readonly taken: number;
  /** Answers about addresses of which a newer one is known. */
  readonly older: number;
  /** Different addresses that the list has answers about. */
  readonly addresses: number;
}
