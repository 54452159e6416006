/**
 * Registries on disk: every format, change lists, hashes, and answers about single numbers. In force
 * and on disk when acknowledged, the same after a new start, and nobody's who was erased.
 */
import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import type { ListDescription, ListLoad, ListShelf } from "../../src/app/lists.ts";
import type { AddressKey } from "../../src/domain/words.ts";
import { copyLists, leaveOutLists } from "../../src/runtime/copy-lists.ts";
import { openListShelf } from "../../src/runtime/list-shelf.ts";
import type { Answer } from "../../src/sets/answer-book.ts";
import { PLAIN_LISTING } from "../../src/sets/listing.ts";
import { temporaryFolder } from "../support/temp-folder.ts";

const DAY = 24 * 60 * 60 * 1000;
const AS_OF = Date.UTC(2026, 10, 1);
const ONE = "+12125550101" as AddressKey;
const TWO = "+12125550102" as AddressKey;
const THREE = "+16465550103" as AddressKey;
const EMAIL = "ana@example.com" as AddressKey;

const tokenOf = (address: AddressKey) => createHmac("sha256", "p").update(address).digest("hex");
const open = (folder: string, erased: readonly AddressKey[] = []) =>
  openListShelf({
    folder,
    tokensOf: (address) => [tokenOf(address)],
    isErased: (address) => erased.includes(address),
  });

const DNC: ListDescription = {
  name: "us-national-dnc",
  kind: "national",
  asOf: AS_OF,
  maxAgeDays: 31,
  countries: ["US"],
  channels: ["sms", "voice"],
  defaultRegion: "US",
};
const FULL: ListLoad = { format: "us-dnc" };
const CHANGE: ListLoad = { format: "us-dnc-change" };

async function* text(...chunks: (string | Uint8Array)[]) {
  for (const chunk of chunks) yield Buffer.from(chunk as string);
}

const copyOf = (shelf: ListShelf, name = DNC.name) =>
  shelf.named.find((list) => list.name === name)?.copy ?? null;
const answersOf = (shelf: ListShelf, name = "au-dncr") =>
  shelf.named.find((list) => list.name === name)?.answers ?? null;
const bytesOf = (folder: string) =>
  readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), "utf8"))
    .join("\n");

/** The list as it is, and as a new start finds it. */
async function both(folder: string, shelf: ListShelf, look: (shelf: ListShelf) => void) {
  look(shelf);
  look(await open(folder));
}

test("what a list says of an address is there after a new start", async (t) => {
  const folder = temporaryFolder(t);
  const shelf = await open(folder);
  const report = await shelf.load(
    { ...DNC, name: "br-nao-me-perturbe" },
    text("phone,since,channels,sectors\n", "2125550101,2026-01-15,voice,Telecom;Banking\n", TWO),
  );
  assert.equal(report.addresses, 2);
  await both(folder, shelf, (one) => {
    const list = copyOf(one, "br-nao-me-perturbe");
    assert.deepEqual(list?.listing(ONE), {
      since: Date.UTC(2026, 0, 15),
      channels: ["voice"],
      sectors: ["banking", "telecom"],
    });
    assert.deepEqual(list?.listing(TWO), PLAIN_LISTING);
    assert.equal(list?.listing(THREE), null);
  });
});

test("lines that are read as more than they may mean are told apart from those that are lost", async (t) => {
  const shelf = await open(temporaryFolder(t));
  const report = await shelf.load(DNC, text("phone,since\n2125550101,1/2/2026\nnobody,\n"));
  assert.equal(report.addresses, 1);
  assert.deepEqual(report.unclear, [{ line: 2, problem: "bad-date" }]);
  assert.deepEqual(report.rejected, [{ line: 3, problem: "not-an-address" }]);
});

