/** The public keys of the log, for whoever may change nothing: none when there are no keys. */

import { type Env, KeyFolder } from "./key-folder.ts";
import { RETIRED_FILE, SIGNING_KEY_FILE, signerIn } from "./log-key-files.ts";
import { signersIn } from "./open-log-keys.ts";

/** The present one first. Throws `ConfigProblem` for a key that was damaged. */
export async function readVkeys(dataFolder: string, env: Env): Promise<readonly string[]> {
  const folder = KeyFolder.at(dataFolder);
  const file = await folder.read(SIGNING_KEY_FILE);
  const inFile = file === null ? [] : [signerIn(file, folder.fileOf(SIGNING_KEY_FILE))];
  const signers = [...(signersIn(env) ?? []), ...inFile].map(({ vkey }) => vkey);
  return [...new Set([...signers, ...(await folder.lines(RETIRED_FILE))])];
}
