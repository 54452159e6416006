/** Huge bodies over a real socket are cut off early: nothing near their size is read or kept. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { request } from "node:http";
import { test } from "node:test";
import { startTestHeed } from "../support/heed.ts";

const HUGE = 100 * 1024 * 1024;
const CHUNK = Buffer.alloc(64 * 1024, "a");
/** What the kernel's buffers and ours may have swallowed before the refusal arrived. */
const SWALLOWED_MAX = 16 * 1024 * 1024;

interface Sent {
  /** 0 when the answer was lost. */
  readonly status: number;
  readonly body: string;
  readonly sentBytes: number;
}

/** Sends until the server answers or hangs up, and says how much it took. */
async function upload(
  url: string,
  path: string,
  headers: Record<string, string>,
  bytes: number,
): Promise<Sent> {
  const outgoing = request(`${url}${path}`, { method: "POST", headers });
  let sentBytes = 0;
  let isOver = false;
  outgoing.on("error", () => {
    isOver = true;
  });
  const answered = once(outgoing, "response") as Promise<[import("node:http").IncomingMessage]>;
  answered.then(
    () => {
      isOver = true;
    },
    () => undefined,
  );
  outgoing.flushHeaders();
  while (!isOver && sentBytes < bytes) {
    outgoing.write(CHUNK);
    sentBytes += CHUNK.length;
    // Only as fast as the socket takes it.
    while (!isOver && outgoing.writableNeedDrain) await new Promise(setImmediate);
    await new Promise(setImmediate);
  }
  const [response] = await answered.catch(() => [null]);
  // The server hung up while we were writing, and its answer went with the connection.
  if (response === null) return { status: 0, body: "", sentBytes };
  let body = "";
  for await (const piece of response) body += piece;
  outgoing.destroy();
  return { status: response.statusCode ?? 0, body, sentBytes };
}

for (const path of ["/v1/opt-outs", "/v1/check/batch", "/v1/inbound/acme-sms"]) {
  test(`100 MB to ${path} is refused long before it is through`, async (t) => {
    const heed = await startTestHeed(t);
    const url = await heed.listen();
    const headers = {
      authorization: `Bearer ${heed.key("admin")}`,
      "content-type": "application/json",
    };
    const declared = await upload(url, path, { ...headers, "content-length": String(HUGE) }, HUGE);
    const chunked = await upload(url, path, headers, HUGE);
    for (const { status, body, sentBytes } of [declared, chunked]) {
      assert.equal(status, 413, body);
      assert.equal(JSON.parse(body).type, "/problems/payload-too-large");
      assert.ok(sentBytes < SWALLOWED_MAX, `${sentBytes} bytes were taken`);
    }
    assert.equal(await heed.deps.store.head(), 0);
  });
}

test("100 MB without a key is refused before its body is read", async (t) => {
  const heed = await startTestHeed(t);
  const url = await heed.listen();
  const headers = { "content-type": "text/csv", "content-length": String(HUGE) };
  const answer = await upload(url, "/v1/scrubs?for=sms&sender=acme", headers, HUGE);
  assert.equal(answer.status, 401);
  assert.ok(answer.sentBytes < SWALLOWED_MAX, `${answer.sentBytes} bytes were taken`);
});

test("a list over its own limit is cut off while it streams", async (t) => {
  const limits = { listBytes: 1024 * 1024 };
  const heed = await startTestHeed(t, { options: { limits } });
  const url = await heed.listen();
  const headers = { authorization: `Bearer ${heed.key("check")}`, "content-type": "text/csv" };
  const statuses: number[] = [];
  while (!statuses.includes(413) && statuses.length < 10) {
    const answer = await upload(url, "/v1/scrubs?for=sms&sender=acme&column=1", headers, HUGE);
    assert.ok(answer.sentBytes < SWALLOWED_MAX, `${answer.sentBytes} bytes were taken`);
    assert.ok([0, 413].includes(answer.status), answer.body);
    statuses.push(answer.status);
  }
  assert.ok(statuses.includes(413), "no answer arrived");
});
