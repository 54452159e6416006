/**
 * The installation's secrets: made on the first start, kept in the data folder beside the database
 * and never in it. Servers that share one PostgreSQL must share them; a fingerprint in the database
 * tells when they do not, because a server with another pepper would not find anybody's history.
 */
import { createHash, randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, link, open, readFile, rm, stat } from "node:fs/promises";
import path from "node:path";
import type { InstallationSecrets } from "../app/deps.ts";
import type { Clock, RandomBytes } from "../app/ports.ts";
import type { Store } from "../store/store.ts";
import { ConfigProblem } from "./config.ts";
import { makeDurableFolder, syncFolder } from "./sync-folder.ts";

const SECRET_BYTES = 32;
type Env = Readonly<Record<string, string | undefined>>;

/** Reads the secrets from the environment or the data folder; makes missing ones there. */
export async function loadSecrets(
  dataFolder: string,
  env: Env,
  random: RandomBytes,
): Promise<InstallationSecrets> {
  const folder = path.join(dataFolder, "keys");
  await makeDurableFolder(folder);
  await chmod(folder, 0o700);
  return {
    pepper: await loadSecret(path.join(folder, "pepper"), "HEED_PEPPER", env, random),
    linkKey: await loadSecret(path.join(folder, "link-key"), "HEED_LINK_KEY", env, random),
  };
}

async function loadSecret(
  file: string,
  variable: string,
  env: Env,
  random: RandomBytes,
): Promise<Uint8Array> {
  const given = env[variable];
  if (given !== undefined && given !== "") return decode(given, `the variable ${variable}`);
  if (!existsSync(file)) await writeSecret(file, random(SECRET_BYTES));
  await refuseOpenPermissions(file);
  return decode((await readFile(file, "utf8")).trim(), file);
}

/**
 * Complete and on disk under its name, or not there at all: half a secret would lock everybody out,
 * and one that a power cut takes back cannot be made again. The first of two writers wins.
 */
async function writeSecret(file: string, secret: Uint8Array): Promise<void> {
  const temporary = `${file}.${randomUUID()}.tmp`;
  const handle = await open(temporary, "wx", 0o600);
  try {
    await handle.writeFile(`${Buffer.from(secret).toString("hex")}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  try {
    await link(temporary, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    await rm(temporary, { force: true });
  }
  await syncFolder(path.dirname(file));
}

async function refuseOpenPermissions(file: string): Promise<void> {
  const { mode } = await stat(file);
  if (process.platform !== "win32" && (mode & 0o077) !== 0) {
    throw new ConfigProblem(`${file} can be read by others; run \`chmod 600 ${file}\``);
  }
}

function decode(text: string, where: string): Uint8Array {
  if (/^[0-9a-f]{64}$/i.test(text)) return new Uint8Array(Buffer.from(text, "hex"));
  throw new ConfigProblem(`${where} must hold 64 hexadecimal digits (32 bytes)`);
}

/** Refuses secrets that are not those the database was begun with. */
export async function checkSecrets(
  store: Store,
  secrets: InstallationSecrets,
  clock: Clock,
): Promise<void> {
  const fingerprint = createHash("sha256")
    .update("heed secrets fingerprint v1")
    .update(secrets.pepper)
    .update(secrets.linkKey)
    .digest("hex");
  await store.addSetting("installation", "secrets", fingerprint, clock.now());
  const stored = await store.setting("installation", "secrets");
  if (stored?.value !== fingerprint) {
    throw new ConfigProblem(
      "this database was begun with other keys; copy the `keys` folder of the first server here, " +
        "or set HEED_PEPPER and HEED_LINK_KEY to its values",
    );
  }
}
