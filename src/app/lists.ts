/**
 * Lists that come from outside: national registries, and do-not-contact lists that bind everybody
 * in this deployment. A shelf holds them; `runtime/list-shelf.ts` keeps them on disk.
 */
import { type Static, Type } from "typebox";
import { CHANNELS, NAME_PATTERN } from "../domain/words.ts";
import type { AddressList } from "../sets/address-list.ts";
import type { AddressCopy } from "./address-copies.ts";

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
  },
  { additionalProperties: false },
);
export type ListDescription = Omit<Static<typeof ListDescriptionSchema>, "channels"> & {
  readonly channels: readonly (typeof CHANNELS)[number][];
};

export interface ListReport {
  readonly name: string;
  readonly addresses: number;
  readonly duplicates: number;
  /** Lines that are no address, by number; the first hundred. */
  readonly rejected: readonly { readonly line: number; readonly problem: string }[];
  readonly rejectedCount: number;
}

export interface ListShelf extends AddressCopy {
  readonly all: readonly AddressList[];
  /**
   * Replaces a list by what the text says, one address a line (more columns after a comma are left
   * out). In force and on disk when it resolves. A text without any address replaces nothing.
   */
  load(description: ListDescription, text: AsyncIterable<Uint8Array>): Promise<ListReport>;
}
