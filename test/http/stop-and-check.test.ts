/**
 * Promise 2, under load: 2,000 people write STOP and are checked as soon as theirs is acknowledged.
 * The control takes the acknowledged entries in too late, and has to show an `allow`.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Deps } from "../../src/app/deps.ts";
import { startTestHeed } from "../support/heed.ts";
import { addTwilioSource, signedSms } from "./signed-sms.ts";

const PAIRS = 2_000;
const CONTROL_PAIRS = 100;

/** How many people were allowed after their STOP was acknowledged. All pairs run at once. */
async function allowsAfterStop(
  t: Parameters<typeof startTestHeed>[0],
  pairs: number,
  change?: (deps: Deps) => Deps,
): Promise<number> {
  const heed = await startTestHeed(t, change === undefined ? {} : { change });
  await addTwilioSource(heed);
  const headers = heed.auth("check");
  const pair = async (number: number): Promise<boolean> => {
    const person = `+1212555${String(number).padStart(4, "0")}`;
    const stop = await heed.server.inject(signedSms(heed.deps.publicUrl, person, "STOP"));
    assert.equal(stop.statusCode, 200, stop.body);
    const answer = await heed.server.inject({
      method: "POST",
      url: "/v1/check",
      headers,
      payload: { to: person, sender: "acme", channel: "sms", class: "transactional" },
    });
    assert.equal(answer.statusCode, 200, answer.body);
    return answer.json().verdict === "allow";
  };
  const allowed = await Promise.all(Array.from({ length: pairs }, (_, number) => pair(number)));
  assert.equal(await heed.deps.store.head(), pairs);
  return allowed.filter((isAllowed) => isAllowed).length;
}

test("no check allows anything after the acknowledgement of the STOP that covers it", async (t) => {
  assert.equal(await allowsAfterStop(t, PAIRS), 0);
});

test("control: a server that acknowledges before its standings are level does allow", async (t) => {
  const late = (deps: Deps): Deps => {
    const live = Object.create(deps.live, {
      takeIn: { value: async () => undefined },
      standing: { value: deps.live.standing.bind(deps.live) },
      isFresh: { value: () => true },
      position: { get: () => deps.live.position },
      standings: { get: () => deps.live.standings },
    });
    return { ...deps, live };
  };
  assert.ok((await allowsAfterStop(t, CONTROL_PAIRS, late)) > 0);
});
