/** The anchor's file: what survives torn writes, other processes, garbage and lost names. */
import assert from "node:assert/strict";
import {
  closeSync,
  copyFileSync,
  existsSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import type { Anchor } from "../../src/app/head-guard.ts";
import { type AnchorFile, openAnchorFile, parseAnchorFile } from "../../src/runtime/anchor-file.ts";
import { type HasAfter, temporaryFolder } from "../support/temp-folder.ts";

const SLOT_BYTES = 512;

function at(size: number, origin = "optout.example.com/heed"): Anchor {
  return { origin, tree: { size, root: new Uint8Array(32).fill(size % 256) } };
}

function place(t: HasAfter) {
  const data = join(temporaryFolder(t), "data");
  mkdirSync(data);
  const file = `${data}.anchor`;
  const opened: AnchorFile[] = [];
  t.after(async () => {
    for (const one of opened) await one.close();
  });
  return {
    data,
    file,
    async open() {
      const one = await openAnchorFile(file, data);
      opened.push(one);
      return one;
    },
  };
}

test("what was put and moved is found again by the next process, with its mark in the data folder", async (t) => {
  const { data, file, open } = place(t);
  const first = await open();
  assert.equal(first.found, "none");
  assert.equal(first.wasAnchored, false);
  await first.put(at(0));
  for (let size = 1; size <= 5; size += 1) await first.move(at(size));
  await first.close();
  const again = await open();
  assert.deepEqual(again.found, at(5));
  assert.equal(again.wasAnchored, true);
  assert.equal(readFileSync(join(data, "anchored"), "utf8").trim().endsWith(file), true);
  await again.put(at(6, "another.example/log"));
  await again.close();
  assert.deepEqual((await open()).found, at(6, "another.example/log"));
  assert.deepEqual(readdirSync(join(data, "..")).sort(), ["data", "data.anchor"]);
  if (process.platform !== "win32") assert.equal(statSync(file).mode & 0o777, 0o600);
});

test("a person can read it", async (t) => {
  const { file, open } = place(t);
  await (await open()).put(at(7));
  const text = readFileSync(file, "utf8");
  assert.match(
    text,
    /^heed-anchor@v1\nsequence 0\norigin optout\.example\.com\/heed\nsize 7\nroot 07/,
  );
});

test("wherever a write is torn, the anchor before it or the new one is there, never another", async (t) => {
  const { file, open } = place(t);
  const anchor = await open();
  await anchor.put(at(1));
  for (let size = 2; size < 40; size += 1) {
    const before = readFileSync(file);
    await anchor.move(at(size));
    const after = readFileSync(file);
    // As a drive leaves it that loses power in the middle: any part of the new bytes, the rest old.
    for (let cut = 0; cut <= after.length; cut += 61) {
      for (const torn of [
        Buffer.concat([after.subarray(0, cut), before.subarray(cut)]),
        Buffer.concat([before.subarray(0, cut), after.subarray(cut)]),
      ]) {
        const found = parseAnchorFile(torn)?.anchor.tree.size;
        assert.ok(found === size || found === size - 1, `${found} instead of ${size} at ${cut}`);
      }
    }
    // Control: were both written to one slot, a torn write would leave no anchor.
    const slot = (bytes: Buffer) => (size % 2 === 0 ? bytes.subarray(0, 512) : bytes.subarray(512));
    const half = Buffer.concat([slot(after).subarray(0, 100), slot(before).subarray(100)]);
    assert.equal(parseAnchorFile(Buffer.concat([half, half])), null);
  }
});

test("one slot that rotted is passed over; a file that is no anchor is not taken for one", async (t) => {
  const { file, open } = place(t);
  const anchor = await open();
  await anchor.put(at(1));
  await anchor.move(at(2));
  const bytes = readFileSync(file);
  const whole = parseAnchorFile(bytes)?.anchor.tree.size;
  assert.equal(whole, 2);
  fc.assert(
    fc.property(fc.nat(bytes.length * 8 - 1), (bit) => {
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      const found = parseAnchorFile(flipped)?.anchor.tree.size;
      // The newest slot is the first half; what is left of the other was written before it.
      assert.equal(found, bit < SLOT_BYTES * 8 ? 1 : 2);
    }),
    { numRuns: 500 },
  );
  for (const garbage of [
    bytes.subarray(0, 1023),
    Buffer.concat([bytes, Buffer.of(0)]),
    Buffer.alloc(1024),
    Buffer.from("#!/bin/sh\n".padEnd(1024)),
  ]) {
    assert.equal(parseAnchorFile(garbage), null);
  }
});

test("a file that cannot be read is told apart from none, and is kept when a new one takes its place", async (t) => {
  const { file, open } = place(t);
  writeFileSync(file, "somebody's notes");
  const anchor = await open();
  assert.equal(anchor.found, "unreadable");
  await anchor.put(at(3));
  assert.equal(readFileSync(`${file}.unreadable`, "utf8"), "somebody's notes");
  await anchor.close();
  assert.deepEqual((await open()).found, at(3));
});

test("an empty file is none yet, so that a folder can stay closed to us", async (t) => {
  const { file, open } = place(t);
  closeSync(openSync(file, "w"));
  const { ino } = statSync(file);
  const anchor = await open();
  assert.equal(anchor.found, "none");
  await anchor.put(at(1));
  await anchor.move(at(2));
  await anchor.close();
  assert.equal(statSync(file).ino, ino, "it is the same file");
  assert.deepEqual((await open()).found, at(2));
});

test("a second process on the same anchor is noticed at the next write, whoever is next", async (t) => {
  const { open } = place(t);
  const first = await open();
  await first.put(at(1));
  const second = await open();
  await second.move(at(2));
  await assert.rejects(first.move(at(2)), {
    name: "BrokenStore",
    message: /changed by another process.*an anchor of its own.*HEED_ANCHOR/s,
  });
  // And so it stays: the file says what the second wrote.
  await second.move(at(3));
  await assert.rejects(first.move(at(4)), { name: "BrokenStore" });
  await assert.rejects(first.put(at(4)), { name: "BrokenStore" });
});

test("of two processes that make it at once, one is refused", async (t) => {
  const { open } = place(t);
  const [one, other] = [await open(), await open()];
  await one.put(at(1));
  // The other one found none, and must not write over what has come since.
  await other.put(at(9)).then(
    () => assert.fail("two processes have the same anchor"),
    (error: Error) => assert.match(error.name, /ConfigProblem|BrokenStore/),
  );
  assert.deepEqual((await open()).found, at(1));
});

test("a file that was put back from a copy is noticed like another process", async (t) => {
  const { file, open } = place(t);
  const anchor = await open();
  await anchor.put(at(1));
  copyFileSync(file, `${file}.copy`);
  await anchor.move(at(2));
  copyFileSync(`${file}.copy`, file);
  await assert.rejects(anchor.move(at(3)), { name: "BrokenStore" });
});

test("a file that was removed, moved away or exchanged under a running server is noticed at the next write", async (t) => {
  const changes: readonly ((file: string) => void)[] = [
    (file) => rmSync(file),
    (file) => renameSync(file, `${file}.away`),
    // The same bytes in another file: what is written from now on would not be in it.
    (file) => {
      copyFileSync(file, `${file}.copy`);
      renameSync(`${file}.copy`, file);
    },
    (file) => {
      rmSync(file);
      mkdirSync(file);
    },
  ];
  for (const change of changes) {
    const { file, open } = place(t);
    const anchor = await open();
    await anchor.put(at(1));
    await anchor.move(at(2));
    change(file);
    await assert.rejects(anchor.move(at(3)), {
      name: "BrokenStore",
      message: /was removed, or another file was put in its place.*start Heed again/s,
    });
  }
  // Control: moved away and back it is the same file.
  const { file, open } = place(t);
  const anchor = await open();
  await anchor.put(at(1));
  renameSync(file, `${file}.away`);
  renameSync(`${file}.away`, file);
  await anchor.move(at(2));
});

test("a file that was cut short is a failure in words, and no success", async (t) => {
  const { file, open } = place(t);
  const anchor = await open();
  await anchor.put(at(1));
  const descriptor = openSync(file, "r+");
  ftruncateSync(descriptor, 0);
  closeSync(descriptor);
  await assert.rejects(anchor.move(at(2)), { name: "BrokenStore" });
});

test("a disk that takes no write is named with what to do", {
  skip: existsSync("/dev/full") ? false : "there is no /dev/full here",
}, async (t) => {
  const { data } = place(t);
  await assert.rejects(
    openAnchorFile("/dev/full", data).then((one) => one.put(at(1))),
    {
      name: "ConfigProblem",
      message: /the anchor \/dev\/full cannot be used/,
    },
  );
});

test("the mark stays when the anchor is lost, and says where it was", async (t) => {
  const { data, file, open } = place(t);
  const anchor = await open();
  await anchor.put(at(4));
  await anchor.close();
  rmSync(file);
  const again = await open();
  assert.equal(again.found, "none");
  assert.equal(again.wasAnchored, true);
  // Moved on purpose, with its anchor: the mark follows.
  const elsewhere = await openAnchorFile(`${data}.moved`, data);
  t.after(() => elsewhere.close());
  await elsewhere.put(at(4));
  assert.match(readFileSync(join(data, "anchored"), "utf8"), /data\.moved\n$/);
});

test("a name that no slot has room for is refused before anything is written", async (t) => {
  const { file, open } = place(t);
  const anchor = await open();
  await assert.rejects(anchor.put(at(1, "x".repeat(301))), /longer than 300 bytes/);
  assert.equal(existsSync(file), false);
  await anchor.put(at(Number.MAX_SAFE_INTEGER, "x".repeat(300)));
  await anchor.close();
  assert.equal(((await open()).found as Anchor).tree.size, Number.MAX_SAFE_INTEGER);
});