test("the US registry's full list says which area codes it has, and can be told otherwise", async (t) => {
  const folder = temporaryFolder(t);
  const shelf = await open(folder);
  await shelf.load(DNC, text("212,5550101\r\n212,5550102\r\n646,5550103\r\n"), FULL);
  await both(folder, shelf, (one) => {
    assert.deepEqual(copyOf(one)?.areaCodes, ["212", "646"]);
    assert.ok(copyOf(one)?.has(THREE));
    assert.ok(!copyOf(one)?.covers("+14155550101" as AddressKey));
  });
  await shelf.load(DNC, text("212,5550101"), { ...FULL, areaCodes: "all" });
  assert.ok(copyOf(shelf)?.covers("+14155550101" as AddressKey));
  await shelf.load(DNC, text("212,5550101"), { ...FULL, areaCodes: ["415", "212"] });
  assert.deepEqual(copyOf(shelf)?.areaCodes, ["212", "415"]);
});

test("an XML list is read however it is cut, and a bad element is named by its line", async (t) => {
  const xml = `<list type="full">\n<ac val="212">\n<ph val="5550101"/>\n<ph val="x"/>\n</ac></list>`;
  for (const cut of [1, 7, 1000]) {
    const shelf = await open(temporaryFolder(t));
    const pieces = xml.match(new RegExp(`[^]{1,${cut}}`, "gu"))!;
    const report = await shelf.load(DNC, text(...pieces), FULL);
    assert.ok(copyOf(shelf)?.has(ONE));
    assert.deepEqual(report.rejected, [{ line: 4, problem: "not-an-area-code-and-number" }]);
  }
});

test("a change list takes off and puts on, moves the date, and outlives a start", async (t) => {
  const folder = temporaryFolder(t);
  const shelf = await open(folder);
  await shelf.load(DNC, text("212,5550101\n212,5550102\n"), FULL);
  const report = await shelf.load(
    { ...DNC, asOf: AS_OF + DAY, maxAgeDays: null, countries: [], channels: [] },
    text(
      "212,5550102,2026-11-01,D\n646,5550103,2026-11-01,A\n212,5550101,2026-11-01,A\n",
      "212,5550109,2026-11-01,D\n212,5550108,2026-11-01\n",
    ),
    CHANGE,
  );
  assert.deepEqual(report.changes, { added: 1, deleted: 1, notThere: 1 });
  assert.equal(report.addresses, 2);
  assert.deepEqual(report.rejected, [{ line: 5, problem: "no-change" }]);
  await both(folder, shelf, (one) => {
    const list = copyOf(one);
    assert.equal(list?.asOf, AS_OF + DAY);
    assert.equal(list?.maxAgeDays, 31);
    assert.deepEqual(list?.countries, ["US"]);
    // Nobody knows since when the full list had it.
    assert.deepEqual(list?.listing(ONE), PLAIN_LISTING);
    assert.equal(list?.listing(TWO), null);
    assert.equal(list?.listing(THREE)?.since, Date.UTC(2026, 10, 1));
  });
});

for (const { name, lines, isListed } of [
  { name: "the newer of two", lines: ["11-02,A", "11-03,D"], isListed: false },
  { name: "the newer, wherever it stands", lines: ["11-03,D", "11-02,A"], isListed: false },
  { name: "the addition of the same day", lines: ["11-02,A", "11-02,D"], isListed: true },
]) {
  test(`of several changes of one number counts ${name}`, async (t) => {
    const shelf = await open(temporaryFolder(t));
    await shelf.load(DNC, text("212,5550102"), FULL);
    const changes = lines.map((line) => `212,5550101,2026-${line}\n`);
    await shelf.load({ ...DNC, asOf: AS_OF + 5 * DAY }, text(...changes), CHANGE);
    assert.equal(copyOf(shelf)?.has(ONE), isListed);
  });
}

