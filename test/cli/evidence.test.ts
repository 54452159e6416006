// `heed export --for`: a folder that a lawyer can read and a stranger can check, with Heed or by hand.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, test } from "node:test";
import { readmeOf } from "../../src/cli/evidence-readme.ts";
import { openCheckpoint } from "../../src/ledger/checkpoint.ts";
import { parseVkey, type Verifier } from "../../src/ledger/note-key.ts";
import { verifyReceipt } from "../../src/ledger/receipt.ts";
import { serveHeed } from "../support/served-heed.ts";
import { temporaryFolder } from "../support/temp-folder.ts";
import { runHeed } from "./run-heed.ts";

const FOLDER = temporaryFolder({ after });
const PERSON = "+12125550177";
const OTHER = "+12125550188";
const EVIDENCE = { kind: "form", url: "https://acme.example/join", text: "Ja, bitte" };

const served = await serveHeed({ after });
const about = { address: PERSON, sender: "acme", channel: "sms" };
await served.api("/v1/opt-ins", { ...about, by: "person", level: "written", evidence: EVIDENCE });
await served.api("/v1/opt-outs", { address: OTHER, sender: "acme", note: "somebody else" });
await served.api("/v1/opt-outs", { ...about, via: "sms", text: "stop \u001b[31mit\u202e now" });

const heed = (...args: string[]) => runHeed(served.dataFolder, args, { cwd: FOLDER });
const place = (name: string) => path.join(FOLDER, name);
const readText = (...parts: string[]) => readFileSync(path.join(FOLDER, ...parts), "utf8");

test("the folder has acts, receipts, checkpoint and keys, and every receipt holds with only these", async () => {
  const ran = await heed("export", "--for", PERSON, "--out", "evidence");
  assert.deepEqual({ code: ran.code, stderr: ran.stderr }, { code: 0, stderr: "" });
  assert.equal(
    ran.stdout,
    `Wrote 2 entries with what proves them about ${PERSON} to evidence.\n` +
      "README.txt in it says what was said, what the files are and how to check them.\n",
  );
  const files = ["README.txt", "acts.json", "checkpoint", "key.txt", "receipts"];
  assert.deepEqual(readdirSync(place("evidence")).sort(), files);
  const acts = JSON.parse(readText("evidence", "acts.json"));
  assert.deepEqual(
    acts.acts.map((one: { act: { kind: string } }) => one.act.kind),
    ["opt-in", "opt-out"],
  );
  assert.deepEqual(acts.acts[0].act.evidence, EVIDENCE);
  const vkeys = readText("evidence", "key.txt").trimEnd().split("\n");
  const known = vkeys.map((vkey) => parseVkey(vkey) as Verifier);
  const checkpoint = openCheckpoint(readText("evidence", "checkpoint"), known);
  assert.ok(!("problem" in checkpoint), JSON.stringify(checkpoint));
  const receipts = acts.acts.map((one: { receipt: string }) => one.receipt);
  assert.deepEqual(
    readdirSync(place("evidence/receipts"))
      .map((name) => `receipts/${name}`)
      .sort(),
    [...receipts].sort(),
  );
  for (const { receipt, position, leaf } of acts.acts) {
    const verified = verifyReceipt(readText("evidence", receipt), vkeys);
    assert.ok(!("problem" in verified), JSON.stringify(verified));
    assert.deepEqual([verified.leaf.position, verified.record?.address], [position, PERSON]);
    assert.deepEqual(verified.leaf, JSON.parse(leaf));
    assert.ok(checkpoint.size >= position);
  }
});

