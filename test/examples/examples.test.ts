// Every example is run as its reader runs it, against a real server.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { serveHeed } from "../support/served-heed.ts";
import { temporaryFolder } from "../support/temp-folder.ts";

const EXAMPLES = fileURLToPath(new URL("../../examples/", import.meta.url));
const FOLDER = temporaryFolder({ after });
const SECRET = `whsec_${randomBytes(24).toString("base64")}`;
const served = await serveHeed({ after });
await served.api("/v1/sources", {
  id: "shop",
  adapter: "standard-webhook",
  sender: "acme",
  config: { secrets: [SECRET] },
});

interface Ran {
  readonly code: number | null;
  readonly printed: string;
  readonly complained: string;
}

async function run(name: string, args: string[], env: Record<string, string> = {}): Promise<Ran> {
  const child = spawn(process.execPath, [path.join(EXAMPLES, name), ...args], {
    cwd: FOLDER,
    env: { ...process.env, HEED_URL: served.url, HEED_API_KEY: served.key, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const printed = child.stdout.setEncoding("utf8").toArray();
  const complained = child.stderr.setEncoding("utf8").toArray();
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { code, printed: (await printed).join(""), complained: (await complained).join("") };
}

test("check-before-send sends on allow only, and not when nobody answers", async () => {
  const to = "+12125550501";
  const refused = await run("check-before-send.ts", [to]);
  assert.deepEqual([refused.code, refused.complained], [1, ""]);
  assert.match(refused.printed, /^not sending to \+12125550501: deny\n- No consent/);
  const silent = await run("check-before-send.ts", [to], { HEED_URL: "http://127.0.0.1:9" });
  assert.match(silent.printed, /^not sending to .*: unknown\n- Heed did not answer/);
  const keyless = await run("check-before-send.ts", [to], { HEED_API_KEY: "" });
  assert.match(keyless.printed, /^not sending to .*: unknown\n- Heed answered 401/);
});

test("record-a-phone-call records once, and it is in force", async () => {
  const call = ["+12125550502", "call-2041"];
  const first = await run("record-a-phone-call.ts", call);
  assert.match(first.printed, /^recorded as entry \d+: everything from acme/, first.complained);
  const again = await run("record-a-phone-call.ts", call);
  assert.match(again.printed, /^was recorded before as entry \d+/);
  const check = await run("check-before-send.ts", ["+12125550502"]);
  assert.match(check.printed, /An opt-out covers this/);
});

test("signed-inbound is believed with the secret and refused without it", async () => {
  const message = ["+12125550503", "please stop texting me"];
  const env = { HEED_SOURCE: "shop", HEED_SOURCE_SECRET: SECRET };
  const sent = await run("signed-inbound.ts", message, env);
  assert.equal(sent.printed, "Heed has it on disk\n", sent.complained);
  const check = await run("check-before-send.ts", ["+12125550503"]);
  assert.match(check.printed, /An opt-out covers this/);
  const other = `whsec_${randomBytes(24).toString("base64")}`;
  const forged = await run("signed-inbound.ts", message, { ...env, HEED_SOURCE_SECRET: other });
  assert.match(forged.complained, /Heed answered 403/);
  assert.equal(forged.code, 1);
});

test("one-click-headers prints headers whose link opts out by a bare POST", async () => {
  const { printed, complained } = await run("one-click-headers.ts", ["ana@example.com"]);
  const [, link] = /^List-Unsubscribe: <(http[^>]+)>\n/.exec(printed) ?? [];
  assert.match(printed, /\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\n$/, complained);
  // The server listens on a free port, which it did not know when it was told its public URL.
  const url = `${served.url}${new URL(link ?? "").pathname}`;
  const body = new URLSearchParams({ "List-Unsubscribe": "One-Click" });
  assert.equal((await fetch(url, { method: "POST", body })).status, 200);
  const history = await served.api<{ events: object[] }>("/v1/history?address=ana@example.com");
  assert.equal(history.events.length, 1);
});

test("scrub-over-http writes the clean rows and the removed ones", async () => {
  const body = "name,phone\nAna,(212) 555-0502\nBo,555\n";
  writeFileSync(path.join(FOLDER, "contacts.csv"), body);
  const files = ["contacts.csv", "clean.csv", "removed.csv"];
  const { printed, complained } = await run("scrub-over-http.ts", files);
  assert.match(printed, /^2 rows read for sms: 0 rows clean, 2 rows removed/, complained);
  assert.equal(readFileSync(path.join(FOLDER, "clean.csv"), "utf8"), "name,phone\n");
  assert.match(readFileSync(path.join(FOLDER, "removed.csv"), "utf8"), /Ana,.*,opted-out,/);
});

test("every example is short, and is run by some test", () => {
  const tested = readFileSync(fileURLToPath(import.meta.url), "utf8");
  // `verify-webhook.ts` is run by the tests of the webhook destination, the packs by `heed packs lint`.
  const elsewhere = ["verify-webhook.ts", "rulepacks"];
  for (const name of readdirSync(EXAMPLES).filter((one) => !elsewhere.includes(one))) {
    const lines = readFileSync(path.join(EXAMPLES, name), "utf8").split("\n").length;
    assert.ok(lines < 40, `${name} has ${lines} lines`);
    assert.ok(tested.includes(`run("${name}"`), `${name} is run by no test`);
  }
});
