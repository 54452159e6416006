/** Reads the keys that sign the log from their files or the environment; makes the first one. */
import { knownKeys } from "../app/known-keys.ts";
import type { Clock, RandomBytes } from "../app/ports.ts";
import { parseVkey, type Signer, signingKeyText, type Verifier } from "../ledger/note-key.ts";
import type { Receipt } from "../ledger/receipt.ts";
import type { Store } from "../store/store.ts";
import { ConfigProblem } from "./config.ts";
import { type Env, given, KeyFolder } from "./key-folder.ts";
import {
  LogKeyFiles,
  NEXT_FILE,
  RETIRED_FILE,
  SEED_BYTES,
  SIGNING_KEY_FILE,
  signerIn,
} from "./log-key-files.ts";
import { nameLog, readNaming } from "./log-name.ts";

export interface LogKeyPlace {
  readonly dataFolder: string;
  readonly env: Env;
  readonly publicUrl: string;
  readonly random: RandomBytes;
  readonly store: Store;
  readonly clock: Clock;
}

export async function openLogKeys(place: LogKeyPlace): Promise<LogKeyFiles> {
  const { env, store, random } = place;
  const folder = await KeyFolder.open(place.dataFolder);
  const naming = readNaming(env, place.publicUrl);
  const fromEnv = signersIn(env);
  const begunWith = await store.setting("installation", "signing-key");
  // A key of our own making could only be a wrong one where the ledger has had another.
  if (fromEnv === null && begunWith === null) {
    const text = signingKeyText(nameLog(naming, new Set(), random), random(SEED_BYTES));
    await folder.writeOnce(SIGNING_KEY_FILE, `${text}\n`);
  }
  const present = await signerOfFile(folder, SIGNING_KEY_FILE);
  const keys = new LogKeyFiles({
    folder,
    naming,
    random,
    given: fromEnv,
    present,
    next: await signerOfFile(folder, NEXT_FILE),
    retired: await retiredIn(folder),
    handovers: await handoversIn(folder),
    first: await firstKey(place, fromEnv?.at(-1) ?? present),
    changes: (await knownKeys(store)).signingKeys,
  });
  await keys.keepGiven();
  return keys;
}

/** The keys of HEED_SIGNING_KEY, the present one first; `null` when it is not set. */
export function signersIn(env: Env): readonly Signer[] | null {
  const texts = given(env, "HEED_SIGNING_KEY");
  return texts?.map((text) => signerIn(text, "the variable HEED_SIGNING_KEY")) ?? null;
}

/** The key that the ledger was begun with: the database has its vkey, so that others can tell. */
async function firstKey({ store, clock }: LogKeyPlace, ours: Signer | null): Promise<Verifier> {
  if (ours !== null) {
    await store.addSetting("installation", "signing-key", ours.vkey, clock.now());
  }
  const stored = await store.setting("installation", "signing-key");
  const first = parseVkey(String(stored?.value));
  if ("problem" in first) throw new ConfigProblem(first.problem);
  return first;
}

async function signerOfFile(folder: KeyFolder, name: string): Promise<Signer | null> {
  const text = await folder.read(name);
  return text === null ? null : signerIn(text, folder.fileOf(name));
}

async function retiredIn(folder: KeyFolder): Promise<readonly Verifier[]> {
  return (await folder.lines(RETIRED_FILE)).map((line) => {
    const verifier = parseVkey(line);
    if (!("problem" in verifier)) return verifier;
    throw new ConfigProblem(`${folder.fileOf(RETIRED_FILE)}: ${verifier.problem}`);
  });
}

async function handoversIn(folder: KeyFolder): Promise<ReadonlyMap<string, Receipt>> {
  const handovers = new Map<string, Receipt>();
  for (const name of await folder.names()) {
    if (!/^handover-[0-9a-f]{8}\.json$/u.test(name)) continue;
    const receipt = parseReceiptFile((await folder.read(name)) ?? "");
    const to = receipt === null ? null : newKeyOf(receipt);
    // It is no secret and decides nothing: one that was damaged must not stop a start.
    if (receipt !== null && to !== null) handovers.set(to, receipt);
  }
  return handovers;
}

function parseReceiptFile(text: string): Receipt | null {
  try {
    return JSON.parse(text) as Receipt;
  } catch {
    return null;
  }
}

/** The key that a handover put in force. */
function newKeyOf(receipt: Receipt): string | null {
  try {
    return String(JSON.parse(receipt.record ?? "").evidence.to);
  } catch {
    return null;
  }
}
