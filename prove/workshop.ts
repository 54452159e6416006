// A folder for a proof's work, gone afterwards with everything in it, also after Ctrl-C.
import { accessSync, constants, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const IN_MEMORY = "/dev/shm";

/** Runs `work` with an empty folder. `inMemory`: where nothing has to outlive anything, for speed. */
export async function withFolder<Outcome>(
  work: (folder: string) => Promise<Outcome>,
  inMemory = false,
): Promise<Outcome> {
  const base = inMemory && isWritable(IN_MEMORY) ? IN_MEMORY : tmpdir();
  const folder = mkdtempSync(join(base, "heed-prove-"));
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  process.once("exit", remove);
  try {
    return await work(folder);
  } finally {
    process.off("exit", remove);
    remove();
  }
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
