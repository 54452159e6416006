/** New keys as text, for those who keep them in variables. */
import type { RandomBytes } from "../app/ports.ts";
import { signingKeyText } from "../ledger/note-key.ts";
import type { Env } from "./key-folder.ts";
import { SEED_BYTES } from "./log-key-files.ts";
import { nameLog, readNaming } from "./log-name.ts";
import { signersIn } from "./open-log-keys.ts";
import { SECRET_BYTES } from "./secrets.ts";

export function newPepperText(random: RandomBytes): string {
  return Buffer.from(random(SECRET_BYTES)).toString("hex");
}

/** Of the same log as the one in HEED_SIGNING_KEY, unless another log is to begin. */
export function newSigningKeyText(
  env: Env,
  publicUrl: string,
  isNewLog: boolean,
  random: RandomBytes,
): string {
  const names = (signersIn(env) ?? []).map(({ name }) => name);
  const [present] = names;
  const name =
    present === undefined || isNewLog
      ? nameLog(readNaming(env, publicUrl), new Set(names), random)
      : present;
  return signingKeyText(name, random(SEED_BYTES));
}
