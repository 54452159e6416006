/**
 * Foreign eyes: what the ledger says is judged by the packages with which Go verifies its checksum
 * database, and so is what it never said. Skipped where Go is not installed.
 */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import fc from "fast-check";
import { fromBase64, toBase64 } from "../../src/ledger/base64.ts";
import { openCheckpoint, signCheckpoint } from "../../src/ledger/checkpoint.ts";
import {
  appendLeafHashes,
  EMPTY_FRONTIER,
  type Frontier,
  rootOf,
} from "../../src/ledger/frontier.ts";
import { leafOf, recordBytes } from "../../src/ledger/leaf.ts";
import { verifyConsistency, verifyInclusion } from "../../src/ledger/merkle.ts";
import { parseVkey, signerOf } from "../../src/ledger/note-key.ts";
import { consistencyProof, frontierAt, inclusionProof } from "../../src/ledger/proof.ts";
import { buildReceipt } from "../../src/ledger/receipt.ts";
import { draftOf } from "../store/drafts.ts";
import { foreignJudge, missingForeignJudge, type Question } from "./foreign/judge.ts";
import { publish, tilesOf } from "./foreign/publish.ts";
import { appended, leafHash, leafHashes } from "./reference-tree.ts";

const skip = missingForeignJudge();
const judge = skip ? () => [] : foreignJudge({ after });

const ORIGIN = "optout.example.com/heed";
const KEYS = [1, 2].map((fill) => signerOf(ORIGIN, new Uint8Array(32).fill(fill)));
const VKEYS = KEYS.map(({ vkey }) => vkey);

const ENTRIES = 1000;
const HASHES = leafHashes(ENTRIES);
const LOG = appended(HASHES, 9);

/** The checkpoint of a tree; the key was changed half-way. */
function signed(frontier: Frontier): string {
  const { size } = frontier;
  const key = KEYS[size <= ENTRIES / 2 ? 0 : 1]!;
  return signCheckpoint({ origin: ORIGIN, size, root: rootOf(frontier) }, [key]);
}

/** The checkpoint after each entry. */
const CHECKPOINTS: string[] = [];
for (let frontier = EMPTY_FRONTIER; frontier.size < ENTRIES; CHECKPOINTS.push(signed(frontier))) {
  frontier = appendLeafHashes(frontier, [HASHES[frontier.size]!]).frontier;
}
const LATEST = CHECKPOINTS.at(-1)!;

const base64s = (hashes: readonly Uint8Array[]) => hashes.map(toBase64);

/** Everything that is claimed about one entry and the checkpoint right after it. */
async function claim(index: number): Promise<Question & Required<Pick<Question, "inclusion">>> {
  return {
    checkpoint: LATEST,
    vkeys: VKEYS,
    index,
    leafHash: toBase64(HASHES[index]!),
    inclusion: base64s(await inclusionProof(index, ENTRIES, LOG.read)),
    older: CHECKPOINTS[index]!,
    consistency: base64s(await consistencyProof(index + 1, ENTRIES, LOG.read)),
  };
}

const CLAIMS = skip ? [] : await Promise.all(HASHES.map((_, index) => claim(index)));

/** The same judgement by our own code. */
function isAcceptedHere(question: Question): boolean {
  const known = question.vkeys.flatMap((vkey) => {
    const verifier = parseVkey(vkey);
    return "problem" in verifier ? [] : [verifier];
  });
  const latest = openCheckpoint(question.checkpoint, known);
  const older = openCheckpoint(question.older!, known);
  if ("problem" in latest || "problem" in older) return false;
  const hashes = (texts: readonly string[] = []) => texts.map((text) => fromBase64(text)!);
  const [leaf] = hashes([question.leafHash!]);
  return (
    verifyInclusion(question.index!, latest.size, leaf!, hashes(question.inclusion), latest.root) &&
    verifyConsistency(
      older.size,
      latest.size,
      older.root,
      latest.root,
      hashes(question.consistency),
    )
  );
}

test("Go accepts 1,000 checkpoints with inclusion in the latest and consistency to it", {
  skip,
}, () => {
  const answers = judge(CLAIMS);
  assert.equal(answers.length, ENTRIES);
  for (const [index, answer] of answers.entries()) {
    assert.deepEqual(answer, { accepted: true }, `entry ${index}`);
    assert.ok(isAcceptedHere(CLAIMS[index]!));
  }
});

