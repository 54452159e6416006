// A folder of its own for every test, gone when the test is over.
// LIMIT: what a killed test process leaves behind stays in the system's temporary folder.
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Anything with an `after` hook: a `TestContext`, or `{ after }` of node:test for a whole file. */
export interface HasAfter {
  after(release: () => void): void;
}

/** Folders of this process; removed again at its end, because a late hook may have written. */
const folders = new Set<string>();

function remove(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

/** The absolute path of a new, empty folder that only this user can read. */
export function temporaryFolder(t: HasAfter): string {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), "heed-test-"));
  if (folders.size === 0) process.once("exit", () => folders.forEach(remove));
  folders.add(folder);
  t.after(() => remove(folder));
  return folder;
}
