// A SQLite store with all that proves what is in it, wired as the server does: an anchor beside the
// folder, and a notary that signs.
import { createHash } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { openHeadGuard } from "../../src/app/anchored-guard.ts";
import { createNotary, type Notary } from "../../src/app/notary.ts";
import { signerOf } from "../../src/ledger/note-key.ts";
import type { Receipt } from "../../src/ledger/receipt.ts";
import { openAnchorFile } from "../../src/runtime/anchor-file.ts";
import { openSqliteStore } from "../../src/store/sqlite/open-sqlite-store.ts";
import type { AppendRequest } from "../../src/store/store.ts";

const ORIGIN = "bench.example/heed";
const SIGNER = signerOf(ORIGIN, new Uint8Array(32).fill(1));
export const VKEYS = [SIGNER.vkey];

export interface ProvenStore {
  readonly notary: Notary;
  /** Resolves when it may be acknowledged, with the receipt of its first entry. */
  append(request: AppendRequest): Promise<Receipt>;
  close(): Promise<void>;
}

/** The file of a ledger inside of such a folder. */
export function ledgerIn(folder: string): string {
  return join(folder, "data", "heed.db");
}

/** What is there already stays. */
export async function openProvenStore(folder: string): Promise<ProvenStore> {
  await mkdir(join(folder, "data"), { recursive: true });
  const store = await openSqliteStore({ file: ledgerIn(folder) });
  const place = await openAnchorFile(join(folder, "data.anchor"), join(folder, "data"));
  const guard = await openHeadGuard({
    ...{ store, place, origin: ORIGIN, alone: true, clock: Date },
    log: { debug() {}, info() {}, warn() {}, error: console.error },
    onBroken: console.error,
  });
  const logKeys = { origin: ORIGIN, signer: SIGNER, vkeys: VKEYS };
  const notary = createNotary({ store, guard, logKeys, secrets: { tokensOf } });
  return {
    notary,
    async append(request) {
      const outcome = await store.append(request);
      if (outcome.status !== "appended") throw new Error(`it was ${outcome.status}`);
      // As `recordActs` and the routes do it.
      await guard.keep(outcome.commit.tree);
      return issued(await notary.receipt(outcome.entries[0]!.position, outcome.commit));
    },
    async close() {
      await guard.close();
      await place.close();
      await store.close();
    },
  };
}

export function issued(receipt: Receipt | null): Receipt {
  if (receipt === null) throw new Error("the ledger is locked, and nothing is signed");
  return receipt;
}

/** As the drafts of the store's tests have them. */
function tokensOf(address: string): readonly string[] {
  return [createHash("sha256").update(address).digest("hex")];
}
