/** Work on many items at once: bounded, and over when it says so. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { forEachConcurrently } from "../../src/app/concurrently.ts";

test("every item is worked on once, begun in order, and no more than the limit at a time", async () => {
  const begun: number[] = [];
  let under = 0;
  let most = 0;
  await forEachConcurrently([...Array(50).keys()], 4, async (item) => {
    begun.push(item);
    under += 1;
    most = Math.max(most, under);
    await sleep(item % 3);
    under -= 1;
  });
  assert.deepEqual(begun, [...Array(50).keys()]);
  assert.equal(most, 4);
});

test("after a failure nothing is begun, and it rejects only when all that was under way has ended", async () => {
  const begun: number[] = [];
  let under = 0;
  const run = forEachConcurrently([...Array(50).keys()], 4, async (item) => {
    begun.push(item);
    under += 1;
    await sleep(item === 1 ? 5 : 40);
    under -= 1;
    if (item === 1) throw new Error("item 1");
  });
  await assert.rejects(run, { message: "item 1" });
  assert.equal(under, 0);
  assert.deepEqual(begun, [0, 1, 2, 3]);
});

test("no items are no work", async () => {
  await forEachConcurrently([], 4, async () => assert.fail());
});
