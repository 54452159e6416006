// The Merkle proof vectors of transparency-dev/merkle (Apache-2.0), kept beside the repository and
// not in it: proofs of inclusion and consistency, good and bad, each with what a verifier must say.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const FOLDER = fileURLToPath(new URL("../../../shared/vectors/merkle/testdata", import.meta.url));

export interface Inclusion {
  readonly index: number;
  readonly size: number;
  readonly leafHash: Uint8Array;
  readonly root: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

export interface Consistency {
  readonly size1: number;
  readonly size2: number;
  readonly root1: Uint8Array;
  readonly root2: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

export interface Verifier {
  inclusion(claim: Inclusion): boolean;
  consistency(claim: Consistency): boolean;
}

export interface Vector {
  /** The file's path, and what its authors say about it. */
  readonly name: string;
  readonly kind: keyof Verifier;
  readonly isGood: boolean;
  isAcceptedBy(verifier: Verifier): boolean;
}

interface VectorFile {
  readonly leafIdx: number;
  readonly treeSize: number;
  readonly root: string;
  readonly leafHash: string;
  readonly size1: number;
  readonly size2: number;
  readonly root1: string;
  readonly root2: string;
  readonly proof: readonly string[] | null;
  readonly desc: string;
  readonly wantErr: boolean;
}

/** Why there are none here, or `null`. */
export function missingVectors(): string | null {
  return existsSync(FOLDER)
    ? null
    : "the vectors of transparency-dev/merkle are not at ../shared/vectors/merkle";
}

export function publishedVectors(): Vector[] {
  const files = readdirSync(FOLDER, { recursive: true, encoding: "utf8" });
  return files
    .filter((path) => path.endsWith(".json"))
    .toSorted()
    .map((path) => vectorOf(path, JSON.parse(readFileSync(join(FOLDER, path), "utf8"))));
}

function vectorOf(path: string, file: VectorFile): Vector {
  const kind = path.startsWith("inclusion") ? "inclusion" : "consistency";
  const proof = (file.proof ?? []).map(bytesOf);
  const isAcceptedBy = (verifier: Verifier) =>
    kind === "inclusion"
      ? verifier.inclusion({
          index: file.leafIdx,
          size: file.treeSize,
          leafHash: bytesOf(file.leafHash),
          root: bytesOf(file.root),
          proof,
        })
      : verifier.consistency({
          size1: file.size1,
          size2: file.size2,
          root1: bytesOf(file.root1),
          root2: bytesOf(file.root2),
          proof,
        });
  return { name: `${path}: ${file.desc}`, kind, isGood: !file.wantErr, isAcceptedBy };
}

function bytesOf(base64: string): Uint8Array {
  return new Uint8Array(Buffer.from(base64, "base64"));
}
