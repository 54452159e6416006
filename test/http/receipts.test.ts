/** Receipts: every acknowledgement of an act can carry one, and anybody can check it offline. */
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { test } from "node:test";
import type { InjectOptions } from "light-my-request";
import { Webhook } from "standardwebhooks";
import { type Receipt, verifyReceipt } from "../../src/ledger/receipt.ts";
import { type Overrides, startTestHeed } from "../support/heed.ts";
import { withMember } from "../support/with-member.ts";

const PERSON = "+12125550123";
const SECRET = `whsec_${randomBytes(24).toString("base64")}`;
const EVIDENCE = { kind: "form", url: "https://acme.example/join" };

async function start(t: Parameters<typeof startTestHeed>[0], overrides: Overrides = {}) {
  const heed = await startTestHeed(t, overrides);
  await heed.deps.settings.putSource({
    id: "shop",
    adapter: "standard-webhook",
    sender: "acme",
    enabled: true,
    config: { secrets: [SECRET] },
  });
  const headers = heed.auth("admin");
  const post = (url: string, payload: object, more: Record<string, string> = {}) =>
    heed.server.inject({ method: "POST", url, headers: { ...headers, ...more }, payload });
  const say = (text: string, query = "") => heed.server.inject(signedMessage(text, query));
  const keys = await heed.server.inject({ url: "/ledger/keys", headers });
  return { ...heed, post, say, headers, vkeys: keys.body.trimEnd().split("\n") };
}

/** A message of the person, as the shop's system sends it. The same words are the same message. */
function signedMessage(text: string, query: string): InjectOptions {
  const id = createHash("sha256").update(text).digest("hex").slice(0, 16);
  const data = { id, channel: "sms", from: PERSON, to: "+12125550199", text };
  const body = JSON.stringify({ type: "message.received", data });
  const at = new Date();
  return {
    method: "POST",
    url: `/v1/inbound/shop${query}`,
    headers: {
      "content-type": "application/json",
      "webhook-id": `msg-${id}`,
      "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
      "webhook-signature": new Webhook(SECRET).sign(`msg-${id}`, at, body),
    },
    payload: body,
  };
}

/** What a receipt proves to somebody who has nothing but it and the keys. */
function proven(receipt: unknown, vkeys: readonly string[]) {
  const verified = verifyReceipt(JSON.stringify(receipt), vkeys);
  assert.ok(!("problem" in verified), JSON.stringify(verified));
  return { kind: verified.leaf.kind, position: verified.leaf.position, record: verified.record };
}

/** As many changes, each of one character, spread over every member. */
function changed(receipt: Receipt, perMember: number): string[] {
  return (Object.keys(receipt) as (keyof Receipt)[]).flatMap((name) => {
    const value = receipt[name] ?? "";
    return Array.from({ length: Math.min(perMember, value.length) }, (_, step) => {
      const at = Math.floor((step * value.length) / perMember);
      const other = value[at] === "0" ? "1" : "0";
      return JSON.stringify({
        ...receipt,
        [name]: value.slice(0, at) + other + value.slice(at + 1),
      });
    });
  });
}

test("every acknowledgement of an act carries its receipt when asked, and it holds offline", async (t) => {
  const heed = await start(t);
  const { post, say, vkeys } = heed;
  const optOut = { address: PERSON, sender: "acme" };
  const optIn = { ...optOut, channel: "sms", by: "staff", evidence: EVIDENCE };
  for (const text of ["I never asked for this", "I never asked for this, ever"]) await say(text);
  const { holds } = (await heed.server.inject({ url: "/v1/holds", headers: heed.headers })).json();
  const [one, two] = holds.map((hold: { position: number }) => `/v1/holds/${hold.position}`);
  const answers = [
    { kinds: ["opt-out"], answer: await post("/v1/opt-outs?receipt=1", optOut) },
    { kinds: ["opt-in"], answer: await post("/v1/opt-ins?receipt=1", optIn) },
    {
      kinds: ["release"],
      answer: await post(`${one}/release?receipt=1`, { author: "kim" }),
    },
    {
      kinds: ["opt-out", "release"],
      answer: await post(`${two}/opt-out?receipt=1`, { author: "kim" }),
    },
    { kinds: ["opt-out"], answer: await say("STOP", "?receipt=1") },
  ];
  for (const { kinds, answer } of answers) {
    assert.ok(answer.statusCode < 300, answer.body);
    const body = answer.json();
    const receipts: Receipt[] = body.receipts ?? [body.receipt];
    const found = receipts.map((receipt) => proven(receipt, vkeys));
    assert.deepEqual(
      found.map(({ kind }) => kind),
      kinds,
    );
    const entries = body.entries ?? [body.entry].filter((entry) => entry !== undefined);
    if (entries.length > 0) {
      assert.deepEqual(
        found.map(({ position }) => position),
        entries.map((entry: { position: number }) => entry.position),
      );
    }
    for (const { record } of found) assert.equal(record?.address, PERSON);
    // The control: with any one character changed it proves nothing.
    for (const receipt of receipts) {
      for (const text of changed(receipt, 40)) {
        assert.ok("problem" in verifyReceipt(text, vkeys), text);
      }
    }
  }
});

