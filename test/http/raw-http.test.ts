/** Bytes that are no proper HTTP get a problem document or a closed connection, and never a route. */
import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import { startTestHeed, type TestHeed } from "../support/heed.ts";

const BODY = JSON.stringify({ address: "+12125550123", sender: "acme" });

/** Sends the bytes and gives everything that comes back until the server hangs up. */
async function exchange(url: string, text: string, hangsUp = false): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.write(text);
  if (hangsUp) socket.end();
  let received = "";
  socket.setEncoding("utf8").on("data", (piece) => {
    received += piece;
  });
  await new Promise((resolve) => socket.on("close", resolve).on("error", resolve));
  return received;
}

function post(heed: TestHeed, headers: readonly string[], body = BODY): string {
  const lines = [
    ...[
      "POST /v1/opt-outs HTTP/1.1",
      "Host: heed.test",
      `Authorization: Bearer ${heed.key("record")}`,
    ],
    ...["Content-Type: application/json", ...headers, "", body],
  ];
  return lines.join("\r\n");
}

const LENGTH = `Content-Length: ${BODY.length}`;

const CASES: readonly [string, (heed: TestHeed) => string, RegExp][] = [
  ["garbage", () => "\u0016\u0003\u0001 hello\r\n\r\n", /^HTTP\/1\.1 400 .*malformed-http/s],
  [
    "headers of a megabyte",
    () => `GET /health HTTP/1.1\r\nHost: x\r\nX-Big: ${"a".repeat(1_000_000)}\r\n\r\n`,
    /^HTTP\/1\.1 431 .*header-too-large/s,
  ],
  [
    "a length and chunks at once",
    (heed) => post(heed, [LENGTH, "Transfer-Encoding: chunked"]),
    /^HTTP\/1\.1 400 .*malformed-http/s,
  ],
  [
    "two lengths",
    (heed) => post(heed, [LENGTH, "Content-Length: 1"]),
    /^HTTP\/1\.1 400 .*malformed-http/s,
  ],
  ["a length that is no number", (heed) => post(heed, ["Content-Length: +5"]), /^HTTP\/1\.1 400 /],
  [
    "an escape that is none",
    () => "GET /problems/%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    /^HTTP\/1\.1 400 .*malformed-http/s,
  ],
  [
    "a path that is too long",
    () => `GET /problems/${"a".repeat(5000)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
    /^HTTP\/1\.1 (404|414) .*problem\+json/s,
  ],
];

for (const [name, bytes, expected] of CASES) {
  test(`${name} is refused and records nothing`, async (t) => {
    const heed = await startTestHeed(t);
    const answer = await exchange(await heed.listen(), bytes(heed));
    assert.match(answer, expected);
    assert.equal(await heed.deps.store.head(), 0);
  });
}

test("control: the same bytes with one proper length are recorded", async (t) => {
  const heed = await startTestHeed(t);
  const bytes = post(heed, [LENGTH, "Connection: close"]);
  assert.match(await exchange(await heed.listen(), bytes), /^HTTP\/1\.1 201 /);
  assert.equal(await heed.deps.store.head(), 1);
});

test("half a body records nothing, whatever the length promised", async (t) => {
  const heed = await startTestHeed(t);
  const half = post(heed, [`Content-Length: ${BODY.length}`], BODY.slice(0, 10));
  const answer = await exchange(await heed.listen(), half, true);
  assert.doesNotMatch(answer, /^HTTP\/1\.1 2/);
  assert.equal(await heed.deps.store.head(), 0);
});
