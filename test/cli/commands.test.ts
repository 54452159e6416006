// What every command does beside a running server: its result on standard output and nothing else
// there, one JSON document with `--json`, and exit codes that scripts rely on.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { after, test } from "node:test";
import { Webhook } from "standardwebhooks";
import { serveHeed } from "../support/served-heed.ts";
import { temporaryFolder } from "../support/temp-folder.ts";
import { commandsBeside, linesOf, type RunOptions, runHeed } from "./run-heed.ts";

const FOLDER = temporaryFolder({ after });
const SECRET = `whsec_${randomBytes(24).toString("base64")}`;
const AFTERNOON = "2030-06-03T14:00:00-04:00";
const NIGHT = "2030-06-03T23:30:00-04:00";
const EVIDENCE = ["--evidence", "kind=form", "url=https://acme.example/join"];

const served = await serveHeed({ after });

const { heed, lines, json, inFolder } = commandsBeside(served.dataFolder, FOLDER);

test("a check says why, and its exit code is the verdict", async () => {
  const check = ["check", "+12125550101", "--sender", "acme", "--for", "sms", "--at"];
  const optIn = ["record", "opt-in", "+12125550101", "--sender", "acme", "--channel", "sms"];
  assert.equal((await lines(10, ...check, AFTERNOON))[0], "DENY: it must not be sent.");
  // Consent is there now, but the national registry that the rule asks for was never loaded.
  await lines(0, ...optIn, "--by", "person", "--level", "express", ...EVIDENCE);
  assert.match((await lines(12, ...check, AFTERNOON))[0] ?? "", /^UNKNOWN: .*do not send it\.$/);
  await lines(0, ...optIn, "--by", "person", "--level", "written", ...EVIDENCE);
  assert.equal((await lines(0, ...check, AFTERNOON))[0], "ALLOW: it may be sent.");
  const [defer, notBefore] = await lines(11, ...check, NIGHT);
  assert.equal(defer, "DEFER: it may be sent, but not now.");
  assert.match(notBefore ?? "", /^Not before 2030-06-04 \d\d:\d\d:00Z\.$/);
  const [position] = await lines(0, "record", "opt-out", "+12125550101", "--sender", "acme");
  const entry = /entry (\d+)/.exec(position ?? "")?.[1];
  const answer = await json<{ verdict: string; reasons: { entry?: number }[]; position: number }>(
    10,
    ...[...check, AFTERNOON],
  );
  assert.equal(answer.verdict, "deny");
  assert.equal(String(answer.reasons[0]?.entry), entry);
  assert.deepEqual(
    Object.keys(answer).sort(),
    "at,explanation,notBefore,position,reasons,verdict".split(","),
  );
});

test("a check takes what is known of the message and of the person, and says what is wrong with it", async () => {
  const check = ["check", "+12125550109", "--sender", "acme", "--for", "voice", "--at", NIGHT];
  const known = [
    ...["--residence", "US-AL", "--county", "Mobile", "--timezone", "America/Chicago"],
    ...["--language", "fr", "--subscriber", "consumer", "--relationship", "none"],
    ...["--other-address", "+12125550110", "--other-address", "ana@example.com"],
  ];
  const message = [
    ...["--call-kind", "live", "--sender-type", "toll-free", "--topic", "energy"],
    ...["--subject", "offer", "--text", "Hello", "--reply", "--useful-until", NIGHT],
  ];
  const answer = await json<{ reasons: { text: string; rule?: string }[] }>(
    10,
    ...[...check, ...known, ...message, "--explain-in", "es"],
  );
  const rules = answer.reasons.map((reason) => reason.rule ?? "");
  assert.ok(
    rules.some((rule) => rule.startsWith("us-al/")),
    "Alabama's own rules were asked",
  );
  const wrong = await heed(...check, "--residence", "US-XX");
  assert.equal(wrong.code, 1);
  assert.match(wrong.stderr, /no part `US-XX`/u);
  const unlikely = await heed(...check, "--call-kind", "robot");
  assert.equal(unlikely.code, 2);
});

test("a confirmation is checked against the opt-out that it confirms", async () => {
  const record = ["record", "opt-out", "+12125550111", "--sender", "acme"];
  const { entry } = await json<{ entry: { position: number } }>(0, ...record);
  const check = ["check", "+12125550111", "--sender", "acme", "--for", "sms"];
  const confirmation = [...check, "--class", "confirmation", "--confirms"];
  await lines(0, ...confirmation, String(entry.position));
  assert.match((await lines(10, ...confirmation, "1")).join("\n"), /DENY/u);
});

