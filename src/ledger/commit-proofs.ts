/**
 * Inclusion proofs for the entries that one commit added, without a tile being read: what is needed
 * of the older tree is in its frontier. All nodes that the commit made or changed are hashed once,
 * about as many as it has entries, and each proof is then a walk of look-ups. Proofs of one commit
 * share their upper hashes, as the same arrays.
 */
import type { Frontier } from "./frontier.ts";
import { nodeHash } from "./merkle.ts";

/** The nodes of one height over which the commit has entries, and the older one beside them. */
interface Level {
  /** Place of `nodes[0]` within the height, from 0. */
  readonly first: number;
  readonly nodes: readonly Uint8Array[];
  /** The node at `first - 1`, when `first` is odd: the only older one that a proof can need. */
  readonly older: Uint8Array | null;
}

/**
 * Gives the proof that the entry with this index (from 0) is in the tree that these leaf hashes
 * made of `before`, as `inclusionProof` would. Throws a RangeError for an entry of no such commit.
 */
export function commitProofs(
  before: Frontier,
  leafHashes: readonly Uint8Array[],
): (index: number) => readonly Uint8Array[] {
  const levels = levelsOf(before, leafHashes);
  const size = before.size + leafHashes.length;
  return (index) => {
    if (!Number.isSafeInteger(index) || index < before.size || index >= size) {
      throw new RangeError(`The commit has entries ${before.size} to ${size - 1}, not ${index}.`);
    }
    return proofIn(levels, index);
  };
}

function levelsOf(before: Frontier, leafHashes: readonly Uint8Array[]): readonly Level[] {
  const levels: Level[] = [];
  // The smallest full subtree is the last root: a 1 in the size stands for one at that height.
  const roots = [...before.roots];
  let first = before.size;
  let nodes = leafHashes;
  while (first + nodes.length > 1) {
    const older = first % 2 === 1 ? roots.pop()! : null;
    levels.push({ first, nodes, older });
    nodes = parentsOf(nodes, older);
    first = Math.floor(first / 2);
  }
  return levels;
}

function parentsOf(nodes: readonly Uint8Array[], older: Uint8Array | null): readonly Uint8Array[] {
  const parents: Uint8Array[] = [];
  let at = 0;
  if (older !== null && nodes.length > 0) {
    parents.push(nodeHash(older, nodes[0]!));
    at = 1;
  }
  for (; at + 1 < nodes.length; at += 2) parents.push(nodeHash(nodes[at]!, nodes[at + 1]!));
  // RFC 6962 §2.1 splits at a power of two, which takes a last one without a neighbour up as it is.
  if (at < nodes.length) parents.push(nodes[at]!);
  return parents;
}

function proofIn(levels: readonly Level[], index: number): readonly Uint8Array[] {
  const proof: Uint8Array[] = [];
  let place = index;
  for (const { first, nodes, older } of levels) {
    const sibling = place % 2 === 1 ? place - 1 : place + 1;
    const hash = sibling < first ? older : nodes[sibling - first];
    if (hash !== undefined && hash !== null) proof.push(hash);
    place = Math.floor(place / 2);
  }
  return proof;
}
