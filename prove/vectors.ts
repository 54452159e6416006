// Proof: our verifier judges Merkle proofs as everybody else does. All published vectors of
// transparency-dev/merkle, good and bad, have to be judged as their authors say.
// LIMIT: they are not part of the repository; where they are missing nothing is shown.
import { verifyConsistency, verifyInclusion } from "../src/ledger/merkle.ts";
import { type Control, type ProofOptions, type ProofResult, skippedProof } from "./proof.ts";
import { CHECKS, verifierWithout } from "./vectors/careless-verifier.ts";
import {
  missingVectors,
  publishedVectors,
  type Vector,
  type Verifier,
} from "./vectors/published-vectors.ts";

export const name = "vectors";
export const promise = "published Merkle proofs, good and bad, are judged as their authors say";

const VECTOR_COUNT = 196;

const OURS: Verifier = {
  inclusion: ({ index, size, leafHash, root, proof }) =>
    verifyInclusion(index, size, leafHash, proof, root),
  consistency: ({ size1, size2, root1, root2, proof }) =>
    verifyConsistency(size1, size2, root1, root2, proof),
};

/** There is nothing to choose: the seed is 0, and all vectors are judged in every run. */
export async function run(_options: ProofOptions): Promise<ProofResult> {
  const missing = missingVectors();
  if (missing !== null) return skippedProof(missing, 0);
  const vectors = publishedVectors();
  const broken = misjudgedBy(OURS, vectors).map((vector) => `misjudged: ${vector}`);
  if (vectors.length < VECTOR_COUNT) {
    broken.push(`only ${vectors.length} vectors are there instead of ${VECTOR_COUNT}`);
  }
  // Without this the controls could be caught for what they got wrong, not for what they left out.
  for (const vector of misjudgedBy(verifierWithout(null), vectors)) {
    broken.push(`misjudged by the second verifier: ${vector}`);
  }
  const count = (kind: Vector["kind"], isGood: boolean) =>
    vectors.filter((vector) => vector.kind === kind && vector.isGood === isGood).length;
  const lines = (["inclusion", "consistency"] as const).map(
    (kind) => `${kind}: ${count(kind, true)} good proofs and ${count(kind, false)} bad ones`,
  );
  return { skipped: null, seed: 0, lines, broken, controls: controlsOver(vectors) };
}

function controlsOver(vectors: readonly Vector[]): Control[] {
  return CHECKS.map((check) => {
    const misjudged = misjudgedBy(verifierWithout(check), vectors);
    return {
      name: `a verifier that does not check ${check}`,
      caught: misjudged.length > 0,
      found: `misjudged vectors: ${misjudged.length}`,
    };
  });
}

function misjudgedBy(verifier: Verifier, vectors: readonly Vector[]): string[] {
  return vectors
    .filter((vector) => vector.isAcceptedBy(verifier) !== vector.isGood)
    .map((vector) => vector.name);
}
