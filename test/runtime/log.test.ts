/** Promise 10: no number, no e-mail address and no secret in any log, whatever is logged. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { Webhook } from "standardwebhooks";
import { maskAddresses } from "../../src/runtime/log.ts";
import { logInto, until } from "../app/support.ts";
import { serveHeed } from "../support/served-heed.ts";

function logged(fields: object): string {
  const lines: string[] = [];
  logInto(lines).warn(fields, "said");
  return lines.join("");
}

const ADDRESSES = [
  "+12125550101",
  "(212) 555-0101",
  "msg-12125550101",
  "212.555.0101",
  "+33 6 12 34 56 78",
  "alice.o'neil+news@mail.example.com",
  "<alice@example.com>",
];

test("an address inside any text of another is masked", () => {
  for (const address of ADDRESSES) {
    const masked = maskAddresses(`could not send to ${address}: refused`);
    assert.ok(!/\d{3}|alice|example/.test(masked), masked);
    assert.match(masked, /refused/);
  }
});

test("ids, times and counts stay readable", () => {
  for (const text of [
    "SM0123456789abcdef0123456789abcdef",
    "3f2b8c1d-12a4-4f6e-9b7a-5d2f1c0e9a8b",
    "heed_12",
    "404",
    "entry 123456",
  ]) {
    assert.equal(maskAddresses(text), text);
  }
});

test("no phone number in any position of any text comes through", () => {
  const number = fc.integer({ min: 2_000_000_000, max: 9_999_999_999 }).map((one) => `+1${one}`);
  fc.assert(
    fc.property(
      number,
      fc.constantFrom(" ", ":", ",", "`", '"', "(", "/", "=", "\n"),
      (one, gap) => {
        const masked = maskAddresses(`to${gap}${one}${gap}now`);
        return !masked.includes(one.slice(2));
      },
    ),
  );
});

test("errors are logged without the addresses in their messages, on any line and as a cause", () => {
  const error = new Error(`refused: alice@example.com\n    at +12125550101\n for (212) 555-0101`, {
    cause: new Error("+12125550101"),
  });
  const line = logged({ err: error });
  assert.ok(!/alice|5550101|555-0101/.test(line), line);
  assert.match(line, /log\.test\.ts/, "where it happened is kept");
});

test("fields that hold addresses, words or secrets are hidden at the top and below", () => {
  const fields = {
    address: "+12125550101",
    to: "alice@example.com",
    text: "please stop",
    secret: "s3cr3t",
    authorization: "Bearer heed_x_y",
  };
  for (const shape of [fields, { act: fields }, { outer: { act: fields } }]) {
    const line = logged(shape);
    for (const hidden of Object.values(fields)) assert.ok(!line.includes(hidden), line);
  }
});

test("an id that somebody made of an address is masked", () => {
  assert.ok(!logged({ messageId: "<alice@example.com>" }).includes("alice"));
  assert.ok(!logged({ messageId: "+12125550101" }).includes("5550101"));
  assert.match(logged({ source: "shop", position: 12345678 }), /"source":"shop".*12345678/);
});

const PHONES = ["2125550142", "2125550143", "2125550144", "2125550145", "2125550146", "2125550147"];
const EMAIL = "zoe.private@mail.example";

test("a whole life at level debug, errors included, prints no number, address, word or secret", async (t) => {
  const heed = await serveHeed(t, { env: { HEED_LOG_LEVEL: "debug" } });
  const secret = `whsec_${Buffer.alloc(24, 0x5a).toString("base64")}`;
  const send = async (method: string, path: string, body?: unknown, headers = {}) => {
    const response = await fetch(`${heed.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${heed.key}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined
        ? {}
        : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    return { status: response.status, text: await response.text() };
  };
  const ok = async (...request: Parameters<typeof send>) => {
    const { status, text } = await send(...request);
    assert.ok(status < 300, `${request[0]} ${request[1]}: ${status} ${text}`);
    return text;
  };
  await ok("PUT", "/v1/sources/shop", {
    adapter: "standard-webhook",
    sender: "acme",
    config: { secrets: [secret] },
    // A provider that cannot be reached with such a setting: its failure is logged.
    reply: { provider: "sandbox", config: {} },
  });
  await ok("PUT", "/v1/destinations/crm", {
    adapter: "webhook",
    config: { url: "http://127.0.0.1:9/token-in-url-7f3a", secrets: [secret] },
  });
  const inbound = async (data: object, type = "message.received", signWith = secret) => {
    const text = JSON.stringify({ type, data });
    const now = new Date();
    const signature = new Webhook(signWith).sign("wh1", now, text);
    return await send("POST", "/v1/inbound/shop", text, {
      "webhook-id": "wh1",
      "webhook-timestamp": String(Math.floor(now.getTime() / 1000)),
      "webhook-signature": signature,
    });
  };
  const message = (text: string, id: string, from = `+1${PHONES[0]}`) =>
    inbound({ id, channel: "sms", from, to: `+1${PHONES[1]}`, text });
  assert.equal((await message("STOP", "a")).status, 200);
  assert.equal((await message("START", "a")).status, 200);
  assert.equal((await message("HELP", `${EMAIL}`)).status, 200);
  assert.equal((await message("STOP", `+1${PHONES[2]}`, "12345")).status, 200);
  assert.equal((await inbound({ nonsense: EMAIL })).status, 400);
  const other = `whsec_${Buffer.alloc(24, 1).toString("base64")}`;
  assert.equal((await inbound({ from: EMAIL }, "message.received", other)).status, 403);
  await ok("POST", "/v1/opt-outs", {
    address: EMAIL,
    sender: "acme",
    text: `zebra ${PHONES[3]}`,
  });
  await ok("POST", "/v1/check", {
    to: `+1${PHONES[4]}`,
    sender: "acme",
    channel: "sms",
    class: "marketing",
  });
  await send("POST", "/v1/check", {
    to: PHONES[5],
    sender: "acme",
    channel: "sms",
    class: "marketing",
  });
  await send("POST", "/v1/opt-outs", `{"address": "+1${PHONES[5]}", "sender":`);
  await send("GET", `/v1/history?address=${encodeURIComponent(EMAIL)}`);
  await send("GET", `/nowhere/${EMAIL}`);
  const { url } = JSON.parse(await ok("POST", "/v1/links", { address: EMAIL, sender: "acme" }));
  const link = new URL(url).pathname;
  await send("POST", link, "List-Unsubscribe=One-Click", {
    "content-type": "application/x-www-form-urlencoded",
  });
  await send(
    "PUT",
    "/v1/lists/house?kind=do-not-contact&asOf=2026-11-20",
    `${EMAIL}\n+1${PHONES[5]}\n`,
    {
      "content-type": "text/plain",
    },
  );
  await until("the destination failed", async () => {
    return (await ok("GET", "/v1/destinations/crm/deliveries?state=waiting")).includes("lastError");
  });
  const stopped = new Promise((resolve) => heed.process.once("exit", resolve));
  heed.process.kill("SIGTERM");
  await stopped;

  const log = heed.complained();
  assert.match(log, /came back with other contents/);
  assert.match(log, /no address that can be suppressed/);
  const pepper = readFileSync(join(heed.dataFolder, "keys", "pepper"), "utf8").trim();
  const linkKey = readFileSync(join(heed.dataFolder, "keys", "link-key"), "utf8").trim();
  const token = link.slice(link.lastIndexOf("/") + 1);
  const secrets = [secret, heed.key, pepper, linkKey, token, "token-in-url-7f3a", "zebra"];
  for (const hidden of [...PHONES, EMAIL, "zoe.private", ...secrets]) {
    for (const [where, text] of [
      ["log", log],
      ["output", heed.printed()],
    ] as const) {
      assert.ok(!text.includes(hidden), `${hidden} is in the ${where}:\n${text}`);
    }
  }
});
