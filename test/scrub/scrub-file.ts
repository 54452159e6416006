// A process of its own that scrubs one file, so that its peak of memory can be read:
// scrub-file.ts LIST CLEAN REMOVED SUPPRESSED SEED. Prints one line of JSON.

import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { finished } from "node:stream/promises";
import type { AddressKey } from "../../src/domain/words.ts";
import { addressReader } from "../../src/scrub/read-address.ts";
import type { ScrubReport } from "../../src/scrub/report.ts";
import { type Judge, scrubRows } from "../../src/scrub/scrub.ts";
import { AddressListBuilder } from "../../src/sets/address-list.ts";
import { suppressedNumbers } from "./mixed-list.ts";

export interface FileScrub {
  readonly report: ScrubReport;
  readonly rowsPerSecond: number;
  /** Of the process, before the scrub began and at its end. */
  readonly baselineKilobytes: number;
  readonly peakKilobytes: number;
}

function listJudge(count: number, seed: number): Judge {
  const settings = {
    name: "do-not-contact",
    kind: "do-not-contact",
    asOf: 0,
    maxAgeDays: null,
    countries: [],
    channels: ["sms"],
  } as const;
  const tokensOf = (address: AddressKey) => [createHash("sha256").update(address).digest("hex")];
  const builder = new AddressListBuilder(settings, tokensOf);
  for (const number of suppressedNumbers(count, seed)) builder.add(number as AddressKey);
  const list = builder.finish();
  const reasons = [
    { kind: "listed", answer: "deny", text: "On the list.", list: list.name },
  ] as const;
  return ({ key }) => (list.has(key) ? reasons : null);
}

function sinkOf(path: string) {
  const stream = createWriteStream(path);
  const sink = (chunk: Uint8Array) =>
    new Promise<void>((resolve, reject) => {
      stream.write(chunk, (error) => (error ? reject(error) : resolve()));
    });
  return { sink, close: () => finished(stream.end()) };
}

async function main([list, clean, removed, count, seed]: readonly string[]): Promise<FileScrub> {
  const judge = listJudge(Number(count), Number(seed));
  const files = { clean: sinkOf(clean!), removed: sinkOf(removed!) };
  const baselineKilobytes = process.resourceUsage().maxRSS;
  const report = await scrubRows(
    createReadStream(list!, { highWaterMark: 256 * 1024 }),
    {
      channel: "sms",
      read: addressReader("US"),
      hashKey: "a fixed key",
      now: () => performance.now(),
      pause: () => new Promise((resolve) => setImmediate(resolve)),
    },
    { clean: files.clean.sink, removed: files.removed.sink },
    judge,
  );
  await Promise.all([files.clean.close(), files.removed.close()]);
  return {
    report,
    rowsPerSecond: (report.rows.total / report.durationMs) * 1000,
    baselineKilobytes,
    peakKilobytes: process.resourceUsage().maxRSS,
  };
}

process.stdout.write(`${JSON.stringify(await main(process.argv.slice(2)))}\n`);