for (const { name, load, message } of [
  {
    name: "a change list where there is no copy",
    load: (shelf: ListShelf) =>
      shelf.load({ ...DNC, name: "other" }, text("212,5550101,2026-11-01,A"), CHANGE),
    message: /load the full list first/,
  },
  {
    name: "a change list that is no newer than the copy",
    load: (shelf: ListShelf) => shelf.load(DNC, text("212,5550101,2026-11-01,D"), CHANGE),
    message: /no newer/,
  },
  {
    name: "a change list without a change",
    load: (shelf: ListShelf) =>
      shelf.load({ ...DNC, asOf: AS_OF + 1 }, text("212,5550101"), CHANGE),
    message: /holds no change/,
  },
  {
    name: "a change list as a full one",
    load: (shelf: ListShelf) => shelf.load(DNC, text("212,5550109,2026-11-01,A"), FULL),
    message: /us-dnc-change/,
  },
  {
    name: "a file that is compressed",
    load: (shelf: ListShelf) => shelf.load(DNC, text(gzipSync("212,5550109")), FULL),
    message: /zcat/,
  },
  {
    name: "an archive",
    load: (shelf: ListShelf) => shelf.load(DNC, text("PK\u0003\u0004…"), FULL),
    message: /unzip/,
  },
  {
    name: "a list without a usable line",
    load: (shelf: ListShelf) => shelf.load(DNC, text("212-555,1\nnone\n"), FULL),
    message: /holds no address/,
  },
]) {
  test(`${name} is refused with what to do, and replaces nothing`, async (t) => {
    const folder = temporaryFolder(t);
    const shelf = await open(folder);
    await shelf.load(DNC, text("212,5550101"), FULL);
    const before = readdirSync(folder);
    await assert.rejects(load(shelf), { name: "Problem", message });
    assert.deepEqual(readdirSync(folder), before);
    await both(folder, shelf, (one) => {
      assert.ok(copyOf(one)?.has(ONE));
      assert.equal(copyOf(one)?.asOf, AS_OF);
    });
  });
}

test("full and change lists, one after the other, are what a plain set says they are", async (t) => {
  const anyNumber = fc.nat(30).map((at) => 2_125_550_100 + at);
  const anyChange = fc.record({ number: anyNumber, isAdded: fc.boolean() });
  const anyBatch = fc.uniqueArray(anyChange, { selector: ({ number }) => number, minLength: 1 });
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(anyNumber, { minLength: 1 }),
      fc.array(anyBatch, { maxLength: 4 }),
      fc.subarray(Array.from({ length: 31 }, (_, at) => 2_125_550_100 + at)),
      async (full, batches, gone) => {
        const folder = temporaryFolder(t);
        const erased = gone.map((number) => `+1${number}` as AddressKey);
        const shelf = await open(folder, erased);
        await shelf.load(DNC, text(full.join("\n")), FULL);
        const naive = new Set(full);
        for (const [at, batch] of batches.entries()) {
          const lines = batch.map(({ number, isAdded }) => `${number},${isAdded ? "A" : "D"}`);
          await shelf.load(
            { ...DNC, asOf: AS_OF + (at + 1) * DAY },
            text(lines.join("\n")),
            CHANGE,
          );
          for (const { number, isAdded } of batch) {
            if (isAdded) naive.add(number);
            else naive.delete(number);
          }
        }
        for (const one of [shelf, await open(folder, erased)]) {
          assert.equal(copyOf(one)?.size, naive.size);
          for (let number = 2_125_550_100; number <= 2_125_550_131; number++) {
            assert.equal(copyOf(one)?.has(`+1${number}` as AddressKey), naive.has(number));
          }
        }
        const bytes = bytesOf(folder);
        for (const number of gone) assert.ok(!bytes.includes(String(number)));
      },
    ),
    { numRuns: 15 },
  );
});

const sha256 = (written: string) => createHash("sha256").update(written).digest("hex");
const HASHED: ListDescription = {
  ...DNC,
  name: "data-brokers",
  hash: { algorithm: "sha256", phones: "digits", prefix: "s", suffix: "" },
};
const HASHES = `${sha256("s12125550101")}\n${sha256(`s${EMAIL}`)}\n${sha256("s12125550102")}\n`;

