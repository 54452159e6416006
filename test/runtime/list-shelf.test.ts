/** Lists of others: in force and on disk when loaded, the old one untouched when that fails. */
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { ListDescription } from "../../src/app/lists.ts";
import type { AddressKey } from "../../src/domain/words.ts";
import { openListShelf } from "../../src/runtime/list-shelf.ts";
import { temporaryFolder } from "../support/temp-folder.ts";

const tokenOf = (address: AddressKey) => createHmac("sha256", "p").update(address).digest("hex");
const open = (folder: string, erased: readonly string[] = []) =>
  openListShelf({
    folder,
    tokensOf: (address) => [tokenOf(address)],
    isErased: (address) => erased.includes(address),
  });

const LIST: ListDescription = {
  name: "house",
  kind: "do-not-contact",
  asOf: 1,
  maxAgeDays: null,
  countries: [],
  channels: [],
  defaultRegion: "US",
};

async function* text(...chunks: string[]) {
  for (const chunk of chunks) yield Buffer.from(chunk);
}

async function* cutOff(chunk: string) {
  yield Buffer.from(chunk);
  throw new Error("the connection was lost");
}

type Shelf = Awaited<ReturnType<typeof open>>;
const has = (shelf: Shelf, address: string, name = "house") =>
  shelf.all.find((list) => list.name === name)?.has(address as AddressKey);

test("a list is in force when it is loaded and after a new start", async (t) => {
  const folder = temporaryFolder(t);
  const shelf = await open(folder);
  const report = await shelf.load(
    LIST,
    text(
      "\uFEFFphone,name\r\n+1 212 555 0101,Al\r\n(212) 555",
      "-0102;x\r\n2125550101\n",
      "al@example.com",
    ),
  );
  assert.deepEqual(report, {
    name: "house",
    addresses: 3,
    duplicates: 1,
    rejected: [],
    rejectedCount: 0,
    unclear: [],
    unclearCount: 0,
    changes: null,
  });
  for (const one of [shelf, await open(folder)]) {
    for (const address of ["+12125550101", "+12125550102", "al@example.com"]) {
      assert.equal(has(one, address), true);
    }
    assert.equal(has(one, "+12125550103"), false);
  }
});

test("bad lines are reported by number and the good ones kept; comments and blank lines are neither", async (t) => {
  const shelf = await open(temporaryFolder(t));
  const bad = Array.from({ length: 150 }, (_, at) => `not a number ${at}`);
  const report = await shelf.load(
    LIST,
    text(["# made by hand", "", "2125550101", ...bad, "2125550102"].join("\n")),
  );
  assert.equal(report.addresses, 2);
  assert.equal(report.rejectedCount, 150);
  assert.equal(report.rejected.length, 100);
  assert.equal(report.rejected[0]?.line, 4);
});

test("a bad address on the first line is no header: it is reported like any other", async (t) => {
  const shelf = await open(temporaryFolder(t));
  const report = await shelf.load(
    { ...LIST, defaultRegion: null },
    text("2125550101\n+12125550102"),
  );
  assert.equal(report.rejectedCount, 1);
  assert.deepEqual(report.rejected[0]?.line, 1);
});

test("a line without an end is refused long before it fills the memory", async (t) => {
  const shelf = await open(temporaryFolder(t));
  let given = 0;
  async function* endless() {
    yield Buffer.from("+12125550101\n");
    for (; given < 256; given += 1) yield Buffer.alloc(64 * 1024, "a");
  }
  await assert.rejects(shelf.load(LIST, endless()), /longer than 1 MiB/);
  assert.ok(given < 64, `${given} pieces were read`);
  assert.deepEqual(shelf.all, []);
});

