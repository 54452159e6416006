/** "Keep this proof": who opted out by the page gets their receipt, and nobody else gets anything. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createLink } from "../../src/app/opt-out-link.ts";
import { openProof } from "../../src/app/proof-link.ts";
import { recordActs } from "../../src/app/record-acts.ts";
import { openToken, sealToken } from "../../src/app/sealed-token.ts";
import { plainStopScopes } from "../../src/domain/scope.ts";
import type { AddressKey } from "../../src/domain/words.ts";
import { verifyReceipt } from "../../src/ledger/receipt.ts";
import { startTestHeed, type TestHeed } from "../support/heed.ts";
import { withMember } from "../support/with-member.ts";

const PERSON = "ana@example.com";
const FORM = { "content-type": "application/x-www-form-urlencoded" };

function linkOf({ deps }: TestHeed, address = PERSON): string {
  return `/u/${createLink(deps, { address, sender: "acme" }).token}`;
}

/** Presses the button and gives the page that comes back. */
async function press({ server }: TestHeed, url: string): Promise<string> {
  const payload = "action=opt-out";
  const answer = await server.inject({ method: "POST", url, headers: FORM, payload });
  assert.equal(answer.statusCode, 200, answer.body);
  assert.match(answer.body, /role="status"/u);
  return answer.body;
}

/** The path of the proof that a page links to. */
function proofIn(page: string): string | null {
  const href = /<a href="(proof\/[^"?]+)\?lang=\w+">/u.exec(page)?.[1];
  return href === undefined ? null : `/u/${href}`;
}

async function receiptAt(heed: TestHeed, url: string | null) {
  assert.ok(url !== null, "the page has a link to the proof");
  const answer = await heed.server.inject({ url });
  assert.equal(answer.statusCode, 200, answer.body);
  const verified = verifyReceipt(answer.body, heed.deps.notary.vkeys);
  assert.ok(!("problem" in verified), JSON.stringify(verified));
  return { answer, record: verified.record, position: verified.leaf.position };
}

test("the page after a press links to the receipt of this opt-out, a file that can be kept", async (t) => {
  const heed = await startTestHeed(t);
  const url = proofIn(await press(heed, linkOf(heed)));
  const { answer, record, position } = await receiptAt(heed, url);
  assert.deepEqual([record?.address, record?.kind, position], [PERSON, "opt-out", 1]);
  assert.equal(
    answer.headers["content-disposition"],
    'attachment; filename="opt-out-proof-acme.json"',
  );
  assert.match(String(answer.headers["content-type"]), /^application\/json/u);
  assert.equal(answer.headers["cache-control"], "no-store");
  assert.equal(answer.headers["set-cookie"], undefined);
  const head = await heed.server.inject({ method: "HEAD", url: url ?? "" });
  assert.deepEqual([head.statusCode, head.body], [200, ""]);
  assert.equal(await heed.deps.store.head(), 1, "fetching a proof records nothing");
});

