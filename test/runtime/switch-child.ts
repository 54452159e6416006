// A child of switch-ledger.test.ts: switches the ledger of a data folder, carefully or not.
import { mkdir, rename } from "node:fs/promises";
import path from "node:path";
import { stagingFolder } from "../../src/runtime/staging.ts";
import { finishSwitch, lockRestores, switchLedger } from "../../src/runtime/switch-ledger.ts";

const [dataFolder = "", how = ""] = process.argv.slice(2);

if (how === "careful") {
  const lock = lockRestores(dataFolder);
  await switchLedger(dataFolder, Date.UTC(2026, 10, 21));
  lock.unlock();
} else if (how === "finish") {
  await finishSwitch(dataFolder);
} else {
  // The control: what a script with two renames would do.
  await mkdir(path.join(dataFolder, "replaced-by-hand"));
  for (const name of ["heed.db-wal", "heed.db"]) {
    await rename(path.join(dataFolder, name), path.join(dataFolder, "replaced-by-hand", name));
  }
  await rename(path.join(stagingFolder(dataFolder), "heed.db"), path.join(dataFolder, "heed.db"));
}