test("a new copy takes the place of the old one, in memory and on disk", async (t) => {
  const folder = temporaryFolder(t);
  const shelf = await open(folder);
  await shelf.load(LIST, text("2125550101"));
  await shelf.load({ ...LIST, asOf: 2 }, text("2125550102"));
  for (const one of [shelf, await open(folder)]) {
    assert.equal(has(one, "+12125550101"), false);
    assert.equal(has(one, "+12125550102"), true);
    assert.equal(one.all[0]?.asOf, 2);
  }
  assert.equal(readdirSync(folder).length, 2);
});

for (const { name, load } of [
  { name: "without any address", load: () => text("phone\nnobody\n") },
  { name: "that is empty", load: () => text() },
  { name: "that was cut off", load: () => cutOff("2125550102\n") },
  { name: "that was cut off before its first byte", load: () => cutOff("") },
]) {
  test(`a text ${name} is refused and leaves the old list as it was`, async (t) => {
    const folder = temporaryFolder(t);
    const shelf = await open(folder);
    await shelf.load(LIST, text("2125550101"));
    const before = readdirSync(folder);
    await assert.rejects(shelf.load(LIST, load()));
    assert.deepEqual(readdirSync(folder), before);
    assert.equal(has(shelf, "+12125550101"), true);
    assert.equal(has(await open(folder), "+12125550101"), true);
  });
}

test("copies of one list that are loaded at once leave one of them, whole", async (t) => {
  const folder = temporaryFolder(t);
  const shelf = await open(folder);
  await Promise.all(
    Array.from({ length: 10 }, (_, at) =>
      shelf.load({ ...LIST, asOf: at }, text(`212555010${at}`)),
    ),
  );
  const again = await open(folder);
  assert.equal(again.all.length, 1);
  const { asOf } = again.all[0]!;
  assert.equal(shelf.all[0]?.asOf, asOf);
  assert.equal(has(again, `+1212555010${asOf}`), true);
  assert.equal(readdirSync(folder).length, 2);
});

test("what a crash left behind is no list, and the next start clears it away", async (t) => {
  const folder = temporaryFolder(t);
  await (await open(folder)).load(LIST, text("2125550101"));
  writeFileSync(join(folder, "house.dead.txt"), "2125550109\n");
  writeFileSync(join(folder, "house.json.tmp"), '{"descr');
  const shelf = await open(folder);
  assert.equal(has(shelf, "+12125550101"), true);
  assert.equal(has(shelf, "+12125550109"), false);
  assert.equal(readdirSync(folder).length, 2);
});

const ERASED = ["+12125550102", "zoé@xn--exmple-cua.org"] as const;
const EVERYBODY = "2125550101\n(212) 555-0102,Zoe\nZOÉ@exämple.org\n+12125550103\n";

/** Everything that the folder holds, as one text. */
const bytesOf = (folder: string) =>
  readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), "utf8"))
    .join("\n");

function assertForgotten(folder: string, shelf: Shelf): void {
  const bytes = bytesOf(folder);
  for (const address of ERASED) {
    assert.ok(!bytes.includes(address.slice(1)), address);
    assert.ok(bytes.includes(`token:${tokenOf(address as AddressKey)}`));
    assert.equal(has(shelf, address), true, "whoever was erased stays listed");
  }
  assert.ok(!bytes.includes("Zoe"));
  assert.ok(bytes.includes("+12125550101"), "the control: the search finds who is there");
  for (const other of ["+12125550101", "+12125550103"]) assert.equal(has(shelf, other), true);
  assert.equal(has(shelf, "+12125550104"), false);
  assert.equal(shelf.all[0]?.size, 4);
}

test("an erased person's lines go from the copies on disk, and they stay listed", async (t) => {
  const folder = temporaryFolder(t);
  const shelf = await open(folder);
  await shelf.load(LIST, text(EVERYBODY));
  await shelf.load({ ...LIST, name: "other" }, text("2125550101"));
  for (const address of ERASED) {
    const { removed, remains } = await shelf.forget(address as AddressKey);
    assert.deepEqual(removed, ["a line of the list house"]);
    assert.deepEqual(remains, []);
    assert.deepEqual((await shelf.forget(address as AddressKey)).removed, []);
  }
  assertForgotten(folder, shelf);
  assertForgotten(folder, await open(folder));
});