test("an idempotency key records once, and refuses another act", async () => {
  const record = ["record", "opt-out", "+12125550102", "--sender", "acme", "--key", "ticket-1"];
  const first = await json<{ entry: { position: number }; replayed: boolean }>(0, ...record);
  const again = await json<typeof first>(0, ...record);
  assert.deepEqual(again, { ...first, replayed: true });
  assert.match((await lines(0, ...record))[0] ?? "", /^Was recorded before as entry \d+\./);
  const other = await heed(...record, "--note", "another");
  assert.equal(other.code, 1);
  assert.match(other.stderr, /^heed: [^\n]*Idempotency-Key[^\n]*\n$/);
});

test("evidence reaches the ledger as it was given", async () => {
  const address = "ana@example.com";
  const evidence = ["kind=form", "url=https://a.example/?x=1&y=2", "text=Ja, bitte"];
  const optIn = ["record", "opt-in", address, "--sender", "acme", "--channel", "email"];
  await lines(0, ...optIn, "--evidence", ...evidence);
  const { events } = await json<{ events: { act: { evidence: object } }[] }>(0, "history", address);
  assert.deepEqual(events[0]?.act.evidence, {
    kind: "form",
    url: "https://a.example/?x=1&y=2",
    text: "Ja, bitte",
  });
  for (const wrong of [["form"], ["url=x"]]) {
    const { code, stderr } = await heed(...optIn, "--evidence", ...wrong);
    assert.equal(code, 2);
    assert.match(stderr, /^heed: .*evidence[^\n]*\n$/);
  }
});

test("what people wrote never steers the terminal, in words or in JSON", async () => {
  const words = "stop \u001b[31mred\u009b2J\u202e\r\nsecond line, বন্ধ\u200d";
  await lines(0, "record", "opt-out", "+12125550103", "--sender", "acme", "--note", words);
  for (const flags of [[], ["--json"]]) {
    const { stdout } = await heed("history", "+12125550103", ...flags);
    assert.doesNotMatch(stdout.replaceAll("\n", ""), /[\p{Cc}\u202e]/u);
    assert.match(stdout, /বন্ধ\u200d/u);
  }
  const history = await json<{ events: { act: { note: string } }[] }>(0, "history", "+12125550103");
  assert.equal(history.events[0]?.act.note, words);
  const { stderr } = await heed("record", "opt-out", "+12125550103", "--sender", "\u001b[2Jx");
  assert.doesNotMatch(stderr.replaceAll("\n", ""), /\p{Cc}/u);
});

test("a hold is reviewed both ways, once", async () => {
  await lines(
    0,
    ...["source", "add", "shop", "--adapter", "standard-webhook", "--sender", "acme"],
    ...["--config", JSON.stringify({ secrets: [SECRET] })],
  );
  for (const last of [1, 2]) {
    await writeIn("shop", `+1212555020${last}`, "I never asked for this \u001b[2J");
  }
  const table = await lines(0, "review", "list");
  assert.match(table[0] ?? "", /^ENTRY +WRITTEN +BY +TEXT$/);
  assert.match(table[1] ?? "", /\+12125550201 +“I never asked for this \\u\{1b\}\[2J”$/);
  const { holds } = await json<{ holds: { position: number }[] }>(0, "review", "list");
  const [first, second] = holds.map((hold) => String(hold.position));
  const decide = (entry: string | undefined, as: string) =>
    heed("review", "decide", entry ?? "", "--as", as, "--author", "kim");
  assert.equal((await decide(first, "opt-out")).stdout, `Entry ${first} counts as an opt-out.\n`);
  assert.equal(
    (await decide(second, "not-an-opt-out")).stdout,
    `Entry ${second} holds nothing any more.\n`,
  );
  const otherwise = await decide(first, "not-an-opt-out");
  assert.deepEqual([otherwise.code, otherwise.stdout], [1, ""]);
  assert.deepEqual(await lines(0, "review", "list"), ["Nothing waits for review."]);
  const history = (await lines(0, "history", "+12125550201")).join("\n");
  assert.match(history, /kim/);
});

async function writeIn(source: string, from: string, text: string): Promise<void> {
  const body = JSON.stringify({
    type: "message.received",
    data: { id: `in-${from}`, channel: "sms", from, to: "+12125550999", text },
  });
  const at = new Date();
  const response = await fetch(`${served.url}/v1/inbound/${source}`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "webhook-id": `msg-${from}`,
      "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
      "webhook-signature": new Webhook(SECRET).sign(`msg-${from}`, at, body),
    },
    body,
  });
  assert.equal(response.status, 200, await response.text());
}

