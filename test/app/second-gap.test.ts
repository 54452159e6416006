/**
 * A log that was begun after a gap can lose entries as well (promises 3 and 6): each time two people
 * accept it another log begins, no key ever signs two trees, and every receipt goes on holding.
 */
import assert from "node:assert/strict";
import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { acceptGap } from "../../src/app/accept-gap.ts";
import type { Deps } from "../../src/app/deps.ts";
import { recordChoice } from "../../src/app/record-choice.ts";
import { type Receipt, verifyReceipt } from "../../src/ledger/receipt.ts";
import { temporaryFolder } from "../support/temp-folder.ts";
import { FakeClock, kindsOf, ledgerOf, startApp, type TestApp } from "./support.ts";

const TWO_PEOPLE = { first: "Ana Torres", second: "Ben Okafor", why: "the disk died", source: "t" };
const OTHERS = { first: "Carla Ruiz", second: "Dan Wu", why: "again", source: "t" };

/** What was signed over which leaves, and the receipts that people hold. */
interface Signed {
  readonly origin: string;
  readonly leaves: readonly string[];
  readonly receipt: Receipt;
}

class Site {
  readonly signed: Signed[] = [];
  readonly #t: TestContext;
  readonly #clock = new FakeClock();
  readonly #top: string;
  #app: TestApp | null = null;
  #people = 0;

  constructor(t: TestContext) {
    this.#t = t;
    this.#top = temporaryFolder(t);
  }

