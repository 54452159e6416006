// A million rows in a process of its own: every row accounted for, in constant memory.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { temporaryFolder } from "../support/temp-folder.ts";
import { writeMixedList } from "./mixed-list.ts";
import type { FileScrub } from "./scrub-file.ts";

const ROWS = 1_000_000;
const SUPPRESSED = 100_000;
const SEED = 20_260_101;
const MAX_GROWTH_KILOBYTES = 300 * 1024;

test("a million rows in less than 300 MB above the sets, each in one file", async (t) => {
  const folder = temporaryFolder(t);
  const [list, clean, removed] = ["list.csv", "clean.csv", "removed.csv"].map((name) =>
    join(folder, name),
  );
  const expected = await writeMixedList(list!, ROWS, SUPPRESSED, SEED);
  const script = fileURLToPath(new URL("scrub-file.ts", import.meta.url));
  const args = [script, list!, clean!, removed!, String(SUPPRESSED), String(SEED)];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  const { report, baselineKilobytes, peakKilobytes }: FileScrub = JSON.parse(stdout);

  const grown = peakKilobytes - baselineKilobytes;
  assert.ok(grown < MAX_GROWTH_KILOBYTES, `grew by ${Math.round(grown / 1024)} MB`);
  t.diagnostic(`memory above the sets: ${Math.round(grown / 1024)} MB`);
  assert.deepEqual(report.rows, {
    total: ROWS,
    clean: expected.clean,
    removed: ROWS - expected.clean,
    rejected: 0,
  });
  const rows = Object.fromEntries(report.reasons.map(({ reason, rows }) => [reason, rows]));
  assert.deepEqual(rows, { listed: expected.optedOut, duplicate: expected.duplicates });
  await assertSameRows(list!, clean!, removed!);
});

/** Walks the three files together: each input line is the next clean or the next removed one. */
async function assertSameRows(list: string, clean: string, removed: string): Promise<void> {
  const lines = (path: string) =>
    createInterface({ input: createReadStream(path) })[Symbol.asyncIterator]();
  const [inputs, kept, gone] = [lines(list), lines(clean), lines(removed)];
  let nextKept = await kept.next();
  assert.equal((await inputs.next()).value, nextKept.value);
  nextKept = await kept.next();
  await gone.next();
  let nextGone = await gone.next();
  let row = 0;
  for (let input = await inputs.next(); input.done !== true; input = await inputs.next()) {
    row += 1;
    if (nextKept.done !== true && input.value === nextKept.value) {
      nextKept = await kept.next();
      continue;
    }
    const start = `${row},${input.value},`;
    assert.ok(nextGone.done !== true && nextGone.value.startsWith(start), `row ${row} is lost`);
    nextGone = await gone.next();
  }
  assert.ok(nextKept.done === true && nextGone.done === true);
}