test("a list of others changes the verdict, and its age is shown", async () => {
  const check = ["check", "+12125550104", "--sender", "acme", "--for", "sms", "--at", AFTERNOON];
  const optIn = ["record", "opt-in", "+12125550104", "--sender", "acme", "--channel", "sms"];
  await lines(0, ...optIn, "--by", "person", "--level", "written", ...EVIDENCE);
  await lines(0, ...check);
  const list = inFolder("dnc.txt", "phone\n+12125550104\n212-555-0105\nnobody\n+12125550104\n");
  const load = ["registry", "load", "never-call", list, "--kind", "do-not-contact"];
  const dated = [...load, "--as-of", "2026-11-20T06:00:00Z", "--default-region", "US"];
  assert.deepEqual(await lines(13, ...dated), [
    "never-call holds 2 addresses from dnc.txt (1 duplicate, 1 line rejected).",
    "  line 4: neither a phone number nor an e-mail address",
  ]);
  assert.match((await lines(10, ...check)).join("\n"), /never-call/);
  const [headings, ...rows] = await lines(0, "registry", "status", "--loaded");
  assert.match(headings ?? "", /^NAME +ACCESS +ENTRIES +AS OF +DUE +STATE$/);
  assert.equal(rows.length, 1);
  assert.match(
    rows[0] ?? "",
    /^never-call +own +2 +2026-11-20 06:00:00Z +- +ok: \d+ days? old, of any age$/,
  );
  const { lists } = await json<{ lists: { name: string; state: string }[] }>(
    ...([0, "registry", "status"] as const),
  );
  const stateOf = (name: string) => lists.find((one) => one.name === name)?.state;
  assert.equal(stateOf("never-call"), "loaded");
  assert.equal(stateOf("us-national-dnc"), "missing");
  const empty = inFolder("empty.txt", "phone\n");
  const refused = await heed("registry", "load", "never-call", empty, ...dated.slice(4));
  assert.equal(refused.code, 1);
  await lines(10, ...check);
});

test("a scrub keeps rows byte for byte, and gives every other row its reason", async () => {
  const list = inFolder("list.csv", 'name;phone\r\n"An;a";+12125550102\r\nBo;ana@example.com\r\n');
  const scrub = ["scrub", list, "--for", "email", "--sender", "acme", "--class", "transactional"];
  const files = ["--column", "2", "--out", "clean.csv", "--removed", "removed.csv"];
  const summary = await lines(0, ...scrub, ...files);
  assert.match(summary[0] ?? "", /^2 rows read for email: 1 row clean, 1 row removed/);
  assert.equal(readFileSync(inFolder("clean.csv"), "utf8"), "name;phone\r\nBo;ana@example.com\r\n");
  assert.match(readFileSync(inFolder("removed.csv"), "utf8"), /"An;a";\+12125550102;wrong-address/);
  const report = await json<{ rows: object }>(0, ...scrub, ...files);
  assert.deepEqual(report.rows, { total: 2, clean: 1, removed: 1, rejected: 0 });
  assert.ok(!existsSync(inFolder("clean.csv.partial")));
});

test("an import says what it did, and rejects what it cannot read", async () => {
  const text = "email,date\nbo@example.com,2026-01-05\nno address,2026-01-05\n";
  const file = inFolder("gone.csv", text);
  const start = ["import", file, "--sender", "acme", "--kind", "opt-out", "--channel", "email"];
  assert.match((await lines(13, ...start, "--dry-run")).join("\n"), /nothing was recorded/);
  const report = await json<{ rejected: number }>(13, ...start, "--rejects", "rejects.csv");
  assert.equal(report.rejected, 1);
  assert.match(readFileSync(inFolder("rejects.csv"), "utf8"), /no address/);
  assert.match(
    (await lines(13, ...start)).join("\n"),
    /0 were recorded, 1 was|0 were recorded, 1 were/,
  );
});

test("an export is the ledger, line by line, and ends quietly when nobody reads on", async () => {
  const { stdout } = await heed("export");
  const entries = linesOf(stdout).map((line) => JSON.parse(line));
  assert.deepEqual(
    entries.map((entry) => entry.position),
    entries.map((_, index) => index + 1),
  );
  const after = await lines(0, "export", "--after", String(entries.length - 1));
  assert.deepEqual(JSON.parse(after[0] ?? ""), entries.at(-1));
  const toFile = await heed("export", "--out", "entries.ndjson");
  assert.equal(
    toFile.stderr,
    `Wrote ${entries.length} entries to entries.ndjson, up to entry ${entries.length}.\n`,
  );
  assert.equal(readFileSync(inFolder("entries.ndjson"), "utf8"), stdout);
  assert.equal((await heed("export", "--out", "entries.ndjson")).code, 1);
});