test("no route that answers for an entry lacks the parameter", async (t) => {
  const { server } = await start(t);
  interface Operation {
    readonly parameters?: readonly { readonly in: string; readonly name: string }[];
    readonly responses: Readonly<Record<string, { content?: Record<string, { schema: Shape }> }>>;
  }
  interface Shape {
    readonly properties?: Readonly<Record<string, unknown>>;
  }
  const { paths } = server.swagger() as unknown as {
    paths: Record<string, Record<string, Operation>>;
  };
  const answersForEntry = ({ responses }: Operation) =>
    Object.entries(responses)
      .filter(([status]) => status.startsWith("2"))
      .flatMap(([, { content = {} }]) => Object.values(content))
      .flatMap(({ schema }) => Object.keys(schema.properties ?? {}))
      .some((name) => name === "entry" || name === "entries");
  const acts = Object.entries(paths)
    .flatMap(([path, { post }]) => (post === undefined ? [] : [{ path, post }]))
    .filter(({ post }) => answersForEntry(post));
  assert.ok(acts.length >= 5, "the search finds them");
  for (const { path, post } of acts) {
    const names = (post.parameters ?? []).map(({ name }) => name);
    assert.ok(names.includes("receipt"), path);
  }
});

test("a retried request gets the receipt of the first time", async (t) => {
  const { post, say, vkeys } = await start(t);
  const send = () =>
    post("/v1/opt-outs?receipt=1", { address: PERSON, sender: "acme" }, { "idempotency-key": "1" });
  const [first, again] = [(await send()).json(), (await send()).json()];
  assert.equal(again.replayed, true);
  assert.equal(again.receipt.leaf, first.receipt.leaf);
  assert.equal(proven(again.receipt, vkeys).position, 1);
  for (const round of [1, 2]) {
    const { receipts } = (await say("stop please", "?receipt=1")).json();
    assert.equal(proven(receipts[0], vkeys).position, 2, `round ${round}`);
  }
});

test("who does not ask gets no receipt, and what the provider expects to hear stays the same", async (t) => {
  const { post, say } = await start(t);
  for (const query of ["", "?receipt=0", "?utm_source=mail"]) {
    const answer = await post(`/v1/opt-outs${query}`, { address: PERSON, sender: "acme" });
    assert.equal(answer.statusCode, 201, answer.body);
    assert.ok(!("receipt" in answer.json()));
    assert.deepEqual((await say("STOP", query)).json(), { accepted: 1 });
  }
  // A provider's own query is not ours to judge; that of a caller of the API is.
  for (const query of ["?receipt=yes", "?receipt=1&receipt=1"]) {
    assert.equal((await say("STOP", query)).statusCode, 200);
    const answer = await post(`/v1/opt-outs${query}`, { address: PERSON, sender: "acme" });
    assert.equal(answer.statusCode, 400);
    assert.equal(answer.json().errors[0].pointer, "/receipt");
  }
});

test("the receipt of any entry can be had later; of none, a 404", async (t) => {
  const { server, post, headers, vkeys } = await start(t);
  for (let count = 1; count <= 5; count++) {
    await post("/v1/opt-outs", { address: `+1212555010${count}`, sender: "acme" });
  }
  for (let position = 1; position <= 5; position++) {
    const answer = await server.inject({ url: `/v1/entries/${position}/receipt`, headers });
    const found = proven(answer.json(), vkeys);
    assert.equal(found.position, position);
    assert.equal(found.record?.address, `+1212555010${position}`);
  }
  for (const [position, status] of [
    ["6", 404],
    ["0", 400],
    ["1.5", 400],
  ] as const) {
    const answer = await server.inject({ url: `/v1/entries/${position}/receipt`, headers });
    assert.equal(answer.statusCode, status, answer.body);
  }
});

test("locked, an opt-out is taken as ever; the answer says why there is no receipt and where to get it", async (t) => {
  const { deps, server, post, say, headers } = await start(t);
  deps.guard.lockNow({ kind: "behind", text: "2 entries are missing", waysOut: [] });
  const answer = await post("/v1/opt-outs?receipt=1", { address: PERSON, sender: "acme" });
  assert.equal(answer.statusCode, 201, answer.body);
  const { receipt, receiptNote, entry } = answer.json();
  assert.equal(receipt, null);
  assert.match(receiptNote, /locked.*in force.*\/v1\/entries\/1\/receipt\.$/u);
  assert.equal(entry.position, 1);
  assert.equal(await deps.store.head(), 1);
  assert.deepEqual((await say("STOP", "?receipt=1")).json(), { accepted: 1, receipts: [null] });
  const later = await server.inject({ url: "/v1/entries/1/receipt", headers });
  assert.equal(later.statusCode, 503);
  assert.equal(later.json().type, "/problems/locked");
});

test("a receipt that cannot be made does not make the act look as if it had failed", async (t) => {
  const { server, post, logged, headers } = await start(t, {
    change: (deps) => ({
      ...deps,
      notary: withMember(deps.notary, "receipt", () => () => {
        return Promise.reject(new Error("the tile cannot be read"));
      }),
    }),
  });
  const answer = await post("/v1/opt-outs?receipt=1", { address: PERSON, sender: "acme" });
  assert.equal(answer.statusCode, 201, answer.body);
  assert.equal(answer.json().receipt, null);
  assert.match(answer.json().receiptNote, /could not be made just now/u);
  assert.ok(logged.some((line) => line.includes("the tile cannot be read")));
  assert.ok(!logged.some((line) => line.includes(PERSON)));
  // Asked for by itself it is the server's failure, and is said to be.
  const alone = await server.inject({ url: "/v1/entries/1/receipt", headers });
  assert.equal(alone.statusCode, 500);
});
