/** Whole lists over HTTP: streamed in, judged as single checks are, and never half done. */
import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { request } from "node:http";
import path from "node:path";
import { test } from "node:test";
import { startTestHeed } from "../support/heed.ts";
import { temporaryFolder } from "../support/temp-folder.ts";

const OUT = "+12125550123";
const CSV = { "content-type": "text/csv" };

async function start(t: Parameters<typeof startTestHeed>[0]) {
  const scrubFolder = path.join(temporaryFolder(t), "scrubs");
  const heed = await startTestHeed(t, { options: { scrubFolder } });
  const headers = heed.auth("admin");
  const send = (method: "GET" | "POST" | "PUT" | "DELETE", url: string, payload?: string) =>
    heed.server.inject({
      method,
      url,
      headers: { ...headers, ...(payload === undefined ? {} : CSV) },
      ...(payload === undefined ? {} : { payload }),
    });
  const stop = (address: string) =>
    heed.server.inject({
      method: "POST",
      url: "/v1/opt-outs",
      headers,
      payload: { address, sender: "acme" },
    });
  const check = async (to: string, messageClass = "transactional") => {
    const answer = await heed.server.inject({
      method: "POST",
      url: "/v1/check",
      headers,
      payload: { to, sender: "acme", channel: "sms", class: messageClass },
    });
    return answer.json();
  };
  return { ...heed, scrubFolder, send, stop, check };
}

const SCRUB = "/v1/scrubs?for=sms&sender=acme&class=transactional";

test("a scrub gives the clean rows byte for byte and the others with the entry behind them", async (t) => {
  const heed = await start(t);
  await heed.stop(OUT);
  const list = `name,phone\r\n"Ana, A.",+12125550101\r\nBo,${OUT}\r\nCy,+12125550102\r\n`;
  const answer = await heed.send("POST", SCRUB, list);
  assert.equal(answer.statusCode, 201, answer.body);
  const { report, summary, clean, removed } = answer.json();
  assert.deepEqual(report.rows, { total: 3, clean: 2, removed: 1, rejected: 0 });
  assert.match(summary, /3 rows/);
  const kept = await heed.send("GET", clean);
  assert.equal(kept.headers["content-type"], "text/csv");
  assert.equal(kept.body, 'name,phone\r\n"Ana, A.",+12125550101\r\nCy,+12125550102\r\n');
  const out = await heed.send("GET", removed);
  assert.match(out.body, /Bo/);
  assert.match(out.body, /opted-out/);
});

test("the result of a scrub is its maker's only, and gone when it is deleted", async (t) => {
  const heed = await start(t);
  const { id, clean } = (await heed.send("POST", SCRUB, "phone\n+12125550101\n")).json();
  const others = { url: clean, headers: heed.auth("admin") };
  assert.equal((await heed.server.inject(others)).statusCode, 404);
  assert.equal((await heed.send("GET", clean)).statusCode, 200);
  assert.equal((await heed.send("DELETE", `/v1/scrubs/${id}`)).statusCode, 204);
  assert.equal((await heed.send("GET", clean)).statusCode, 404);
  assert.deepEqual(readdirSync(heed.scrubFolder), []);
});

test("results do not outlive the server", async (t) => {
  const heed = await start(t);
  await heed.send("POST", SCRUB, "phone\n+12125550101\n");
  assert.equal(readdirSync(heed.scrubFolder).length, 1);
  await heed.server.close();
  assert.ok(!existsSync(heed.scrubFolder));
});

test("a file that is no list, a sender that there is not, another type: a problem and no result", async (t) => {
  const heed = await start(t);
  const unclear = await heed.send("POST", SCRUB, "a,b\nx,y\n");
  assert.equal(unclear.statusCode, 400, unclear.body);
  assert.match(unclear.json().detail, /column/);
  const stranger = await heed.send("POST", "/v1/scrubs?for=sms&sender=nobody", "phone\n+1\n");
  assert.equal(stranger.statusCode, 422, stranger.body);
  const json = await heed.server.inject({
    method: "POST",
    url: SCRUB,
    headers: heed.auth("check"),
    payload: {},
  });
  assert.equal(json.statusCode, 415);
  const left = existsSync(heed.scrubFolder) ? readdirSync(heed.scrubFolder) : [];
  assert.deepEqual(left, []);
});

