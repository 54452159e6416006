/**
 * Makes a copied ledger ready to take the present one's place: checks it, carries over what nobody
 * may lose, and writes down that it was put back. The present ledger is only read.
 */
import { readdir, rm } from "node:fs/promises";
import path from "node:path";
import { carryOver } from "../app/carry-over.ts";
import { decideLock } from "../app/decide-lock.ts";
import type { Lock } from "../app/head-guard.ts";
import type { InstallationSecrets } from "../app/installation-secrets.ts";
import { verifyLedger } from "../app/verify-ledger.ts";
import { type Act, LEDGER_TOKEN } from "../domain/act.ts";
import type { Position } from "../domain/words.ts";
import { HASH_BYTES } from "../ledger/merkle.ts";
import { rootAt } from "../ledger/proof.ts";
import type { SealedParts } from "../ledger/sealed-check.ts";
import { TILE_WIDTH, tileWidth } from "../ledger/tile.ts";
import { inspectFile } from "../store/sqlite/inspect.ts";
import type { LedgerFile } from "../store/sqlite/ledger-file.ts";
import { openSqliteStore } from "../store/sqlite/open-sqlite-store.ts";
import { takeOverKeys } from "../store/sqlite/take-over-keys.ts";
import type { Store, TreeHead } from "../store/store.ts";
import { openAnchorFile } from "./anchor-file.ts";
import { carrySends, carrySuspensions } from "./carry-sends.ts";
import { checkOrigin } from "./check-restored.ts";
import { ConfigProblem } from "./config.ts";
import { openLogKeys } from "./open-log-keys.ts";
import type { RestoreReport, RestoreRequest } from "./restore-report.ts";
import type { RestoreSource, SourceTexts } from "./restore-source.ts";
import { compareSecrets, keyingOf, readSecrets } from "./secrets.ts";
import { LEDGER_FILE } from "./staging.ts";

export interface Preparation extends RestoreRequest {
  readonly source: RestoreSource;
  readonly texts: SourceTexts;
  /** The folder with the copy. */
  readonly staging: string;
  readonly present: LedgerFile | null;
}

interface Prepared {
  readonly report: Omit<RestoreReport, "kind" | "madeAt" | "notCarried" | "replacedIn">;
  /** There is a ledger and no anchor. */
  readonly isAnchorGone: boolean;
}

/** Throws `ConfigProblem` or `UnsafeStore` when the copy may not take anybody's place. */
export async function prepareLedger(work: Preparation): Promise<Prepared> {
  const keys = await chooseKeys(work);
  const file = path.join(work.staging, LEDGER_FILE);
  const keying = keyingOf(keys.secrets);
  const store = await openSqliteStore({ file, keying });
  let prepared: Prepared;
  try {
    prepared = await prepareOpen(work, store, keys);
  } finally {
    await store.close();
  }
  const { carried, size } = prepared.report;
  takeOverKeys(file, work.present?.keysOf(carried?.optIns ?? [], keying) ?? [], size);
  // The very file that takes its place, and all of it: `quick_check` leaves the indexes out.
  const [damage] = inspectFile(file);
  if (damage !== undefined) throw new ConfigProblem(`the copy is damaged: ${damage.text}`);
  return prepared;
}

async function prepareOpen(work: Preparation, store: Store, keys: Keys): Promise<Prepared> {
  const { env, random, clock, config } = work;
  const { secrets, folder: dataFolder } = keys;
  await compareSecrets(store, secrets);
  const { publicUrl } = config;
  const logKeys = await openLogKeys({ dataFolder, env, publicUrl, random, store, clock });
  const tree = await verified(store, secrets);
  const unchecked = checkOrigin(work.source, work.texts, tree, logKeys.vkeys);
  const { lock, isAnchorGone } = await compareWithAnchor(work, store, {
    origin: logKeys.origin,
    tree,
  });
  const carried = await carryFrom(work, store, secrets, logKeys.origin);
  const revokedKeys = await revokeAgain(work.present, store);
  await store.append(restoreRequest(work, tree));
  const root = Buffer.from(tree.root).toString("hex");
  const size = await store.head();
  const report = { unchecked, carried, revokedKeys, lock, entries: tree.size, root, size };
  return { report, isAnchorGone };
}

/** The tree, when every entry and every hash over them is what it should be. */
async function verified(store: Store, { tokensOf }: InstallationSecrets): Promise<TreeHead> {
  const { tree, wrong, wrongCount, findings } = await verifyLedger({
    store,
    tokensOf,
    remembered: [],
  });
  const [first] = wrong;
  if (first === undefined && findings.length === 0) return tree;
  const where = first === undefined ? "" : ` Entry ${first.first}: ${first.what}`;
  const others = wrongCount > 1 ? ` There are ${wrongCount - 1} others.` : "";
  throw new ConfigProblem(
    `the copy is damaged, or somebody changed it.${where}${others} ${findings.join(" ")}`.trimEnd(),
  );
}

