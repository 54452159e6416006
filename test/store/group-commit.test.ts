// Group commit by itself: who shares a commit, what bounds it, and who hears of a failure.
import assert from "node:assert/strict";
import { test } from "node:test";
import { DEFAULT_GROUP_LIMITS, GroupCommit, type Settled } from "../../src/store/group-commit.ts";

const ONE = { drafts: 1, bytes: 10 };

/** Commits that end only when the test says so. */
function recorder(limits = DEFAULT_GROUP_LIMITS) {
  const batches: string[][] = [];
  const releases: (() => void)[] = [];
  const commits = new GroupCommit<string, string>(async (batch) => {
    batches.push([...batch]);
    await new Promise<void>((resolve) => releases.push(resolve));
    return batch.map(
      (item): Settled<string> =>
        item === "bad" ? { error: new Error("bad") } : { outcome: `${item}!` },
    );
  }, limits);
  const release = async () => {
    while (releases.length === 0) await new Promise((resolve) => setImmediate(resolve));
    releases.shift()?.();
  };
  return { batches, commits, release };
}

test("what arrives during a commit shares the next one, in the order it came", async () => {
  const { batches, commits, release } = recorder();
  const answers = [commits.submit("a", ONE)];
  while (batches.length === 0) await new Promise((resolve) => setImmediate(resolve));
  for (const item of ["b", "c", "d"]) answers.push(commits.submit(item, ONE));
  await release();
  await release();
  assert.deepEqual(await Promise.all(answers), ["a!", "b!", "c!", "d!"]);
  assert.deepEqual(batches, [["a"], ["b", "c", "d"]]);
});

test("a batch keeps to its drafts and bytes, and a larger item goes alone", async () => {
  const limits = { maxBatchDrafts: 3, maxBatchBytes: 100, maxQueuedDrafts: 1000 };
  const { batches, commits, release } = recorder(limits);
  const answers = [
    commits.submit("huge", { drafts: 50, bytes: 10 }),
    commits.submit("a", ONE),
    commits.submit("b", ONE),
    commits.submit("c", ONE),
    commits.submit("d", ONE),
    commits.submit("long", { drafts: 1, bytes: 95 }),
    commits.submit("e", ONE),
  ];
  for (let n = 0; n < 5; n++) await release();
  await Promise.all(answers);
  assert.deepEqual(batches, [["huge"], ["a", "b", "c"], ["d"], ["long"], ["e"]]);
});

test("one that is at fault fails alone, and a failed commit fails for its batch only", async () => {
  const { commits, release } = recorder();
  const answers = ["a", "bad", "b"].map((item) => commits.submit(item, ONE));
  const settled = Promise.allSettled(answers);
  await release();
  const statuses = (await settled).map(({ status }) => status);
  assert.deepEqual(statuses, ["fulfilled", "rejected", "fulfilled"]);

  let isFailing = true;
  const failing = new GroupCommit<string, string>(async (batch) => {
    if (isFailing) throw new Error("no disk");
    return batch.map((item) => ({ outcome: item }));
  }, DEFAULT_GROUP_LIMITS);
  const lost = [failing.submit("a", ONE), failing.submit("b", ONE)];
  for (const one of lost) await assert.rejects(one, /no disk/u);
  isFailing = false;
  assert.equal(await failing.submit("c", ONE), "c");
});

test("a full queue refuses, takes again once it has emptied, and drains to the last", async () => {
  const limits = { maxBatchDrafts: 2, maxBatchBytes: 1000, maxQueuedDrafts: 3 };
  const { commits, release } = recorder(limits);
  const taken = ["a", "b", "c"].map((item) => commits.submit(item, ONE));
  await assert.rejects(commits.submit("d", ONE), { name: "StoreOverloaded" });
  await release();
  await taken[0];
  taken.push(commits.submit("e", ONE));
  const drained = commits.drain();
  await release();
  await drained;
  assert.equal((await Promise.all(taken)).length, 4);
});