test("a list of hashes names whom it means, after a new start as well, and somebody erased by their token", async (t) => {
  const folder = temporaryFolder(t);
  const shelf = await open(folder);
  const report = await shelf.load(HASHED, text(HASHES, "none\n"), { format: "hashed" });
  assert.deepEqual(report.rejected, [{ line: 4, problem: "not-a-hash" }]);
  const names = (one: ListShelf) => {
    for (const address of [ONE, EMAIL]) assert.ok(copyOf(one, "data-brokers")?.has(address));
    assert.ok(!copyOf(one, "data-brokers")?.has(THREE));
  };
  await both(folder, shelf, names);
  assert.deepEqual((await shelf.forget(ONE)).removed, ["a line of the list data-brokers"]);
  await both(folder, shelf, names);
  assert.ok(!bytesOf(folder).includes(sha256("s12125550101")));
  assert.ok(bytesOf(folder).includes(sha256("s12125550102")), "the control: others stay");
});

test("an erased person keeps what the list says of them, under their token", async (t) => {
  const folder = temporaryFolder(t);
  const shelf = await open(folder);
  await shelf.load(DNC, text(`phone,since\n${ONE},2026-01-15\n${TWO},2026-01-15\n`));
  await shelf.forget(ONE);
  assert.ok(!bytesOf(folder).includes(ONE));
  assert.ok(bytesOf(folder).includes(TWO), "the control: the search finds who is there");
  await both(folder, shelf, (one) => {
    for (const who of [ONE, TWO]) {
      assert.equal(copyOf(one)?.listing(who)?.since, Date.UTC(2026, 0, 15));
    }
  });
});

const answerOf = (listed: boolean | null, more: Partial<Answer> = {}): Answer => ({
  listed,
  asOf: AS_OF,
  listing: PLAIN_LISTING,
  consentAt: null,
  ...more,
});

test("answers are there after a new start, the newest of each number", async (t) => {
  const folder = temporaryFolder(t);
  const shelf = await open(folder);
  const listing = {
    since: Date.UTC(2026, 0, 15),
    channels: ["sms" as const],
    sectors: ["banking"],
  };
  const first = [
    { address: ONE, answer: answerOf(true, { listing, consentAt: 123_456 }) },
    { address: TWO, answer: answerOf(false) },
    { address: EMAIL, answer: answerOf(null) },
  ];
  assert.deepEqual(await shelf.answer("au-dncr", first), { taken: 3, older: 0, addresses: 3 });
  const second = [
    { address: ONE, answer: answerOf(false, { asOf: AS_OF - DAY }) },
    { address: TWO, answer: answerOf(true, { asOf: AS_OF + DAY }) },
  ];
  assert.deepEqual(await shelf.answer("au-dncr", second), { taken: 1, older: 1, addresses: 3 });
  await both(folder, shelf, (one) => {
    const answers = answersOf(one);
    assert.deepEqual(answers?.find(ONE), first[0]!.answer);
    assert.deepEqual(answers?.find(TWO), second[1]!.answer);
    assert.equal(answers?.find(EMAIL)?.listed, null);
    assert.equal(answers?.find(THREE), null);
    assert.equal(copyOf(one, "au-dncr"), null);
  });
});

test("an erased person's answers lose their address, whoever erased them and whenever they come", async (t) => {
  const folder = temporaryFolder(t);
  const erased: AddressKey[] = [];
  const shelf = await open(folder, erased);
  const three = [ONE, TWO, EMAIL].map((address) => ({ address, answer: answerOf(true) }));
  await shelf.answer("au-dncr", three);
  assert.deepEqual((await shelf.forget(ONE)).removed, ["an answer of the list au-dncr"]);
  assert.deepEqual((await shelf.forget(ONE)).removed, []);
  erased.push(ONE, EMAIL);
  await shelf.forget(null);
  await shelf.answer("au-dncr", [{ address: EMAIL, answer: answerOf(true, { asOf: AS_OF + 1 }) }]);
  for (const one of [shelf, await open(folder, erased)]) {
    for (const { address } of three) assert.equal(answersOf(one)?.find(address)?.listed, true);
    assert.equal(answersOf(one)?.size, 3);
  }
  const bytes = bytesOf(folder);
  for (const gone of [ONE, EMAIL]) assert.ok(!bytes.includes(gone), gone);
  assert.ok(bytes.includes(TWO), "the control: the search finds who is there");
});

