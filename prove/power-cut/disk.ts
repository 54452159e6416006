// A disk as a power cut leaves it. Files and folders are kept twice: what a sync has made durable,
// and what was done since, in order. A crash keeps the first and what chance leaves of the second.
// A name is durable only once its folder was synced, as POSIX says and no more than it says.
// LIMIT: file systems' own bugs, drives that lie about a flush, and old bytes showing up in
// new blocks are not modelled; a write that was not synced is there, in part, or not at all.
import type { Dice } from "../dice.ts";

/** What becomes of writes that were not synced: none is kept, some are, some sectors of some are. */
export const CRASH_MODES = ["dropped", "subset", "torn"] as const;
export type CrashMode = (typeof CRASH_MODES)[number];

const SECTOR_BYTES = 512;
const KEEP = 0.5;

type Change = { readonly offset: number; readonly bytes: Buffer } | { readonly length: number };

class FileNode {
  readonly kind = "file";
  durable: Buffer = Buffer.alloc(0);
  pending: Change[] = [];
  /** Bytes that a reader sees now. */
  length = 0;

  change(change: Change): void {
    this.pending.push(change);
    const end = "bytes" in change ? change.offset + change.bytes.length : change.length;
    this.length = "bytes" in change ? Math.max(this.length, end) : end;
  }

  sync(): void {
    this.durable = applied(this.durable, this.pending);
    this.pending = [];
  }
}

class FolderNode {
  readonly kind = "folder";
  readonly durable = new Map<string, Node>();
  readonly now = new Map<string, Node>();
  /** A rename is one change, of two names. */
  pending: ReadonlyMap<string, Node | null>[] = [];

  change(names: ReadonlyMap<string, Node | null>): void {
    this.pending.push(names);
    setNames(this.now, names);
  }

  sync(): void {
    for (const names of this.pending) setNames(this.durable, names);
    this.pending = [];
  }
}

type Node = FileNode | FolderNode;

export class Disk {
  /** The folder in which everything happens; it is durable itself. */
  readonly #root: string;
  readonly #top = new FolderNode();

  constructor(root: string) {
    this.#root = root;
  }

  /** Whether the path is on this disk. */
  has(path: string): boolean {
    return path === this.#root || path.startsWith(`${this.#root}/`);
  }

  exists(path: string): boolean {
    return this.#find(path) !== undefined;
  }

  length(path: string): number {
    return this.#file(path).length;
  }

  makeFolder(path: string): void {
    this.#put(path, new FolderNode());
  }

  makeFile(path: string): void {
    this.#put(path, new FileNode());
  }

  remove(path: string): void {
    this.#put(path, null);
  }

  link(from: string, to: string): void {
    this.#put(to, this.#node(from));
  }

  rename(from: string, to: string): void {
    const node = this.#node(from);
    const [here, name] = this.#place(from);
    const [there, newName] = this.#place(to);
    // LIMIT: between two folders a rename is taken apart, which is harsher than real ones are.
    if (here === there)
      here.change(
        new Map<string, Node | null>([
          [name, null],
          [newName, node],
        ]),
      );
    else {
      there.change(new Map([[newName, node]]));
      here.change(new Map([[name, null]]));
    }
  }

  write(path: string, offset: number, bytes: Buffer): void {
    this.#file(path).change({ offset, bytes });
  }

  truncate(path: string, length: number): void {
    this.#file(path).change({ length });
  }

  sync(path: string): void {
    this.#node(path).sync();
  }

  isFolder(path: string): boolean {
    return this.#find(path)?.kind === "folder";
  }

  /** Files that there are after a power cut at this moment, by path below the root. */
  crash(mode: CrashMode, dice: Dice): Map<string, Buffer> {
    const files = new Map<string, Buffer>();
    const visit = (folder: FolderNode, prefix: string) => {
      const names = new Map(folder.durable);
      for (const change of folder.pending) {
        if (mode !== "dropped" && dice() < KEEP) setNames(names, change);
      }
      for (const [name, node] of names) {
        const path = prefix + name;
        if (node.kind === "folder") visit(node, `${path}/`);
        else files.set(path, remainsOf(node, mode, dice));
      }
    };
    visit(this.#top, "");
    return files;
  }

  #put(path: string, node: Node | null): void {
    const [folder, name] = this.#place(path);
    folder.change(new Map([[name, node]]));
  }

  #place(path: string): [FolderNode, string] {
    const cut = path.lastIndexOf("/");
    const folder = this.#node(path.slice(0, cut));
    if (folder.kind !== "folder") throw new Error(`\`${path}\` is in no folder`);
    return [folder, path.slice(cut + 1)];
  }

  #file(path: string): FileNode {
    const node = this.#node(path);
    if (node.kind !== "file") throw new Error(`\`${path}\` is no file`);
    return node;
  }

  #node(path: string): Node {
    const node = this.#find(path);
    // INVARIANT: the record began with an empty root, so everything in it was seen being made.
    if (node === undefined) throw new Error(`\`${path}\` was never made`);
    return node;
  }

  #find(path: string): Node | undefined {
    let node: Node | undefined = this.#top;
    for (const name of path.slice(this.#root.length + 1).split("/")) {
      if (name !== "") node = node?.kind === "folder" ? node.now.get(name) : undefined;
    }
    return node;
  }
}

function setNames(names: Map<string, Node>, change: ReadonlyMap<string, Node | null>): void {
  for (const [name, node] of change) {
    if (node === null) names.delete(name);
    else names.set(name, node);
  }
}

function remainsOf(file: FileNode, mode: CrashMode, dice: Dice): Buffer {
  if (mode === "dropped" || file.pending.length === 0) return file.durable;
  const kept = file.pending.filter(() => dice() < KEEP);
  return applied(file.durable, mode === "torn" ? kept.flatMap((one) => torn(one, dice)) : kept);
}

/** Some of the sectors of a write, as a drive that loses power in the middle leaves them. */
function torn(change: Change, dice: Dice): Change[] {
  if (!("bytes" in change)) return [change];
  const pieces: Change[] = [];
  const { offset, bytes } = change;
  for (let from = 0; from < bytes.length; ) {
    const to = Math.min(bytes.length, from + SECTOR_BYTES - ((offset + from) % SECTOR_BYTES));
    if (dice() < KEEP) pieces.push({ offset: offset + from, bytes: bytes.subarray(from, to) });
    from = to;
  }
  return pieces;
}

/** A new buffer; holes are zeros, as in a sparse file. */
function applied(before: Buffer, changes: readonly Change[]): Buffer {
  if (changes.length === 0) return before;
  let length = before.length;
  let most = length;
  for (const change of changes) {
    length =
      "bytes" in change ? Math.max(length, change.offset + change.bytes.length) : change.length;
    most = Math.max(most, length);
  }
  const after = Buffer.alloc(most);
  before.copy(after);
  let end = before.length;
  for (const change of changes) {
    if ("bytes" in change) {
      change.bytes.copy(after, change.offset);
      end = Math.max(end, change.offset + change.bytes.length);
    } else {
      if (change.length < end) after.fill(0, change.length, end);
      end = change.length;
    }
  }
  return after.subarray(0, length);
}