test("senders, sources, destinations and keys are added, listed and removed", async () => {
  await lines(0, "sender", "add", "brand-b", "--name", "Brand B", "--stop-covers", "every-sender");
  const renamed = await json<object>(0, "sender", "add", "brand-b", "--name", "Brand Bé");
  assert.deepEqual(renamed, {
    ...{ id: "brand-b", name: "Brand Bé", language: "en", stopCovers: "every-sender" },
    ...{ confirm: true, programs: [] },
  });
  assert.match(
    (await lines(0, "sender", "list")).join("\n"),
    /^brand-b +Brand Bé +en +every-sender/m,
  );
  const config = JSON.stringify({ url: "https://crm.example.com/heed", secrets: [SECRET] });
  await lines(0, "destination", "add", "crm", "--config", config);
  assert.match((await lines(0, "destination", "list"))[1] ?? "", /^crm +webhook +on$/);
  assert.deepEqual(await lines(0, "destination", "dead", "crm"), ["There is no dead letter."]);
  assert.deepEqual(await json(0, "destination", "replay", "crm"), { replayed: 0 });
  assert.deepEqual(await json(0, "destination", "remove", "crm"), { removed: "crm" });
  const sources = (await heed("source", "list", "--json")).stdout;
  assert.ok(!sources.includes(SECRET.slice(6)), "a secret was shown");
  const made = await heed("key", "add", "campaigns");
  assert.match(made.stdout, /^heed_[a-z0-9]+_[\w-]{43}\n$/);
  assert.match(made.stderr, /only time it is shown/);
  const env = { HEED_URL: served.url, HEED_API_KEY: made.stdout.trim() };
  assert.equal((await elsewhere(["sender", "list"], env)).code, 1);
  const asked = await elsewhere(
    ["check", "bo@example.com", "--sender", "acme", "--for", "email"],
    env,
  );
  assert.equal(asked.code, 10);
  const { keys } = await json<{ keys: { id: string; name: string }[] }>(0, "key", "list");
  const id = keys.find((one) => one.name === "campaigns")?.id ?? "";
  assert.deepEqual(await lines(0, "key", "remove", id), [`The key ${id} is ended.`]);
  const ended = await elsewhere(
    ["check", "a@example.com", "--sender", "acme", "--for", "email"],
    env,
  );
  assert.deepEqual([ended.code, ended.stdout], [1, ""]);
  assert.deepEqual(await json(0, "sender", "remove", "brand-b"), { removed: "brand-b" });
});

function elsewhere(args: string[], env: RunOptions["env"] & object) {
  return runHeed(path.join(FOLDER, "no-data"), args, { env });
}

test("a link opens the page of the person it was made for", async () => {
  const link = ["link", "ana@example.com", "--sender", "acme", "--language", "es"];
  const [url] = await lines(0, ...link);
  const { pathname } = new URL(url ?? "");
  const page = await fetch(`${served.url}${pathname}`);
  assert.match(await page.text(), /lang="es"/);
  const headers = await json<object>(0, ...link);
  assert.deepEqual(Object.keys(headers).sort(), ["listUnsubscribe", "listUnsubscribePost", "url"]);
});

test("recognising a message needs no server and keeps to its lines", async () => {
  const nowhere = path.join(FOLDER, "no-data");
  const stdin = '{"text":"STOP"}\n\n{"text":"bus stop"}\n';
  const { stdout } = await runHeed(nowhere, ["recognize", "--jsonl"], { stdin });
  assert.deepEqual(
    linesOf(stdout).map((line) => JSON.parse(line).label),
    ["optout", "other"],
  );
  const broken = await runHeed(nowhere, ["recognize", "--jsonl"], { stdin: "STOP\n" });
  assert.deepEqual([broken.code, broken.stderr], [2, 'heed: line 1 is not {"text": "…"}\n']);
  const read = await json<{ intent: string }>(0, "recognize", "please stop texting me");
  assert.equal(read.intent, "opt-out");
  assert.ok(!existsSync(nowhere));
});

test("the doctor finds nothing wrong here", async () => {
  const printed = await lines(0, "doctor");
  for (const line of printed) assert.match(line, /^(ok|warning|PROBLEM| ) /);
  const status = await json<{ findings: { level: string }[]; position: number }>(0, "doctor");
  assert.ok(status.findings.every(({ level }) => level !== "problem"));
});