  get deps(): Deps {
    assert.ok(this.#app !== null);
    return this.#app.deps;
  }

  get lockKind(): string | undefined {
    return this.deps.guard.lock?.kind;
  }

  async start(): Promise<void> {
    await this.stop();
    this.#app = await startApp(this.#t, { dataFolder: this.#data, clock: this.#clock });
  }

  async stop(): Promise<void> {
    await this.#app?.stop();
    this.#app = null;
  }

  /** Somebody new opts out, and keeps the proof when one is given. */
  async optOut(): Promise<void> {
    this.#clock.pass(1000);
    this.#people += 1;
    const address = `+1212555${1000 + this.#people}`;
    const choice = { kind: "opt-out", address, sender: "acme", by: "person" } as const;
    const { entries } = (await recordChoice(this.deps, choice, "t", null)) as {
      entries: readonly { readonly position: number }[];
    };
    const receipt = await this.deps.notary.receipt(entries[0]!.position);
    if (receipt === null) return;
    const { origin } = this.deps.notary;
    const leaves = (await ledgerOf(this.deps)).map(({ leafHash }) => leafHash);
    this.signed.push({ origin, leaves, receipt });
  }

  /** The folder as it is now, to be put back. */
  async copy(): Promise<() => Promise<void>> {
    await this.stop();
    const copy = join(this.#top, `copy-${this.#people}`);
    cpSync(this.#data, copy, { recursive: true });
    return async () => {
      await this.stop();
      rmSync(this.#data, { recursive: true });
      cpSync(copy, this.#data, { recursive: true });
    };
  }

  async loseAnchor(): Promise<void> {
    await this.stop();
    rmSync(`${this.#data}.anchor`);
  }

  /** Only the database: the keys are those of today, as when a disk died and a backup is restored. */
  async putDatabaseBack(from: string): Promise<void> {
    await this.stop();
    for (const end of ["", "-wal", "-shm"])
      rmSync(join(this.#data, `heed.db${end}`), { force: true });
    rmSync(join(this.#data, "snapshots"), { recursive: true, force: true });
    cpSync(from, join(this.#data, "heed.db"));
  }

  async keepDatabase(): Promise<string> {
    await this.stop();
    const kept = join(this.#top, "heed.db");
    cpSync(join(this.#data, "heed.db"), kept);
    return kept;
  }

  /** Nobody can show two histories of one log, and every receipt holds with what is published. */
  judge(): void {
    for (const { receipt } of this.signed) {
      const result = verifyReceipt(receipt, this.deps.notary.vkeys);
      assert.ok(!("problem" in result), JSON.stringify(result));
    }
    assert.deepEqual(contradictions(this.signed), []);
  }

  get #data(): string {
    return join(this.#top, "data");
  }
}

/** Names of logs that signed two trees of which neither begins with the other. */
function contradictions(signed: readonly Signed[]): readonly string[] {
  const all = signed.flatMap((one) => signed.map((other) => [one, other] as const));
  return all
    .filter(([one, other]) => one.origin === other.origin)
    .filter(([one, other]) => one.leaves.length <= other.leaves.length)
    .filter(([one, other]) => one.leaves.some((leaf, at) => leaf !== other.leaves[at]))
    .map(([{ origin }]) => origin);
}

/** A log whose first gap was accepted, a copy of it, and two entries that only the anchor saw. */
async function goneBackOnce(t: TestContext) {
  const site = new Site(t);
  await site.start();
  await site.optOut();
  const putBack = await site.copy();
  await site.start();
  await site.optOut();
  await putBack();
  await site.start();
  assert.equal(site.lockKind, "behind");
  const { origin } = await acceptGap(site.deps, TWO_PEOPLE);
  await site.optOut();
  const putBackAgain = await site.copy();
  await site.start();
  await site.optOut();
  await site.optOut();
  await site.stop();
  return { site, origin, putBackAgain };
}

const gapsIn = async ({ deps }: Site) =>
  (await ledgerOf(deps)).flatMap(({ act }) => (act?.kind === "gap" ? [act.evidence] : []));

test("the log that was begun after a gap goes back as well: a third one begins", async (t) => {
  const { site, origin, putBackAgain } = await goneBackOnce(t);
  await putBackAgain();
  await site.start();
  assert.equal(site.lockKind, "behind");
  const second = await acceptGap(site.deps, OTHERS);
  assert.notEqual(second.origin, origin);
  assert.equal(second.entry.act?.evidence?.origin, origin, "the log that ended is named");
  for (let at = 0; at < 4; at++) await site.optOut();
  assert.equal(new Set(site.signed.map((one) => one.origin)).size, 3);
  site.judge();
  await site.start();
  assert.equal(site.lockKind, undefined);
  await site.optOut();
  site.judge();
  // The control: had the second log gone on, anybody could show that it contradicts itself.
  const asOne = site.signed.map((one) => ({ ...one, origin }));
  assert.notDeepEqual(contradictions(asOne), []);
});

test("the anchor is lost twice: both times two people say so, and another log begins", async (t) => {
  const site = new Site(t);
  await site.start();
  await site.optOut();
  const origins = [site.deps.notary.origin];
  for (const people of [TWO_PEOPLE, OTHERS]) {
    await site.loseAnchor();
    await site.start();
    assert.equal(site.lockKind, "anchor-missing");
    const { entry, origin } = await acceptGap(site.deps, people);
    assert.equal(entry.act?.evidence?.first, people.first);
    assert.equal(entry.act?.evidence?.why, people.why);
    assert.ok(!origins.includes(origin));
    origins.push(origin);
    await site.optOut();
    site.judge();
  }
  assert.deepEqual(
    (await gapsIn(site)).map((evidence) => evidence?.log),
    origins.slice(1),
  );
});

test("a database from before the first gap: the key of the log in between stays published", async (t) => {
  const site = new Site(t);
  await site.start();
  await site.optOut();
  const old = await site.keepDatabase();
  await site.start();
  await site.optOut();
  for (const people of [TWO_PEOPLE, OTHERS]) {
    await site.putDatabaseBack(old);
    await site.start();
    assert.equal(site.lockKind, "behind");
    await acceptGap(site.deps, people);
    await site.optOut();
    await site.optOut();
    site.judge();
  }
  await site.start();
  site.judge();
  assert.equal(new Set(site.signed.map(({ origin }) => origin)).size, 3);
});

/** The power goes at this step. */
function dyingAt(step: string, { deps }: Site): Deps {
  const crash = async () => Promise.reject(new Error("the power went"));
  const { store, guard } = deps;
  if (step === "the new key") return { ...deps, store: withMember(store, { append: crash }) };
  const isWritten = step === "the anchor";
  return {
    ...deps,
    guard: withMember(guard, {
      acceptGap: (anchor) => (isWritten ? guard.acceptGap(anchor).then(crash) : crash()),
    }),
  };
}

/** The same object but for some members; private ones need the real one as `this`. */
function withMember<T extends object>(real: T, members: Partial<T>): T {
  return new Proxy(real, {
    get(target, name) {
      if (Object.hasOwn(members, name)) return members[name as keyof T];
      const member: unknown = Reflect.get(target, name);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
}

for (const lost of ["entries", "the anchor"]) {
  for (const step of ["the new key", "the entry", "the anchor"]) {
    test(`a second gap, of ${lost}: crashes after ${step} leave one entry and no key too many`, async (t) => {
      const { site, origin, putBackAgain } = await goneBackOnce(t);
      if (lost === "entries") await putBackAgain();
      else await site.loseAnchor();
      for (let attempt = 0; attempt < 3; attempt++) {
        await site.start();
        if (site.lockKind === undefined) break;
        // Twice in one process, as somebody does whose disk is full.
        for (const _ of [1, 2]) {
          if (site.lockKind === undefined) break;
          await assert.rejects(acceptGap(dyingAt(step, site), OTHERS), /the power went/);
        }
      }
      await site.start();
      if (step !== "the anchor") await acceptGap(site.deps, OTHERS);
      assert.equal(site.lockKind, undefined);
      assert.notEqual(site.deps.notary.origin, origin);
      assert.deepEqual(
        (await gapsIn(site)).map((evidence) => evidence?.log),
        [origin, site.deps.notary.origin],
      );
      assert.equal(site.deps.notary.vkeys.length, 3, "one for each log");
      await site.optOut();
      await site.optOut();
      site.judge();
      assert.equal(
        kindsOf(await ledgerOf(site.deps)).filter((kind) => kind === "key-rotation").length,
        2,
      );
    });
  }
}
