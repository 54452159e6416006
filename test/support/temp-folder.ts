// A folder of its own for every test, gone when the test is over.
// LIMIT: what a killed test process leaves behind stays in the system's temporary folder.
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Anything with an `after` hook: a `TestContext`, or `{ after }` of node:test for a whole file. */
export interface HasAfter {
  after(release: () => void): void;
}

/** The absolute path of a new, empty folder that only this user can read. */
export function temporaryFolder(t: HasAfter): string {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), "heed-test-"));
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  t.after(remove);
  // Hooks run in the order they were given: a server that stops in a later one may write again.
  process.once("exit", remove);
  return folder;
}