interface Keys {
  readonly secrets: InstallationSecrets;
  /** The folder whose `keys` they are. */
  readonly folder: string;
}

/**
 * The present keys, or, where there are none at all, those that come with the copy. None is made: a
 * new one could only be a wrong one. And half of one set and half of another would be none.
 */
async function chooseKeys({ config, env, staging }: Preparation): Promise<Keys> {
  const { dataFolder } = config;
  const present = await readSecrets(dataFolder, env);
  if (present !== null) {
    await rm(path.join(staging, "keys"), { recursive: true, force: true });
    return { secrets: present, folder: dataFolder };
  }
  const keys = path.join(dataFolder, "keys");
  const isEmpty = (await readdir(keys).catch(() => [])).length === 0;
  const brought = isEmpty ? await readSecrets(staging, env) : null;
  if (brought !== null) return { secrets: brought, folder: staging };
  throw new ConfigProblem(
    `${keys} does not have the keys of this installation${isEmpty ? ", and the copy has none" : ""}. ` +
      "Without them nobody's opt-out can be found: put the whole folder there first, from where you " +
      "keep it, or set HEED_PEPPER, HEED_LINK_KEY and HEED_SIGNING_KEY",
  );
}

/** Of the copy as it came: what is added to it replaces nothing that is missing. */
async function compareWithAnchor(
  { config }: Preparation,
  store: Store,
  ledger: { readonly origin: string; readonly tree: TreeHead },
): Promise<{ readonly lock: Lock | null; readonly isAnchorGone: boolean }> {
  const { dataFolder, anchorFile } = config;
  const place = await openAnchorFile(anchorFile, dataFolder);
  try {
    const { found } = place;
    const size = typeof found === "string" ? null : found.tree.size;
    const rootAtAnchor =
      size === null || size > ledger.tree.size
        ? null
        : await rootAt(size, (tile) => store.readTile(tile));
    const isAnchorGone = found === "none" && ledger.tree.size > 0;
    const wasAnchored = place.wasAnchored || isAnchorGone;
    const finding = { anchor: found, wasAnchored, path: place.path };
    return { lock: decideLock(finding, { ...ledger, rootAtAnchor }), isAnchorGone };
  } finally {
    await place.close();
  }
}

async function carryFrom(
  { present, clock, random }: Preparation,
  store: Store,
  secrets: InstallationSecrets,
  origin: string,
): Promise<RestoreReport["carried"]> {
  if (present === null) return null;
  const missing = sealed(present.missingIn(leafHashesOf(store, await store.head())));
  const carried = await carryOver({ store, secrets, origin, clock, random }, missing);
  const sends = await carrySends(present, store);
  await carrySuspensions(present, store, clock);
  return { ...carried, sends, unreadable: present.unreadable };
}

async function* sealed(entries: ReturnType<LedgerFile["missingIn"]>): AsyncIterable<SealedParts> {
  for await (const entry of entries) {
    const leafHash = Buffer.from(entry.leafHash).toString("hex");
    yield { ...entry, leafHash };
  }
}

/** As `LedgerFile.missingIn` asks for them: from the beginning of a tile on. */
function leafHashesOf(store: Store, size: Position) {
  return async (after: Position, upTo: Position): Promise<Uint8Array> => {
    const tiles: Uint8Array[] = [];
    for (let index = after / TILE_WIDTH; index * TILE_WIDTH < upTo; index += 1) {
      const width = tileWidth(0, index, size);
      if (width === 0) break;
      tiles.push(await store.readTile({ level: 0, index, width }));
    }
    return Buffer.concat(tiles).subarray(0, (upTo - after) * HASH_BYTES);
  };
}

/** A key that was ended must not open the door again because an old copy was put back. */
async function revokeAgain(present: LedgerFile | null, store: Store): Promise<number> {
  if (present === null) return 0;
  const still = new Set(present.settingIds("key"));
  const revoked = (await store.settings("key")).filter(({ id }) => !still.has(id));
  for (const { id } of revoked) await store.deleteSetting("key", id);
  return revoked.length;
}

function restoreRequest({ clock, random, source }: Preparation, tree: TreeHead) {
  const now = clock.now();
  const root = Buffer.from(tree.root).toString("hex");
  const messageId = `restore-${Buffer.from(random(16)).toString("hex")}`;
  const act: Act = {
    ...{ kind: "restore", address: null, scopes: [], by: "staff", via: "system", source: "heed" },
    ...{ claimedAt: now, receivedAt: now, messageId },
    evidence: {
      ...{ kind: "restore", entries: tree.size, root, from: source.kind },
      ...(source.kind === "backup" ? { madeAt: source.manifest.madeAt } : {}),
    },
  };
  const draft = { act, recordedAt: now, salt: random(32), token: LEDGER_TOKEN };
  return { key: messageId, bodyHash: root, drafts: [draft] };
}