test("an upload that breaks off leaves no result behind, and the server goes on", async (t) => {
  const heed = await start(t);
  const url = await heed.listen();
  const headers = { authorization: `Bearer ${heed.key("check")}`, ...CSV };
  const upload = request(`${url}${SCRUB}&column=1`, { method: "POST", headers });
  upload.on("error", () => undefined);
  for (let row = 0; row < 20_000; row++) {
    const phone = `+1212555${String(row % 10_000).padStart(4, "0")}\n`;
    if (!upload.write(phone)) await new Promise((resolve) => upload.once("drain", resolve));
  }
  const folders = () => (existsSync(heed.scrubFolder) ? readdirSync(heed.scrubFolder) : []);
  while (folders().length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  upload.destroy();
  while (folders().length > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal((await heed.send("POST", SCRUB, "phone\n+12125550101\n")).statusCode, 201);
});

const IMPORT = "/v1/imports?sender=acme&channel=sms&name=old-system";

test("a dry run records nothing; the import does; the same file again records nothing new", async (t) => {
  const heed = await start(t);
  const file = `phone,kind\n${OUT},opt-out\n+12125550101,opt-in\nnobody,opt-out\n`;
  const dry = await heed.send("POST", `${IMPORT}&dryRun=true`, file);
  assert.equal(dry.statusCode, 200, dry.body);
  assert.equal(dry.json().report.dryRun, true);
  assert.equal(await heed.deps.store.head(), 0);
  const real = await heed.send("POST", IMPORT, file);
  assert.equal(real.json().report.recorded, 2, real.body);
  assert.equal(real.json().report.rejected, 1);
  assert.match(real.json().rejects, /^line,problem,message,row\r\n4,/);
  assert.equal((await heed.check(OUT)).verdict, "deny");
  const again = await heed.send("POST", IMPORT, file);
  assert.equal(again.json().report.known, 2, again.body);
  assert.equal(await heed.deps.store.head(), 2);
});

test("no import lifts an opt-out", async (t) => {
  const heed = await start(t);
  await heed.stop(OUT);
  const file = `phone,kind,date\n${OUT},opt-in,2030-01-01T00:00:00Z\n`;
  const answer = await heed.send("POST", `${IMPORT}&evidence=a+form`, file);
  assert.equal(answer.statusCode, 200, answer.body);
  assert.equal(answer.json().report.conflicts, 1, answer.body);
  assert.equal((await heed.check(OUT)).verdict, "deny");
});

test("a list that is loaded is in force at once, and one that is too old gives unknown", async (t) => {
  const heed = await start(t);
  const loadUrl = (asOf: string) =>
    `/v1/lists/group-dnc?kind=do-not-contact&asOf=${asOf}&maxAgeDays=30&channels=sms,voice`;
  const now = new Date(heed.deps.clock.now()).toISOString();
  const loaded = await heed.send("PUT", loadUrl(now), `${OUT}\n${OUT}\nnobody\n`);
  assert.equal(loaded.statusCode, 200, loaded.body);
  const { addresses, duplicates, rejectedCount, rejected } = loaded.json();
  assert.deepEqual([addresses, duplicates, rejectedCount], [1, 1, 1]);
  assert.equal(rejected[0].line, 3);
  const kindsAbout = async (to: string) =>
    (await heed.check(to, "marketing")).reasons
      .filter((reason: { list?: string }) => reason.list === "group-dnc")
      .map((reason: { kind: string }) => reason.kind);
  assert.deepEqual(await kindsAbout(OUT), ["listed"]);
  assert.deepEqual(await kindsAbout("+12125550101"), []);
  const isStale = async () => {
    const { lists } = (await heed.send("GET", "/v1/lists")).json();
    return lists.find((list: { name: string }) => list.name === "group-dnc").stale;
  };
  assert.equal(await isStale(), false);
  await heed.send("PUT", loadUrl("2020-01-01T00:00:00Z"), `${OUT}\n`);
  assert.equal(await isStale(), true);
  assert.deepEqual(await kindsAbout("+12125550101"), ["list-stale"]);
});

test("a copy that claims to be of the future is refused, because it would stay fresh until then", async (t) => {
  const heed = await start(t);
  const day = 24 * 60 * 60 * 1000;
  for (const [ahead, status] of [
    [day / 2, 200],
    [40 * day, 400],
  ] as const) {
    const asOf = new Date(heed.deps.clock.now() + ahead).toISOString();
    const url = `/v1/lists/registry?kind=national&maxAgeDays=30&asOf=${asOf}`;
    assert.equal((await heed.send("PUT", url, `${OUT}\n`)).statusCode, status);
  }
});