test("a start forgets whoever was erased while nothing ran", async (t) => {
  const folder = temporaryFolder(t);
  await (await open(folder)).answer("au-dncr", [{ address: ONE, answer: answerOf(true) }]);
  const shelf = await open(folder, [ONE]);
  assert.ok(!bytesOf(folder).includes(ONE));
  assert.equal(answersOf(shelf)?.find(ONE)?.listed, true);
});

test("an answer that could not be written is not in force, and can be given again", async (t) => {
  const folder = temporaryFolder(t);
  const shelf = await open(folder);
  const file = join(folder, "au-dncr.answers");
  mkdirSync(file);
  const answers = [{ address: ONE, answer: answerOf(true) }];
  await assert.rejects(shelf.answer("au-dncr", answers), { code: "EISDIR" });
  assert.equal(answersOf(shelf)?.find(ONE) ?? null, null);
  rmdirSync(file);
  await shelf.answer("au-dncr", answers);
  await both(folder, shelf, (one) => assert.equal(answersOf(one)?.find(ONE)?.listed, true));
});

test("a line that a crash cut short is no answer and does no harm to the next", async (t) => {
  const folder = temporaryFolder(t);
  await (await open(folder)).answer("au-dncr", [{ address: ONE, answer: answerOf(true) }]);
  appendFileSync(join(folder, "au-dncr.answers"), "0123456789abcdef\t+1212555");
  const shelf = await open(folder);
  assert.equal(answersOf(shelf)?.size, 1);
  await shelf.answer("au-dncr", [{ address: TWO, answer: answerOf(false) }]);
  await both(folder, shelf, (one) => {
    assert.equal(answersOf(one)?.find(ONE)?.listed, true);
    assert.equal(answersOf(one)?.find(TWO)?.listed, false);
  });
});

test("an answer with a flipped bit stops the start instead of saying something else", async (t) => {
  const folder = temporaryFolder(t);
  await (await open(folder)).answer("au-dncr", [{ address: ONE, answer: answerOf(true) }]);
  const file = join(folder, "au-dncr.answers");
  writeFileSync(file, readFileSync(file, "utf8").replace("yes", "no"));
  await assert.rejects(open(folder), {
    name: "ConfigProblem",
    message: /au-dncr\.answers is damaged/,
  });
});

test("answers that count no more are removed at a start, and the others stay", async (t) => {
  const folder = temporaryFolder(t);
  const shelf = await open(folder);
  const file = join(folder, "au-dncr.answers");
  for (let round = 0; round < 3; round++) {
    const batch = Array.from({ length: 600 }, (_, at) => ({
      address: `+1212555${String(at).padStart(4, "0")}` as AddressKey,
      answer: answerOf(at % 2 === 0, { asOf: AS_OF + round }),
    }));
    await shelf.answer("au-dncr", batch);
  }
  const before = readFileSync(file).length;
  const again = await open(folder);
  assert.ok(readFileSync(file).length < before / 2);
  assert.equal(answersOf(again)?.size, 600);
  await both(folder, again, (one) => {
    assert.deepEqual(answersOf(one)?.find(ONE), answerOf(false, { asOf: AS_OF + 2 }));
  });
});

test("backups have the answers, and a restore leaves those that are there", async (t) => {
  const [folder, to] = [temporaryFolder(t), join(temporaryFolder(t), "lists")];
  const shelf = await open(folder);
  await shelf.answer("au-dncr", [{ address: ONE, answer: answerOf(true) }]);
  await shelf.load(DNC, text("212,5550101"), FULL);
  assert.equal((await copyLists(folder, to)).size, 3);
  assert.equal(answersOf(await open(to))?.find(ONE)?.listed, true);
  await leaveOutLists(to, folder);
  assert.deepEqual(readdirSync(to), []);
});
