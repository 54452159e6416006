/** The snapshot of the standings saves time and is never the truth. */
import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ByteSearch } from "../../prove/erasure/search.ts";
import { erase } from "../../src/app/erase.ts";
import { createLink, optOutByLink } from "../../src/app/opt-out-link.ts";
import { receive } from "../../src/app/receive.ts";
import {
  marketingTo,
  messageOf,
  serviceTo,
  signed,
  startApp,
  type TestApp,
} from "../app/support.ts";

const people = Array.from({ length: 30 }, (_, at) => `+121255501${String(at).padStart(2, "0")}`);

async function live(app: TestApp): Promise<void> {
  for (const [at, from] of people.entries()) {
    for (const text of ["STOP", "START", "STOP"].slice(0, at % 4)) {
      app.clock.pass(1000);
      await receive(app.deps, "shop", signed(messageOf(text, { from }), app.clock.now()), {});
    }
  }
  const { token } = createLink(app.deps, { address: "al@example.com", sender: "acme" });
  await optOutByLink(app.deps, { how: "page", token });
}

const verdicts = (app: TestApp) => [
  ...people.flatMap((to) => [marketingTo(app.deps, to), serviceTo(app.deps, to)]),
  marketingTo(app.deps, "al@example.com", { channel: "email" }),
];

const CASES: readonly {
  name: string;
  says: RegExp | null;
  spoil: (file: string, before: Buffer) => void;
}[] = [
  { name: "that is whole", says: null, spoil: () => undefined },
  { name: "that is missing", says: null, spoil: (file) => rmSync(file) },
  { name: "that is empty", says: /damaged/, spoil: (file) => truncateSync(file) },
  { name: "that was cut", says: /damaged/, spoil: (file) => truncateSync(file, 200) },
  {
    name: "with a flipped bit",
    says: /damaged/,
    spoil: (file, before) => {
      before[before.length - 50]! ^= 4;
      writeFileSync(file, before);
    },
  },
  {
    name: "that is something else",
    says: /damaged/,
    spoil: (file) => writeFileSync(file, "hello"),
  },
];

for (const { name, says, spoil } of CASES) {
  test(`a start with a snapshot ${name} gives the same verdicts`, async (t) => {
    const app = await startApp(t);
    await live(app);
    const before = verdicts(app);
    await app.stop();
    const file = join(app.dataFolder, "snapshots", "standings.snapshot");
    spoil(file, readFileSync(file));
    const again = await startApp(t, { dataFolder: app.dataFolder, clock: app.clock });
    assert.deepEqual(verdicts(again), before);
    const log = again.logged.join("");
    if (says === null) assert.ok(!log.includes("snapshot"), log);
    else assert.match(log, says);
  });
}

test("a snapshot of another ledger, or of one that has gone back, is not believed", async (t) => {
  const app = await startApp(t);
  await live(app);
  await app.stop();
  const file = join(app.dataFolder, "snapshots", "standings.snapshot");
  const foreign = readFileSync(file);
  const keys = Object.fromEntries(
    [
      ["HEED_PEPPER", "pepper"],
      ["HEED_LINK_KEY", "link-key"],
    ].map(([name, key]) => [name, readFileSync(join(app.dataFolder, "keys", key!), "utf8").trim()]),
  );
  const other = await startApp(t, { env: keys });
  await receive(other.deps, "shop", signed(messageOf("STOP"), other.clock.now()), {});
  const before = verdicts(other);
  await other.stop();
  const place = join(other.dataFolder, "snapshots", "standings.snapshot");
  assert.ok(existsSync(place));
  writeFileSync(place, foreign);
  const again = await startApp(t, { dataFolder: other.dataFolder, env: keys, clock: other.clock });
  assert.deepEqual(verdicts(again), before);
  assert.match(again.logged.join(""), /of another ledger/);
});

test("a snapshot from before an erasure is not believed and does not stay", async (t) => {
  const app = await startApp(t);
  await live(app);
  await app.stop();
  const file = join(app.dataFolder, "snapshots", "standings.snapshot");
  const before = readFileSync(file);
  const gone = people[5]!;
  const search = () => new ByteSearch([gone]).inFolder(join(app.dataFolder, "snapshots"));
  assert.ok(search().length > 0, "the search can find");

  const erasing = await startApp(t, { dataFolder: app.dataFolder, clock: app.clock });
  await erase(erasing.deps, { address: gone, by: "staff", source: "key:desk" });
  assert.ok(!existsSync(file));
  const expected = verdicts(erasing);
  await erasing.stop();
  assert.deepEqual(search(), [], "the snapshot of the stop");

  // As on a server that was down when another one erased, or that was killed.
  writeFileSync(file, before);
  const later = await startApp(t, { dataFolder: app.dataFolder, clock: app.clock });
  assert.match(later.logged.join(""), /somebody in the snapshot was erased since/u);
  assert.ok(!existsSync(file));
  assert.deepEqual(
    verdicts(later).map(({ answer }) => answer),
    expected.map(({ answer }) => answer),
  );
  await later.stop();
  assert.ok(existsSync(file));
  assert.deepEqual(search(), []);
  const last = await startApp(t, { dataFolder: app.dataFolder, clock: app.clock });
  assert.ok(!last.logged.join("").includes("snapshot"), "and now it is believed again");
});