test("somebody who is on no list costs no new copy", async (t) => {
  const folder = temporaryFolder(t);
  const shelf = await open(folder);
  await shelf.load(LIST, text(EVERYBODY));
  const before = readdirSync(folder);
  assert.deepEqual((await shelf.forget("+12125550199" as AddressKey)).removed, []);
  assert.deepEqual(readdirSync(folder), before);
});

test("whom another server erased is found in the copies by asking about every line", async (t) => {
  const folder = temporaryFolder(t);
  const erased: string[] = [];
  const shelf = await open(folder, erased);
  await shelf.load(LIST, text(EVERYBODY));
  assert.deepEqual((await shelf.forget(null)).removed, []);
  erased.push(...ERASED);
  assert.deepEqual((await shelf.forget(null)).removed, ["a line of the list house"]);
  assertForgotten(folder, shelf);
});

test("a start finds in its copies who was erased in the meantime", async (t) => {
  const folder = temporaryFolder(t);
  await (await open(folder)).load(LIST, text(EVERYBODY));
  assertForgotten(folder, await open(folder, ERASED));
});

test("a newer copy from outside does not bring an erased person's address back", async (t) => {
  const folder = temporaryFolder(t);
  const shelf = await open(folder, ERASED);
  await shelf.load(LIST, text(EVERYBODY));
  assertForgotten(folder, shelf);
});

test("an erasure waits for a copy that is being loaded, and finds it", async (t) => {
  const folder = temporaryFolder(t);
  const shelf = await open(folder);
  const loading = shelf.load(LIST, text(EVERYBODY));
  await Promise.all([loading, ...ERASED.map((address) => shelf.forget(address as AddressKey))]);
  assertForgotten(folder, shelf);
});

test("a line `token:…` in a text that somebody loads is no address", async (t) => {
  const folder = temporaryFolder(t);
  const shelf = await open(folder);
  const [phone] = ERASED;
  const report = await shelf.load(
    LIST,
    text(`2125550101\ntoken:${tokenOf(phone as unknown as AddressKey)}\n`),
  );
  assert.equal(report.rejectedCount, 1);
  assert.equal(has(shelf, phone), false);
});

test("a copy of an older Heed, which kept the text as it came, is read and written anew", async (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, "house.old.txt"), `${EVERYBODY}2125550199 ext 7 # or Zoe\n`);
  const old = JSON.stringify({ description: LIST, file: "house.old.txt" });
  writeFileSync(join(folder, "house.json"), old);
  assertForgotten(folder, await open(folder, ERASED));
});

test("a copy with a flipped bit stops the start instead of naming somebody else", async (t) => {
  const folder = temporaryFolder(t);
  await (await open(folder)).load(LIST, text(EVERYBODY));
  const copy = readdirSync(folder).find((name) => name.endsWith(".txt"))!;
  const bytes = readFileSync(join(folder, copy));
  bytes[5]! ^= 1;
  writeFileSync(join(folder, copy), bytes);
  await assert.rejects(open(folder), { name: "ConfigProblem", message: /load the list again/ });
});

for (const damaged of ["{", "null", "{}", '{"description":{},"file":"x"}', "missing"]) {
  test(`a description that is ${damaged} stops the start by name instead of passing for no list`, async (t) => {
    const folder = temporaryFolder(t);
    await (await open(folder)).load(LIST, text("2125550101"));
    const contents =
      damaged === "missing" ? JSON.stringify({ description: LIST, file: "gone.txt" }) : damaged;
    writeFileSync(join(folder, "house.json"), contents);
    await assert.rejects(open(folder), {
      name: "ConfigProblem",
      message: /house\.json .* load the list again/,
    });
  });
}
