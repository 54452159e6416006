/**
 * The installation's secrets: made on the first start, kept in the data folder beside the database
 * and never in it. Servers that share one PostgreSQL must share them; a fingerprint in the database
 * tells when they do not, because a server with another pepper would not find anybody's history.
 */
import { createHash } from "node:crypto";
import { newPeppers } from "../app/announce-keys.ts";
import { lockOfMissing } from "../app/follow-keys.ts";
import { type InstallationSecrets, installationSecrets } from "../app/installation-secrets.ts";
import type { Change } from "../app/known-keys.ts";
import type { Clock, RandomBytes } from "../app/ports.ts";
import { type MessageKeying, SECRETS_SETTING } from "../store/message-keying.ts";
import type { Store } from "../store/store.ts";
import { ConfigProblem } from "./config.ts";
import { type Env, given, KeyFolder } from "./key-folder.ts";

export const SECRET_BYTES = 32;
const PEPPER = "pepper";
const RETIRED_PEPPERS = "retired-peppers";

/** Reads the secrets from the environment or the data folder; makes missing ones there. */
export async function loadSecrets(
  dataFolder: string,
  env: Env,
  random: RandomBytes,
): Promise<InstallationSecrets> {
  const folder = await KeyFolder.open(dataFolder);
  const peppers = await loadPeppers(folder, env, random);
  const [linkKey] = givenSecrets(env, "HEED_LINK_KEY") ?? [
    await loadSecret(folder, "link-key", random),
  ];
  return installationSecrets(peppers, linkKey!);
}

/** The same, for whoever may change nothing; `null` when there are none. */
export async function readSecrets(
  dataFolder: string,
  env: Env,
): Promise<InstallationSecrets | null> {
  const folder = KeyFolder.at(dataFolder);
  const isThere = async (name: string, variable: string) =>
    given(env, variable) !== null || (await folder.read(name)) !== null;
  if (!(await isThere(PEPPER, "HEED_PEPPER")) || !(await isThere("link-key", "HEED_LINK_KEY"))) {
    return null;
  }
  // Nothing is missing, so nothing is made.
  const noDice = () => {
    throw new Error("INVARIANT: no secret is made to be read");
  };
  const peppers = await loadPeppers(folder, env, noDice);
  const [linkKey] = givenSecrets(env, "HEED_LINK_KEY") ?? [
    await loadSecret(folder, "link-key", noDice),
  ];
  return installationSecrets(peppers, linkKey!);
}

/** The present one first. */
async function loadPeppers(
  folder: KeyFolder,
  env: Env,
  random: RandomBytes,
): Promise<readonly Uint8Array[]> {
  const fromEnv = givenSecrets(env, "HEED_PEPPER");
  if (fromEnv !== null) return withoutDoubles(fromEnv);
  const present = await loadSecret(folder, PEPPER, random);
  const retired = (await folder.lines(RETIRED_PEPPERS)).map((line) =>
    decode(line, `each line of ${folder.fileOf(RETIRED_PEPPERS)}`),
  );
  return withoutDoubles([present, ...retired]);
}

async function loadSecret(
  folder: KeyFolder,
  name: string,
  random: RandomBytes,
): Promise<Uint8Array> {
  if ((await folder.read(name)) === null) {
    await folder.writeOnce(name, encode(random(SECRET_BYTES)));
  }
  return decode(((await folder.read(name)) ?? "").trim(), folder.fileOf(name));
}

/**
 * Puts a new pepper in front of the others. The old one is kept first: a crash in between leaves it
 * in both files, which reads as once. The next start tells the ledger.
 */
export async function addPepper(dataFolder: string, env: Env, random: RandomBytes): Promise<void> {
  const folder = await KeyFolder.open(dataFolder);
  const before = await loadPeppers(folder, env, random);
  await folder.replace(RETIRED_PEPPERS, before.map(encode).join(""));
  await folder.replace(PEPPER, encode(random(SECRET_BYTES)));
}

function givenSecrets(env: Env, variable: string): readonly Uint8Array[] | null {
  return given(env, variable)?.map((text) => decode(text, `the variable ${variable}`)) ?? null;
}

function encode(secret: Uint8Array): string {
  return `${Buffer.from(secret).toString("hex")}\n`;
}

function decode(text: string, where: string): Uint8Array {
  if (/^[0-9a-f]{64}$/i.test(text)) return new Uint8Array(Buffer.from(text, "hex"));
  throw new ConfigProblem(`${where} must hold 64 hexadecimal digits (32 bytes)`);
}

function withoutDoubles(secrets: readonly Uint8Array[]): readonly Uint8Array[] {
  return [...new Map(secrets.map((secret) => [encode(secret), secret])).values()];
}

/**
 * Refuses secrets that are not those the database was begun with. The fingerprint is of the first
 * pepper and the link key; the peppers after it are named by the ledger's own entries, see
 * `app/known-keys.ts`.
 */
export async function checkSecrets(
  store: Store,
  secrets: InstallationSecrets,
  clock: Clock,
): Promise<void> {
  const ours = fingerprintsOf(secrets);
  await store.addSetting("installation", SECRETS_SETTING, ours.at(-1), clock.now());
  await compareSecrets(store, secrets);
}

/** The same for a ledger that was begun already, and changes nothing. */
export async function compareSecrets(
  store: Pick<Store, "setting">,
  secrets: InstallationSecrets,
): Promise<void> {
  const ours = fingerprintsOf(secrets);
  const stored = await store.setting("installation", SECRETS_SETTING);
  if (stored?.value === ours.at(-1)) return;
  if (ours.some((fingerprint) => fingerprint === stored?.value)) {
    throw new ConfigProblem(
      "the peppers are in the wrong order: put the present one first and the one that the " +
        "database was begun with last",
    );
  }
  throw new ConfigProblem(
    "this database was begun with other keys; copy the `keys` folder of the first server here, " +
      "or set HEED_PEPPER and HEED_LINK_KEY to its values, with every pepper that was retired",
  );
}

/** What the upgrade of an old ledger takes. It has only ever seen the first pepper. */
export function keyingOf(secrets: InstallationSecrets): MessageKeying {
  return { secret: secrets.peppers.at(-1)!, fingerprint: fingerprintsOf(secrets).at(-1)! };
}

function fingerprintsOf({ peppers, linkKey }: InstallationSecrets): readonly string[] {
  return peppers.map((pepper) => fingerprintOf(pepper, linkKey));
}

function fingerprintOf(pepper: Uint8Array, linkKey: Uint8Array): string {
  return createHash("sha256")
    .update("heed secrets fingerprint v1")
    .update(pepper)
    .update(linkKey)
    .digest("hex");
}

/**
 * Of two servers that each made a pepper, the ledger knows one. What the other wrote under its own
 * would be found by nobody, so it may not even start.
 */
export function refuseTwoRotations(secrets: InstallationSecrets, known: readonly Change[]): void {
  if (lockOfMissing(secrets, known) === null || newPeppers(secrets, known).length === 0) return;
  throw new ConfigProblem(
    "this server has a pepper that the ledger does not know, and lacks one that it does: the pepper " +
      "was rotated on two servers. Copy `pepper` and `retired-peppers` from the `keys` folder of the " +
      "other one, or set HEED_PEPPER to its values; the pepper made here was never in force",
  );
}
