/** Suspensions through the API: in force when they are answered, and on record when they are over. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { startTestHeed } from "../support/heed.ts";

const NOW = Date.parse("2026-11-18T17:00:00Z");
const HOUR = 3_600_000;
const EMERGENCY = { kind: "state-of-emergency", region: "US-NY" };

async function start(t: Parameters<typeof startTestHeed>[0]) {
  const time = { now: NOW };
  const clock = { now: () => time.now, monotonic: () => performance.now() };
  const heed = await startTestHeed(t, { clock });
  const headers = heed.auth("admin");
  const call = (method: "GET" | "PUT" | "DELETE", id: string, payload?: object) =>
    heed.server.inject({
      method,
      url: `/v1/suspensions${id === "" ? "" : `/${id}`}`,
      headers,
      ...(payload === undefined ? {} : { payload }),
    });
  return { ...heed, time, call };
}

test("a suspension is in force when it is answered, and stays with its end when it is over", async (t) => {
  const heed = await start(t);
  const put = await heed.call("PUT", "flood", { ...EMERGENCY, county: "Erie", note: "EO 47" });
  assert.equal(put.statusCode, 200, put.body);
  const shown = {
    ...{ id: "flood", kind: "state-of-emergency", region: "US-NY", county: "Erie" },
    ...{ from: "2026-11-18T17:00:00.000Z", until: null, inForce: true, note: "EO 47" },
  };
  assert.deepEqual(put.json(), shown);
  const stored = heed.deps.settings.suspensions.get("flood");
  assert.deepEqual([stored?.from, stored?.until], [NOW, null]);
  heed.time.now = NOW + HOUR;
  const ended = { ...shown, until: "2026-11-18T18:00:00.000Z", inForce: false };
  assert.deepEqual((await heed.call("DELETE", "flood")).json(), ended);
  heed.time.now = NOW + 2 * HOUR;
  assert.deepEqual((await heed.call("DELETE", "flood")).json(), ended, "one end, the first");
  assert.deepEqual((await heed.call("GET", "flood")).json(), ended);
  assert.deepEqual((await heed.call("GET", "")).json(), { suspensions: [ended] });
});

test("one that is over is not written over by a new one; one that is not can be changed", async (t) => {
  const heed = await start(t);
  await heed.call("PUT", "flood", EMERGENCY);
  heed.time.now = NOW + HOUR;
  const until = "2026-11-20T00:00:00-05:00";
  const changed = await heed.call("PUT", "flood", { ...EMERGENCY, until });
  assert.equal(changed.json().from, "2026-11-18T17:00:00.000Z", "the start stays");
  assert.equal(changed.json().until, "2026-11-20T05:00:00.000Z");
  await heed.call("DELETE", "flood");
  heed.time.now = NOW + 2 * HOUR;
  const from = "2026-11-18T19:00:00Z";
  const anew = await heed.call("PUT", "flood", { ...EMERGENCY, from });
  assert.equal(anew.statusCode, 409, anew.body);
  assert.match(anew.body, /an id of its own/);
});

test("one that has not begun goes without a trace", async (t) => {
  const heed = await start(t);
  const body = { kind: "proclaimed-holiday", region: "IN", from: "2027-01-26T00:00:00+05:30" };
  assert.equal((await heed.call("PUT", "parade", body)).json().inForce, false);
  assert.equal((await heed.call("DELETE", "parade")).statusCode, 200);
  assert.equal((await heed.call("GET", "parade")).statusCode, 404);
  assert.equal((await heed.call("DELETE", "parade")).statusCode, 404);
});

test("an area that there is not, and an end before the start, are refused with the reason", async (t) => {
  const heed = await start(t);
  const wrong: [object, RegExp][] = [
    [{ region: "US-FX" }, /no area `US-FX`/],
    [{ region: "QQ" }, /no area `QQ`/],
    [{ region: "us-ny" }, /region/],
    [{ region: "Florida" }, /region/],
    [{ kind: "rain" }, /must be one of/],
    [{ until: "2026-11-18T17:00:00Z" }, /not after/],
    [{ county: "" }, /county/],
  ];
  for (const [more, reason] of wrong) {
    const answer = await heed.call("PUT", "flood", { ...EMERGENCY, ...more });
    assert.ok(answer.statusCode >= 400 && answer.statusCode < 500, answer.body);
    assert.match(answer.body, reason);
  }
  assert.equal(heed.deps.settings.suspensions.size, 0);
  for (const region of ["US", "CA-ON", "FR-IDF", "US-DC", "BD"]) {
    assert.equal(
      (await heed.call("PUT", region.toLowerCase(), { ...EMERGENCY, region })).statusCode,
      200,
    );
  }
});