test("opening the opt-out link shows nobody's record, before a press and after", async (t) => {
  const heed = await startTestHeed(t);
  const url = linkOf(heed);
  for (const round of ["before", "after"]) {
    const { body } = await heed.server.inject({ url });
    assert.equal(proofIn(body), null, round);
    assert.doesNotMatch(body, /proof\//u);
    await press(heed, url);
  }
  const payload = "List-Unsubscribe=One-Click";
  const oneClick = await heed.server.inject({ method: "POST", url, headers: FORM, payload });
  assert.equal(oneClick.body, "OK\n");
});

test("who opted out by the page before gets the link to that entry, however often they press", async (t) => {
  const heed = await startTestHeed(t);
  const url = linkOf(heed);
  const first = proofIn(await press(heed, url));
  for (const round of [2, 3]) assert.equal(proofIn(await press(heed, url)), first, `${round}`);
  assert.equal(await heed.deps.store.head(), 1);
});

/** Everything about somebody that only they and the sender know. */
const SECRETS = {
  text: "stop, I am in the oncology ward",
  by: "person",
  evidence: { kind: "call", recording: "s3://calls/4711.wav", ip: "203.0.113.9" },
};

test("who opted out by another door is shown the press and nothing of what they said there", async (t) => {
  const heed = await startTestHeed(t);
  await heed.server.inject({
    method: "POST",
    url: "/v1/opt-outs",
    headers: heed.auth("record"),
    payload: { address: PERSON, sender: "acme", channel: "email", ...SECRETS },
  });
  const url = linkOf(heed);
  const first = proofIn(await press(heed, url));
  const { answer, record, position } = await receiptAt(heed, first);
  assert.equal(position, 2);
  assert.deepEqual(record?.evidence, { kind: "link", how: "page" });
  assert.deepEqual(Object.keys(record ?? {}).sort(), MEMBERS);
  assert.doesNotMatch(answer.body, /oncology|4711|203\.0/u);
  assert.equal(proofIn(await press(heed, url)), first);
  assert.equal(await heed.deps.store.head(), 2, "presses do not pile up");
  // Nor with a token that was made for it somehow, or before this was so.
  const token = sealToken(heed.deps.secrets.linkKey, "proof", 1);
  assert.deepEqual(await openProof(heed.deps, token), { status: "none" });
});

const MEMBERS = [
  ...["address", "by", "claimedAt", "evidence", "kind", "language", "messageId", "receivedAt"],
  ...["scopes", "source", "via"],
];

test("a source that was given the name of the page's entries has no proofs to show", async (t) => {
  const heed = await startTestHeed(t);
  const now = Date.now();
  const act = {
    ...({ kind: "opt-out", by: "person", via: "email", source: "opt-out-link" } as const),
    address: PERSON as AddressKey,
    scopes: plainStopScopes("acme", "email"),
    ...{ claimedAt: now, receivedAt: now },
  };
  const said = [
    { evidence: { kind: "link", how: "page" }, text: SECRETS.text },
    { evidence: { ...SECRETS.evidence, kind: "link" } },
    { evidence: SECRETS.evidence },
    {},
    // The control: this is what the page itself writes.
    { evidence: { kind: "link", how: "page" } },
  ];
  const statuses = [];
  for (const [at, more] of said.entries()) {
    const messageId = `m-${at}`;
    const acts = [{ ...act, messageId, ...more }];
    await recordActs(heed.deps, { key: messageId, body: at, acts });
    const token = sealToken(heed.deps.secrets.linkKey, "proof", at + 1);
    statuses.push((await openProof(heed.deps, token)).status);
  }
  assert.deepEqual(statuses, ["none", "none", "none", "none", "proof"]);
});

test("after a return the proof is that of the new opt-out", async (t) => {
  const heed = await startTestHeed(t);
  const url = linkOf(heed);
  await press(heed, url);
  await new Promise((resolve) => setTimeout(resolve, 2));
  const evidence = { kind: "form", url: "https://acme.example/join" };
  const payload = { address: PERSON, sender: "acme", channel: "email", by: "person", evidence };
  await heed.server.inject({
    method: "POST",
    url: "/v1/opt-ins",
    headers: heed.auth("record"),
    payload,
  });
  await new Promise((resolve) => setTimeout(resolve, 2));
  assert.equal((await receiptAt(heed, proofIn(await press(heed, url)))).position, 3);
});

test("a token of another purpose, another installation, another entry's kind or a changed one opens nothing", async (t) => {
  const heed = await startTestHeed(t);
  const { linkKey } = heed.deps.secrets;
  const page = linkOf(heed);
  const proof = proofIn(await press(heed, page)) ?? "";
  const token = proof.slice(proof.lastIndexOf("/") + 1);
  assert.equal(openToken(linkKey, "proof", token), 1);
  assert.equal(openToken(linkKey, "link", token), undefined, "it opts nobody out");
  const evidence = { kind: "form", url: "https://acme.example/join" };
  await heed.server.inject({
    method: "POST",
    url: "/v1/opt-ins",
    headers: heed.auth("record"),
    payload: { address: "bo@example.com", sender: "acme", channel: "sms", by: "staff", evidence },
  });
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const changed = [...token].map((letter, at) => {
    const other = alphabet[(alphabet.indexOf(letter) + 1) % 64];
    return `${token.slice(0, at)}${other}${token.slice(at + 1)}`;
  });
  const wrong = [
    ...changed,
    ...[page.slice("/u/".length), sealToken(linkKey, "link", 1), `${token}A`, token.slice(0, -1)],
    ...[sealToken(new Uint8Array(32).fill(9), "proof", 1), sealToken(linkKey, "proof", 99)],
    ...[sealToken(linkKey, "proof", 2), sealToken(linkKey, "proof", 0), "1", "%00", "..%2f1"],
    ...[sealToken(linkKey, "proof", "1"), sealToken(linkKey, "proof", [1])],
    ...[sealToken(linkKey, "proof", 1.5), sealToken(linkKey, "proof", -1)],
  ];
  for (const text of wrong) {
    const answer = await heed.server.inject({ url: `/u/proof/${text}` });
    assert.equal(answer.statusCode, 404, text);
    assert.match(String(answer.headers["content-type"]), /^text\/html/u);
    assert.doesNotMatch(answer.body, /ana@|"record"/u);
  }
  // The control: it opens as it was made. And a token of a proof opts nobody out.
  await receiptAt(heed, proof);
  const misused = await heed.server.inject({
    method: "POST",
    url: `/u/${token}`,
    headers: FORM,
    payload: "action=opt-out",
  });
  assert.equal(misused.statusCode, 200);
  assert.equal(await heed.deps.store.head(), 2);
});

test("a token tells nothing of the entry, and is the same each time", async (t) => {
  const { deps } = await startTestHeed(t);
  const tokens = [1, 2, 1].map((position) => sealToken(deps.secrets.linkKey, "proof", position));
  assert.equal(tokens[0], tokens[2]);
  assert.notEqual(tokens[0], tokens[1]);
  for (const token of tokens) assert.match(token, /^[\w-]{39,44}$/u);
});

test("locked, the page has no link, and an old link says in the person's language to come back", async (t) => {
  const heed = await startTestHeed(t);
  const url = linkOf(heed);
  const proof = proofIn(await press(heed, url)) ?? "";
  heed.deps.guard.lockNow({ kind: "behind", text: "2 entries are missing", waysOut: [] });
  assert.equal(proofIn(await press(heed, url)), null);
  const answer = await heed.server.inject({ url: `${proof}?lang=fr` });
  assert.equal(answer.statusCode, 503);
  assert.match(answer.body, /<html lang="fr" dir="ltr">/u);
  assert.match(answer.body, /Réessayez ce lien plus tard/u);
  assert.ok(Number(answer.headers["retry-after"]) > 0);
});

test("that no link can be made does not make the opt-out look as if it had failed", async (t) => {
  const heed = await startTestHeed(t, {
    change: (deps) => ({
      ...deps,
      notary: withMember(deps.notary, "checkpoint", () => () => {
        throw new Error("no key");
      }),
    }),
  });
  assert.equal(proofIn(await press(heed, linkOf(heed))), null);
  assert.equal(await heed.deps.store.head(), 1);
});