test("the README tells the acts in words, with their times, and of nobody else; it steers no terminal", () => {
  const readme = readText("evidence", "README.txt");
  assert.match(readme, new RegExp(`^What \\${PERSON} said`));
  const words = readme.replaceAll(/\n {2}/gu, " ");
  assert.match(words, /The person opted in .*\(written consent\): everything from acme by sms\./);
  assert.match(words, /The person opted out by sms \(“stop \\u\{1b\}\[31mit\\u\{202e\} now”\)/);
  assert.match(readme, /written into the ledger +\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ/);
  assert.match(readme, /receipts\/entry-\d+\.json/);
  assert.doesNotMatch(readme.replaceAll("\n", ""), /[\p{Cc}\u202e]/u);
  for (const file of ["README.txt", "acts.json"]) {
    assert.ok(!readText("evidence", file).includes("somebody else"));
    assert.ok(!readText("evidence", file).includes(OTHER));
  }
  for (const line of readme.split("\n")) assert.ok([...line].length <= 110, line);
});

test("nobody but its owner can read it", () => {
  if (process.platform === "win32") return;
  for (const folder of ["evidence", "evidence/receipts"]) {
    assert.equal(statSync(place(folder)).mode & 0o777, 0o700);
    for (const name of readdirSync(place(folder), { withFileTypes: true })) {
      if (!name.isFile()) continue;
      assert.equal(statSync(place(path.join(folder, name.name))).mode & 0o777, 0o600, name.name);
    }
  }
});

test("the command in the README checks every receipt, on a machine that has no Heed data", async () => {
  const [command] = /^ {2}heed verify .*$/mu.exec(readText("evidence", "README.txt")) ?? [];
  assert.equal(command, "  heed verify receipts/*.json --key key.txt");
  const receipts = readdirSync(place("evidence/receipts")).map((name) => `receipts/${name}`);
  const verify = (...files: string[]) =>
    runHeed(place("elsewhere"), ["verify", ...files, "--key", "key.txt"], {
      cwd: place("evidence"),
    });
  const { code, stdout, stderr } = await verify(...receipts);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" }, stdout);
  for (const receipt of receipts) assert.ok(stdout.includes(`${receipt}: holds.`), stdout);
  // The control: one other digit, in a copy.
  const changed = readText("evidence", receipts[0]!).replace(PERSON, OTHER);
  writeFileSync(place("changed.json"), changed);
  const refused = await verify("../changed.json");
  assert.equal(refused.code, 1);
  assert.match(refused.stdout, /does NOT hold/u);
});

/** The commands that the README gives for a check by hand, for one receipt and its key. */
function commandsByHand(receipt: string): string[] {
  const readme = readText("evidence", "README.txt");
  const byHand = readme.slice(readme.indexOf("By hand"), readme.indexOf("5. What it shows"));
  const key = JSON.parse(readText("evidence", receipt)).key;
  const vkey = readText("evidence", "key.txt")
    .split("\n")
    .find((line) => line.startsWith(key));
  const blocks = [...byHand.matchAll(/(?:^ {2}\S.*\n(?: {4}\S.*\n)?)+/gmu)].map(([block]) => block);
  return blocks.map((block) =>
    block.replaceAll(/\bR\b/gu, receipt).replaceAll("VKEY", `'${vkey}'`),
  );
}

const TOOLS = ["sh", "jq", "xxd", "sed", "openssl", "sha256sum", "base64"];
const missing = TOOLS.filter((tool) => spawnSync("which", [tool]).status !== 0);

test("the commands in the README check a receipt with the tools of any Unix", {
  skip: missing.length > 0 && `missing: ${missing.join(", ")}`,
}, () => {
  const acts = JSON.parse(readText("evidence", "acts.json"));
  const [{ receipt, leafHash }] = acts.acts;
  const run = (script: string) =>
    execFileSync("sh", ["-c", script], { cwd: place("evidence"), encoding: "utf8" });
  const [commit, signature, leaf] = commandsByHand(receipt) as [string, string, string];
  const [computed = "", written] = run(commit).trimEnd().split("\n");
  assert.equal(computed.split(" ")[0], written);
  assert.match(run(signature), /Signature Verified Successfully/u);
  assert.equal(run(leaf).split(" ")[0], leafHash);
  // The control: the same commands on a receipt in which one digit is another.
  const broken = JSON.parse(readText("evidence", receipt));
  broken.record = broken.record.replace(PERSON, OTHER);
  broken.proof = broken.proof.replace(/\n\n(.*)\n(\d+)\n/u, "\n\n$1\n9$2\n");
  writeFileSync(place("evidence/broken.json"), JSON.stringify(broken));
  const wrong = (script: string) => script.replaceAll(receipt, "broken.json");
  const [other = "", same] = run(wrong(commit)).trimEnd().split("\n");
  assert.notEqual(other.split(" ")[0], same);
  assert.throws(() => run(wrong(signature)));
});

test("as JSON it says what was written, in one line with names that do not change", async () => {
  const { code, stdout, stderr } = await heed("export", "--for", PERSON, "--out", "json", "--json");
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
  assert.deepEqual(JSON.parse(stdout), {
    ...{ address: PERSON, folder: "json", acts: 2, ledger: 0, receipts: 2 },
  });
});

test("a folder with something in it is refused and left as it was; an empty one is taken", async () => {
  mkdirSync(place("full"));
  writeFileSync(place("full/letter.txt"), "mine");
  mkdirSync(place("empty"));
  writeFileSync(place("file"), "mine");
  const [full, file, empty] = await Promise.all(
    ["full", "file", "empty"].map((out) => heed("export", "--for", PERSON, "--out", out)),
  );
  assert.deepEqual([full?.code, file?.code, empty?.code], [1, 1, 0]);
  assert.equal(full?.stderr, "heed: `full` is not empty; name a new or an empty folder\n");
  assert.equal(file?.stderr, "heed: `file` is no folder; name a new or an empty one\n");
  assert.deepEqual(readdirSync(place("full")), ["letter.txt"]);
  assert.equal(readText("file"), "mine");
  assert.equal(readdirSync(place("empty")).length, 5);
});

test("for nobody on record, and for what is no address, nothing is left behind", async () => {
  mkdirSync(place("waiting"));
  const [nobody, wrong, kept] = await Promise.all([
    heed("export", "--for", "+12125550100", "--out", "nobody"),
    heed("export", "--for", "12", "--out", "wrong"),
    heed("export", "--for", "+12125550100", "--out", "waiting"),
  ]);
  assert.equal(nobody.code, 1);
  assert.match(nobody.stderr, /^heed: nothing is on record about \+12125550100; [^\n]*\n$/u);
  assert.equal(wrong.code, 1);
  assert.match(wrong.stderr, /^heed: [^\n]*\n$/u);
  assert.equal(kept.code, 1);
  const names = readdirSync(FOLDER);
  assert.ok(!names.includes("nobody") && !names.includes("wrong"));
  assert.ok(names.includes("waiting"), "a folder that was there stays");
});

test("the receipt of what is recorded goes into a new file, and holds with the published keys", async () => {
  const record = [
    "record",
    "opt-out",
    "+12125550166",
    "--sender",
    "acme",
    "--receipt",
    "mine.json",
  ];
  const ran = await heed(...record);
  assert.deepEqual({ code: ran.code, stderr: ran.stderr }, { code: 0, stderr: "" });
  const keys = await (await fetch(`${served.url}/ledger/keys`)).text();
  const verified = verifyReceipt(readText("mine.json"), keys.trimEnd().split("\n"));
  assert.ok(!("problem" in verified), JSON.stringify(verified));
  assert.equal(verified.record?.address, "+12125550166");
  assert.equal(statSync(place("mine.json")).mode & 0o777, 0o600);
  // Refused before anything is recorded, when there is such a file already.
  const before = readText("mine.json");
  const again = await heed(...record);
  assert.equal(again.code, 1);
  assert.match(again.stderr, /there is a file `mine\.json` already/u);
  assert.equal(readText("mine.json"), before);
  const { entries } = await served.api<{ entries: { act: { address: string } }[] }>("/v1/entries");
  assert.equal(entries.filter(({ act }) => act.address === "+12125550166").length, 1);
});

test("after a new key the old receipts hold, and who knows the old key gets to the new one", async (t) => {
  const own = await serveHeed(t);
  const before = await (await fetch(`${own.url}/ledger/keys`)).text();
  await own.api("/v1/opt-outs", { address: PERSON, sender: "acme" });
  const early = await own.api<object>("/v1/entries/1/receipt");
  own.process.kill("SIGTERM");
  await once(own.process, "exit");
  const run = (...args: string[]) => runHeed(own.dataFolder, args, { cwd: FOLDER });
  const rotated = await run("rotate", "signing-key", "--by", "Ana Torres");
  assert.equal(rotated.code, 0, rotated.stderr);
  await run("record", "opt-out", PERSON, "--sender", "acme", "--channel", "voice");
  const ran = await run("export", "--for", PERSON, "--out", "rotated", "--json");
  assert.equal(ran.code, 0, ran.stderr);
  assert.deepEqual(JSON.parse(ran.stdout), {
    ...{ address: PERSON, folder: "rotated", acts: 2, ledger: 1, receipts: 3 },
  });
  const vkeys = readText("rotated", "key.txt").trimEnd().split("\n");
  const [oldKey] = before.trimEnd().split("\n");
  assert.deepEqual(vkeys, [rotated.stdout.trim(), oldKey]);
  for (const name of readdirSync(place("rotated/receipts"))) {
    const verified = verifyReceipt(readText("rotated", "receipts", name), vkeys);
    assert.ok(!("problem" in verified), `${name}: ${JSON.stringify(verified)}`);
  }
  assert.ok(!("problem" in verifyReceipt(early, vkeys)), "the receipt from before");
  const handover = verifyReceipt(readText("rotated", "receipts/new-key-1.json"), [oldKey!]);
  assert.ok(!("problem" in handover), JSON.stringify(handover));
  const { evidence } = handover.record as { evidence: { vkey: string } };
  assert.equal(evidence.vkey, vkeys[0]);
  assert.match(readText("rotated", "README.txt"), /Ana Torres|new signing key/u);
  assert.match(readText("rotated", "README.txt"), /The key was replaced\./u);
  // The control: the key from before knows nothing of what the new one signed.
  assert.ok("problem" in verifyReceipt(readText("rotated", "receipts/entry-3.json"), [oldKey!]));
});

test("the README tells of erasures, of what was lost, and of receipts that cannot be had now", () => {
  const at = "2026-11-21T10:00:00.250Z";
  const entry = { recordedAt: at, erasedBy: null, act: null, receipt: null };
  const readme = readmeOf({
    ...{ format: "heed-evidence@v1", address: PERSON, madeAt: at, origin: "log.example/heed" },
    acts: [{ ...entry, position: 1, inWords: "A record that was erased.", erasedBy: 9 }],
    ledger: [{ ...entry, position: 5, inWords: "Kim and Lee accepted that entries are lost." }],
    ...{ checkpoint: null, keys: ["a+00000000+AQ=="], handovers: [] },
    note: "The ledger is locked, so nothing is signed now: there are no receipts.",
  });
  assert.match(readme, /Entry 1: A record that was erased\.\n.*\n.*erased by entry 9\n.*none/u);
  assert.match(readme, /Entry 5: Kim and Lee accepted[\s\S]*acts of this person may have been/u);
  assert.match(readme, /there are no receipts\.\nExport it again when that is over\./u);
  assert.match(readme, /There is no receipt in this folder, so nothing can be checked\./u);
  assert.doesNotMatch(readme, /heed verify|receipts\/ |^checkpoint/mu);
});

test("flags that do not go together are wrong usage", async () => {
  const cases = [
    ["export", "--for", PERSON],
    ["export", "--for", PERSON, "--out", "x", "--after", "3"],
    ["export", "--json"],
  ];
  for (const args of cases) {
    const { code, stdout, stderr } = await heed(...args);
    assert.deepEqual({ code, stdout }, { code: 2, stdout: "" }, args.join(" "));
    assert.match(stderr, /^heed: .*\n/u);
  }
});
