/** `heed verify` as auditors run it: on receipts, on a server, on a folder, and over time. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { cpSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type TestContext, test } from "node:test";
import { type ServedHeed, serveHeed } from "../support/served-heed.ts";
import { temporaryFolder } from "../support/temp-folder.ts";
import { runHeed } from "./run-heed.ts";

interface Answer {
  readonly entry: { readonly position: number };
  readonly receipt: Record<string, unknown>;
}

async function optOut(heed: ServedHeed, address: string): Promise<Answer> {
  return await heed.api<Answer>("/v1/opt-outs?receipt=1", {
    ...{ address, sender: "all", by: "person", via: "voice", text: "take me off" },
    evidence: { kind: "call", agent: "kim" },
  });
}

/** Stopped, with nothing left to write. */
async function stopped(heed: ServedHeed): Promise<string> {
  heed.process.kill("SIGTERM");
  await once(heed.process, "exit");
  return heed.dataFolder;
}

const keysOf = async (heed: ServedHeed) => await (await fetch(`${heed.url}/ledger/keys`)).text();

test("a receipt is checked offline, against the keys that are given or those of the folder", async (t) => {
  const heed = await serveHeed(t);
  const answer = await optOut(heed, "+12125550101");
  const vkeys = await keysOf(heed);
  const dataFolder = await stopped(heed);
  const folder = temporaryFolder(t);
  const file = (name: string, value: unknown) => {
    const place = join(folder, name);
    writeFileSync(place, typeof value === "string" ? value : JSON.stringify(value));
    return place;
  };
  const receipt = file("receipt.json", answer.receipt);
  const keys = file("key.txt", vkeys);

  const own = await runHeed(dataFolder, ["verify", receipt]);
  assert.equal(own.code, 0, own.stderr);
  assert.match(own.stdout, /receipt\.json: holds\.\n {2}What: The person opted out by voice/u);
  assert.match(
    own.stdout,
    /Who: {2}\+12125550101\n {2}When: \d{4}-\d\d-\d\d .*\n {2}Entry 1 of the log/u,
  );
  assert.match(
    own.stdout,
    /Keys that were believed: those of .*\nWhat holds proves: .*\nwas changed.\nNot proven: /u,
  );

  const elsewhere = join(folder, "no-heed-here");
  const none = await runHeed(elsewhere, ["verify", receipt]);
  assert.equal(none.code, 1);
  assert.match(none.stderr, /there is no key to check it with.*--key FILE/u);
  for (const key of [keys, vkeys.trim()]) {
    const given = await runHeed(elsewhere, ["verify", receipt, "--key", key, "--json"]);
    assert.equal(given.code, 0, given.stderr);
    const { ok, receipts } = JSON.parse(given.stdout);
    assert.deepEqual([ok, receipts.length], [true, 1]);
    const { position, kind, record, key: signer, inWords } = receipts[0];
    assert.deepEqual([position, kind, record.address], [1, "opt-out", "+12125550101"]);
    assert.equal(signer, vkeys.trim());
    assert.match(inWords, /opted out/u);
  }
  assert.ok(!existsSync(elsewhere), "a check makes no folder");

  // The whole acknowledgement will do, also from standard input.
  const piped = await runHeed(elsewhere, ["verify", "-", "--key", keys], {
    stdin: JSON.stringify(answer),
  });
  assert.equal(piped.code, 0, piped.stderr);

  const changed = file("changed.json", {
    ...answer.receipt,
    record: String(answer.receipt.record).replace("0101", "0102"),
  });
  const both = await runHeed(elsewhere, ["verify", receipt, changed, "--key", keys]);
  assert.equal(both.code, 1);
  assert.match(both.stdout, /receipt\.json: holds\./u);
  assert.match(
    both.stdout,
    /changed\.json: does NOT hold\. The leaf does not commit to this record/u,
  );

  const usage = await runHeed(elsewhere, ["verify", receipt, "--since", keys]);
  assert.deepEqual([usage.code, usage.stdout], [2, ""]);
  const missing = await runHeed(elsewhere, ["verify", join(folder, "nothing"), "--key", keys]);
  assert.match(missing.stderr, /^heed: there is no file/u);
});