test("Go recomputes the roots from the leaves and from their hashes", { skip }, async () => {
  const leaves = HASHES.map((_, index) => Buffer.from(`leaf ${index}`).toString("base64"));
  const questions: Question[] = [];
  for (let size = 1; size <= ENTRIES; size += size < 70 ? 1 : 31) {
    const checkpoint = CHECKPOINTS[size - 1]!;
    questions.push({ checkpoint, vkeys: VKEYS, hashes: base64s(HASHES.slice(0, size)) });
    questions.push({ checkpoint, vkeys: VKEYS, leaves: leaves.slice(0, size) });
  }
  assert.deepEqual(
    judge(questions).filter(({ accepted }) => !accepted),
    [],
  );

  const [first] = questions.slice(-1);
  const changed = { ...first!, leaves: first!.leaves!.with(3, leaves[4]!) };
  const fewer = { ...first!, leaves: first!.leaves!.slice(1) };
  assert.deepEqual(
    judge([changed, fewer]).map(({ problem }) => problem),
    ["the checkpoint has another root", "the checkpoint has another size"],
  );
});

test("Go makes the same proofs from our tiles, and finds a changed bit in one", {
  skip,
}, async () => {
  const large = appended(leafHashes(66_000), 500);
  for (const [shelf, size] of [
    [LOG, 1],
    [LOG, 255],
    [LOG, 256],
    [LOG, 257],
    [LOG, ENTRIES],
    [large, 66_000],
  ] as const) {
    const checkpoint = signed(await frontierAt(size, shelf.read));
    const tiles = await tilesOf(shelf, size);
    const questions: Question[] = [];
    for (const index of [0, Math.floor(size / 3), size - 1]) {
      const inclusion = base64s(await inclusionProof(index, size, shelf.read));
      questions.push({ checkpoint, vkeys: VKEYS, tiles, index, inclusion });
    }
    assert.deepEqual(
      judge(questions).filter(({ accepted }) => !accepted),
      [],
      `size ${size}`,
    );

    if (size === 1) continue; // Nothing is read for a proof without hashes.
    const path = Object.keys(tiles)[0]!;
    const flipped = Buffer.from(tiles[path]!, "base64");
    // In the hash of the second entry, which the proof of the first one needs. The reader of tiles
    // in x/mod 0.7 compares some tiles with nothing, so hashes that no proof needs are not for it.
    flipped[32 + 5]! ^= 4;
    const broken = { ...tiles, [path]: toBase64(flipped) };
    const [answer] = judge([{ ...questions[0]!, tiles: broken }]);
    assert.equal(answer!.accepted, false, `size ${size}`);
  }
});

test("Go takes a log only whole, and what was signed and handed out of it only if it is in it", {
  skip,
}, async () => {
  const drafts = Array.from({ length: 300 }, (_, index) => draftOf(`m-${index}`));
  const sealed = drafts.map((draft, index) => {
    const record = recordBytes(draft.act);
    return { record, salt: draft.salt, leaf: leafOf(draft, index + 1, record).leaf };
  });
  const leaves = sealed.map(({ leaf }) => leaf);
  const log = await publish(leaves);
  const checkpoint = signed(log.shelf.frontier);
  const asked = { checkpoint, vkeys: VKEYS };
  const whole: Question = { ...asked, log: log.paths };
  const early = await frontierAt(100, log.shelf.read);
  const hashes = await inclusionProof(42, 100, log.shelf.read);
  const receipt = buildReceipt(sealed[42]!, hashes, signed(early), KEYS[0]!);
  const handedOut: Question = { checkpoint: signed(early), vkeys: VKEYS, receipt, recompute: true };
  assert.deepEqual(judge([whole, { ...asked, recompute: true }, handedOut]), [
    { accepted: true },
    { accepted: true },
    { accepted: true },
  ]);

  const without = Object.keys(log.paths).map((path): Question => {
    const { [path]: _, ...rest } = log.paths;
    return { ...asked, log: rest };
  });
  const flipped = Object.entries(log.paths).map(
    ([path, bytes], at): Question => ({
      ...asked,
      log: { ...log.paths, [path]: flippedHash(bytes, 17 * at + 40) },
    }),
  );
  const other = Buffer.from(Buffer.from(leaves[42]!).toString().replace("twilio-main", "twilio"));
  const another = await publish(leaves.with(42, other));
  const moved = await publish(leaves.toSpliced(42, 1));
  const refused: Question[] = [
    ...without,
    ...flipped,
    { ...asked, log: another.paths },
    { ...asked, checkpoint: signed(moved.shelf.frontier), log: moved.paths },
    {
      checkpoint: signed(await frontierAt(100, another.shelf.read)),
      vkeys: VKEYS,
      recompute: true,
    },
    { checkpoint: LATEST, vkeys: VKEYS, recompute: true },
    { ...handedOut, receipt: { ...receipt, record: receipt.record!.replace("STOP", "HOLD") } },
    { ...handedOut, receipt: { ...receipt, leaf: receipt.leaf.replace("sms", "web") } },
    { ...handedOut, receipt: { ...receipt, proof: receipt.proof.replace("index 42", "index 41") } },
    { ...handedOut, checkpoint },
  ];
  const [first, ...answers] = judge([whole, ...refused]);
  assert.deepEqual(first, { accepted: true });
  for (const [at, answer] of answers.entries())
    assert.equal(answer.accepted, false, `number ${at}`);
  // A receipt that proves itself, but its log is another one by now.
  const now: Question = {
    ...asked,
    checkpoint: signed(another.shelf.frontier),
    log: another.paths,
  };
  const [taken, gone] = judge([now, { ...handedOut, recompute: false }]);
  assert.deepEqual(taken, { accepted: true });
  assert.equal(gone?.problem, "what the receipt proves is not in the log");
});

