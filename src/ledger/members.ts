/**
 * Leaves and records read back: what a leaf must have, in its one canonical spelling, and where a
 * leaf says something else than the record that it commits to. Receipts and ledgers are held to the
 * same rules, which docs/formats/ledger.md states.
 */
import { canonicalJson, type Json } from "./canonical.ts";

export type Members = { readonly [member: string]: Json | undefined };

/** The members of a leaf that it is checked by; the others are those of the act. */
export interface LeafMembers {
  readonly v: 1;
  readonly position: number;
  readonly recordedAt: number;
  readonly commit: string;
  readonly [member: string]: Json | undefined;
}

/** The leaf's members, or what is wrong with it. */
export function parseLeaf(text: string): { leaf: LeafMembers } | string {
  const leaf = canonicalObject(text);
  if (leaf === null) return "The leaf is not canonical JSON (RFC 8785): it was changed.";
  if (leaf.v !== 1) return "The leaf has another version than 1: use a newer Heed.";
  const { position, recordedAt, commit } = leaf;
  const isPosition = typeof position === "number" && position >= 1;
  if (!isPosition || typeof recordedAt !== "number" || typeof commit !== "string") {
    return "The leaf lacks its `position`, `recordedAt` or `commit`.";
  }
  return { leaf: leaf as LeafMembers };
}

/** The members that a leaf has of its own; all others are those of the record. */
const OWN_MEMBERS = ["v", "position", "recordedAt", "commit"];
const SHARED_MEMBERS = "kind source by via claimedAt receivedAt refersTo scopes".split(" ");

/** The first member in which leaf and record say different things. */
export function contradictionOf(leaf: LeafMembers, record: Members): string | undefined {
  return [...SHARED_MEMBERS, ...Object.keys(leaf)]
    .filter((name) => !OWN_MEMBERS.includes(name))
    .find((name) => !isSame(memberOf(leaf, name), memberOf(record, name)));
}

/** `null` when the text is not JSON, not an object or not in its one canonical spelling. */
export function canonicalObject(text: string): Members | null {
  const value = parsedObject(text);
  if (value === null || !text.isWellFormed()) return null;
  try {
    return canonicalJson(value) === text ? value : null;
  } catch {
    return null; // A fraction or an unpaired surrogate, which canonical JSON refuses.
  }
}

export function parsedObject(text: string): Members | null {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? (value as Members) : null;
  } catch {
    return null;
  }
}

function memberOf(members: Members, name: string): Json | undefined {
  return Object.hasOwn(members, name) ? members[name] : undefined;
}

function isSame(a: Json | undefined, b: Json | undefined): boolean {
  return canonicalJson({ a }) === canonicalJson({ a: b });
}
