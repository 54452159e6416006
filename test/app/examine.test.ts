/** What `heed doctor` says: every fault with something to do about it, and nothing on a healthy day. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { examine } from "../../src/app/examine.ts";
import type { Finding } from "../../src/app/finding.ts";
import { recordChoice } from "../../src/app/record-choice.ts";
import { ALICE, SECRET, SHOP, startApp } from "./support.ts";

const DAY = 24 * 60 * 60 * 1000;
const faults = (findings: readonly Finding[]) => findings.filter((one) => one.level !== "ok");

async function* lines(text: string) {
  yield Buffer.from(text);
}

test("a new installation with an empty ledger is healthy", async (t) => {
  const { deps } = await startApp(t);
  assert.deepEqual(faults(await examine(deps)), []);
});

test("every fault says what is wrong and what to do", async (t) => {
  const { deps, clock } = await startApp(t);
  await recordChoice(
    deps,
    { kind: "opt-out", address: ALICE, sender: "acme", by: "person" },
    "key:a",
    null,
  );
  await deps.settings.putSource({ ...SHOP, id: "odd", adapter: "pigeon", sender: "globex" });
  await deps.settings.putDestination({
    id: "off",
    adapter: "webhook",
    enabled: false,
    config: {},
    disabledBecause: "the receiver answered 410",
  });
  await deps.settings.putDestination({
    id: "crm",
    adapter: "webhook",
    enabled: true,
    config: { url: "https://crm.example", secrets: [SECRET] },
  });
  await deps.store.putDelivery({
    destination: "crm",
    position: 1,
    token: "t",
    attempts: 10,
    state: "dead",
    nextAttemptAt: 0,
    lastError: "down",
  });
  await deps.lists.load(
    {
      name: "us-dnc",
      kind: "national",
      asOf: clock.now() - 40 * DAY,
      maxAgeDays: 31,
      countries: ["US"],
      channels: [],
      defaultRegion: "US",
    },
    lines("2125550101\n"),
  );
  clock.pass(-2 * DAY);
  const found = faults(await examine({ ...deps, publicUrl: "http://heed.example.com" }));
  const text = found.map((one) => one.text).join("\n");
  for (const fault of [
    /more than a day in the future/,
    /wants the adapter `pigeon`, which there is not/,
    /sender globex, which there is not/,
    /not https/,
    /us-dnc is 38 days old and may be relied on for 31/,
    /destination off is off: the receiver answered 410/,
    /destination crm has 1 dead letters/,
  ]) {
    assert.match(text, fault);
  }
  for (const one of found) assert.ok(one.whatToDo !== undefined, one.text);
});

test("a server that cannot prove its freshness says so, and a missing sender is named", async (t) => {
  const { deps } = await startApp(t);
  await deps.settings.remove("sender", "acme");
  const stale = Object.create(deps.live, { isFresh: { value: () => false } });
  Object.defineProperty(stale, "standings", { value: deps.live.standings });
  const text = faults(await examine({ ...deps, live: stale }))
    .map((one) => one.text)
    .join("\n");
  assert.match(text, /cannot prove that it has the newest entries/);
  assert.match(text, /there is no sender/);
});
