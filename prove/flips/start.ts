// Starts Heed on a folder in which a bit was flipped, and asks about everybody. And, for a control,
// a Heed that folds its entries without comparing them with what the ledger committed to.
import { join } from "node:path";
import { check } from "../../src/app/check.ts";
import type { Deps } from "../../src/app/deps.ts";
import { readConfig } from "../../src/runtime/config.ts";
import { type Heed, startHeed } from "../../src/runtime/start.ts";
import { Standings } from "../../src/sets/standings.ts";
import { openSqliteStore } from "../../src/store/sqlite/open-sqlite-store.ts";
import { type FakeClock, logInto } from "../../test/app/support.ts";

export interface Start {
  readonly outcome: "refused" | "locked" | "open";
  readonly allowed: readonly string[];
}

/** `now`: the instant of the folder's last entry, or later. */
export async function startAndAsk(
  dataFolder: string,
  people: readonly string[],
  clock: FakeClock,
): Promise<Start> {
  let heed: Heed;
  try {
    heed = await start(dataFolder, clock);
  } catch {
    return { outcome: "refused", allowed: [] };
  }
  const allowed = people.filter((address) => isAllowed(heed.deps, address));
  const outcome = heed.deps.guard.lock === null ? "open" : "locked";
  // A store that fails at its end has said so; what was asked was answered before.
  await heed.stop().catch(() => undefined);
  return { outcome, allowed };
}

export async function start(dataFolder: string, clock: FakeClock): Promise<Heed> {
  const env = { HEED_DATA: dataFolder };
  return await startHeed(readConfig(env, {}, "development", "/"), {
    ...{ env, clock, log: logInto([], "silent"), onBroken: () => undefined },
  });
}

/** A marketing message by the channel of the address. */
export function isAllowed(deps: Deps, address: string): boolean {
  const channel = address.startsWith("+") ? "sms" : "email";
  const question = { to: address, sender: "acme", channel, class: "marketing" } as const;
  return check(deps, question).answer === "allow";
}

/** Who of them is allowed by a server that believes every entry as it is read. */
export async function askUnchecked(
  deps: Deps,
  dataFolder: string,
  people: readonly string[],
): Promise<readonly string[]> {
  const store = await openSqliteStore({ file: join(dataFolder, "heed.db") });
  try {
    const standings = new Standings(deps.secrets.tokensOf);
    for (const entry of await store.read(0, Number.MAX_SAFE_INTEGER)) standings.apply(entry);
    const live = {
      position: standings.position,
      standing: standings.standing.bind(standings),
      isFresh: () => true,
    };
    const believing = { ...deps, live: live as unknown as Deps["live"] };
    return people.filter((address) => isAllowed(believing, address));
  } finally {
    await store.close();
  }
}