test("a running server is checked through what it publishes, and watched over time", async (t) => {
  const heed = await serveHeed(t);
  for (let at = 0; at < 3; at += 1) await optOut(heed, `+1212555020${at}`);
  const kept = join(temporaryFolder(t), "checkpoint");
  const vkey = (await keysOf(heed)).trim();

  const first = await runHeed(heed.dataFolder, ["verify", "--keep", kept]);
  assert.equal(first.code, 0, first.stderr);
  assert.match(first.stdout, /^The server http:.* holds: 3 entries, nothing wrong\./u);
  // The keys of its own folder are there, so nobody's word is taken for them.
  assert.doesNotMatch(first.stdout, /named it itself/u);
  assert.match(readFileSync(kept, "utf8"), /^.*\n3\n/u);

  await optOut(heed, "+12125550209");
  const elsewhere = join(temporaryFolder(t), "nothing");
  const url = ["--url", heed.url];
  const later = await runHeed(elsewhere, ["verify", ...url, "--since", kept, "--keep", kept]);
  assert.equal(later.code, 0, later.stderr);
  assert.match(later.stdout, /holds: 4 entries/u);
  assert.match(later.stdout, /begins with the 3 entries/u);
  assert.match(later.stdout, /Not checked:\n(.*\n)*.*named it itself\. Give yours with --key/u);
  assert.match(readFileSync(kept, "utf8"), /^.*\n4\n/u);

  const json = await runHeed(elsewhere, ["verify", "--json", "--key", vkey], {
    env: { HEED_URL: heed.url },
  });
  const result = JSON.parse(json.stdout);
  assert.deepEqual([result.ok, result.what, result.entries], [true, "server", 4]);
  assert.deepEqual([result.wrong, result.findings, result.isOwnWord], [[], [], false]);
  assert.deepEqual(result.signedBy, [vkey]);

  writeFileSync(kept, readFileSync(kept, "utf8").replace("\n4\n", "\n9\n"));
  const forged = await runHeed(elsewhere, ["verify", ...url, "--since", kept]);
  assert.equal(forged.code, 1);
  assert.match(forged.stderr, /earlier checkpoint cannot be used/u);
});

test("whoever has the old key learns the new one from its handover, and old receipts stay valid", async (t) => {
  const heed = await serveHeed(t);
  const answer = await optOut(heed, "+12125550150");
  const old = (await keysOf(heed)).trim();
  const dataFolder = await stopped(heed);
  const rotated = await runHeed(dataFolder, ["rotate", "signing-key", "--by", "Ana Torres"]);
  assert.equal(rotated.code, 0, rotated.stderr);
  const fresh = rotated.stdout.split("\n")[0]!;
  const handover = /learn it from (\S+\.json)/u.exec(rotated.stdout + rotated.stderr)![1]!;
  const receipt = join(temporaryFolder(t), "old.json");
  writeFileSync(receipt, JSON.stringify(answer));

  const elsewhere = join(temporaryFolder(t), "nothing");
  const learnt = await runHeed(elsewhere, ["verify", handover, "--key", old]);
  assert.equal(learnt.code, 0, learnt.stdout + learnt.stderr);
  assert.ok(learnt.stdout.includes(`It vouches for the new key ${fresh}\n`), learnt.stdout);
  // The folder knows both keys, and what the old one signed holds as before.
  assert.equal((await runHeed(dataFolder, ["verify", receipt])).code, 0);
  assert.equal((await runHeed(dataFolder, ["verify"])).code, 0);
});