/** Changes one bit of the text, but not the last digit of base64, whose spare bits Go ignores. */
function withFlippedBit(text: string, seed: number): string {
  const bytes = Buffer.from(text);
  const places = [...bytes.keys()].filter((at) => at !== bytes.lastIndexOf("=") - 1);
  bytes[places[seed % places.length]!]! ^= 1 << (seed % 7);
  return bytes.toString();
}

function flippedHash(base64: string, seed: number): string {
  const bytes = Buffer.from(base64, "base64");
  bytes[seed % bytes.length]! ^= 1 << (seed % 8);
  return toBase64(bytes);
}

type Mutation = (claim: Question, seed: number) => Question;

const LAST_HASH = toBase64(leafHash("another"));
const MUTATIONS: Record<string, Mutation> = {
  "a bit of the checkpoint": (c, seed) => ({
    ...c,
    checkpoint: withFlippedBit(c.checkpoint, seed),
  }),
  "a bit of the older checkpoint": (c, seed) => ({ ...c, older: withFlippedBit(c.older!, seed) }),
  "a bit of the leaf hash": (c, seed) => ({ ...c, leafHash: flippedHash(c.leafHash!, seed) }),
  "another index": (c, seed) => ({ ...c, index: (c.index! + 1 + (seed % 998)) % ENTRIES }),
  "an index outside": (c, seed) => ({ ...c, index: ENTRIES + seed }),
  "a bit of the inclusion proof": (c, seed) => {
    const at = seed % c.inclusion!.length;
    return { ...c, inclusion: c.inclusion!.with(at, flippedHash(c.inclusion![at]!, seed)) };
  },
  "a hash less of inclusion": (c, seed) => ({
    ...c,
    inclusion: c.inclusion!.toSpliced(seed % c.inclusion!.length, 1),
  }),
  "a hash more of inclusion": (c, seed) => ({
    ...c,
    inclusion: c.inclusion!.toSpliced(seed % (c.inclusion!.length + 1), 0, LAST_HASH),
  }),
  "a hash more of consistency": (c, seed) => ({
    ...c,
    consistency: c.consistency!.toSpliced(seed % (c.consistency!.length + 1), 0, LAST_HASH),
  }),
  "a hash less of consistency": (c, seed) => ({
    ...c,
    consistency: c.consistency!.toSpliced(seed % c.consistency!.length, 1),
  }),
  "the two checkpoints swapped": (c) => ({ ...c, older: c.checkpoint, checkpoint: c.older! }),
  "a key that did not sign": (c) => ({
    ...c,
    vkeys: [signerOf(ORIGIN, new Uint8Array(32).fill(3)).vkey],
  }),
};

test("Go refuses 1,000 changed claims, and so do we", { skip }, () => {
  const names = Object.keys(MUTATIONS);
  const [seed0] = fc.sample(fc.nat(2 ** 30), 1);
  const changed = CLAIMS.map((claim, at) => {
    const name = names[at % names.length]!;
    // The last claim has the latest checkpoint for an older one: nothing to swap or to leave out.
    const question = MUTATIONS[name]!(at === ENTRIES - 1 ? CLAIMS[0]! : claim, seed0! + at);
    return { name, question };
  });
  const answers = judge(changed.map(({ question }) => question));
  assert.equal(answers.length, ENTRIES);
  for (const [at, { name, question }] of changed.entries()) {
    const place = `${name}, seed ${seed0! + at}, claim ${at}`;
    assert.equal(answers[at]!.accepted, false, `Go took ${place}`);
    assert.equal(isAcceptedHere(question), false, `we took ${place}`);
  }
});