/** Passes on what another server publishes, with one byte of one file changed. */
async function lyingLog(t: TestContext, url: string, path: string, at: number): Promise<string> {
  const server = createServer(async (request, response) => {
    const answer = await fetch(`${url}${request.url}`);
    const body = Buffer.from(await answer.arrayBuffer());
    if (request.url === path) body[at]! ^= 1;
    response.writeHead(answer.status).end(body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test("a log that publishes something else than it signed is found out, and the entry is named", async (t) => {
  const heed = await serveHeed(t);
  for (let at = 0; at < 4; at += 1) await optOut(heed, `+1212555030${at}`);
  const elsewhere = join(temporaryFolder(t), "nothing");
  const tile = "/ledger/tile/0/000.p/4";
  const lying = await lyingLog(t, heed.url, tile, 2 * 32 + 5);
  const kept = join(temporaryFolder(t), "kept");
  const found = await runHeed(elsewhere, ["verify", "--url", lying, "--keep", kept]);
  assert.equal(found.code, 1);
  assert.match(
    found.stdout,
    /does NOT hold\.\nThe first wrong entry is 3: Its leaf does not have/u,
  );
  assert.ok(!existsSync(kept), "what does not hold is not kept");
  // The control: passed on as it is, it holds.
  const honest = await lyingLog(t, heed.url, "nowhere", 0);
  assert.equal((await runHeed(elsewhere, ["verify", "--url", honest])).code, 0);
});

test("a stopped folder is checked as a whole, and the first wrong entry is named", async (t) => {
  const heed = await serveHeed(t);
  for (let at = 0; at < 3; at += 1) await optOut(heed, `+1212555040${at}`);
  const dataFolder = await stopped(heed);
  const sound = await runHeed(dataFolder, ["verify"]);
  assert.equal(sound.code, 0, sound.stderr + sound.stdout);
  assert.match(sound.stdout, /^The data folder .* holds: 3 entries, nothing wrong\.\n/u);
  assert.match(sound.stdout, /Every entry is what the ledger committed to\./u);

  const copy = join(temporaryFolder(t), "copy");
  cpSync(dataFolder, copy, { recursive: true });
  const database = new DatabaseSync(join(copy, "heed.db"));
  database.exec(`DROP TRIGGER records_no_update;
    UPDATE records SET record = CAST(replace(CAST(record AS TEXT), '0401', '0409') AS BLOB)`);
  database.close();
  const wrong = await runHeed(dataFolder, ["verify", "--data", copy]);
  assert.equal(wrong.code, 1);
  assert.match(
    wrong.stdout,
    /does NOT hold\.\nThe first wrong entry is 2: Its leaf does not commit/u,
  );
  assert.doesNotMatch(wrong.stdout + wrong.stderr, /1212555/u);
  // Who names a folder means it.
  const json = await runHeed(copy, ["verify", "--json", "--data", copy], {
    env: { HEED_URL: "http://127.0.0.1:9" },
  });
  assert.equal(json.code, 1);
  const result = JSON.parse(json.stdout);
  assert.deepEqual([result.ok, result.what, result.wrongCount], [false, "data folder", 1]);
  assert.deepEqual([result.wrong[0].first, result.wrong[0].last], [2, 2]);
  assert.match(result.unchecked.join(), /no anchor/u);

  const keep = await runHeed(copy, ["verify", "--keep", join(copy, "x")]);
  assert.equal(keep.code, 2);
  assert.match(keep.stderr, /only a server signs/u);
});

test("a log that is not open to everybody says what is missing", async (t) => {
  const heed = await serveHeed(t, { command: "serve" });
  const elsewhere = join(temporaryFolder(t), "nothing");
  const closed = await runHeed(elsewhere, ["verify", "--url", heed.url]);
  assert.equal(closed.code, 1);
  assert.match(closed.stderr, /not open to everybody: set HEED_API_KEY .* HEED_LEDGER_OPEN=1/u);
  const withKey = await runHeed(elsewhere, ["verify", "--url", heed.url], {
    env: { HEED_API_KEY: heed.key },
  });
  assert.equal(withKey.code, 0, withKey.stderr);
});

test("an address where no log is says so", async (t) => {
  const elsewhere = join(temporaryFolder(t), "nothing");
  const noUrl = await runHeed(elsewhere, ["verify", "--url", "heed.example.com"]);
  assert.deepEqual([noUrl.code, noUrl.stdout], [1, ""]);
  assert.match(noUrl.stderr, /is no URL; write it like https:/u);
  const nobody = await runHeed(elsewhere, ["verify", "--url", "http://127.0.0.1:9"]);
  assert.equal(nobody.code, 1);
  assert.match(nobody.stderr, /127\.0\.0\.1:9\/ledger\/keys does not answer/u);
  const nothing = await runHeed(elsewhere, ["verify"]);
  assert.match(nothing.stderr, /there is no ledger in .*--data or HEED_DATA/u);
});
