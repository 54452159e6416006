// One rollback from load to load: an older state is kept, more people opt out, it comes back, and after
// the lock was seen one way out of it is gone.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Dice, roll } from "../dice.ts";
import { BYSTANDERS, copyFolder, type Site } from "./site.ts";
import type { Older, Way } from "./ways.ts";

export interface RoundPlan {
  readonly site: Site;
  readonly folder: string;
  readonly way: Way;
  readonly acceptsGap: boolean;
  readonly withinMs: number;
  readonly dice: Dice;
}

export interface RoundOutcome {
  readonly way: string;
  readonly broken: readonly string[];
  readonly isLocked: boolean;
  /** It did not start at all, and said why. */
  readonly isRefused: boolean;
  /** The older state came back behind a running server. */
  readonly isRunning: boolean;
  /** From the beginning of the process, or the exchange, to the first answer that says so. */
  readonly lockedAfterMs: number | null;
  readonly wayOut: "newest" | "gap";
  /** Checks of people who had opted out. */
  readonly checked: number;
}

/** The server runs when it is called and when it resolves. */
export async function runRound(plan: RoundPlan): Promise<RoundOutcome> {
  return await new Round(plan).run();
}

class Round {
  readonly #plan: RoundPlan;
  readonly #broken: string[] = [];
  #checked = 0;

  constructor(plan: RoundPlan) {
    this.#plan = plan;
  }

  async run(): Promise<RoundOutcome> {
    const { site, folder, way } = this.#plan;
    mkdirSync(folder, { recursive: true });
    const older = await this.#keepUnderLoad();
    await site.crowd((told) => told >= roll(this.#plan.dice, 3, 12));
    // A database can be exchanged behind a server that goes on, as in a failover.
    const isRunning = !way.keepsFolder && this.#plan.dice() < 0.5;
    if (!isRunning) await this.#end();
    if (way.keepsFolder) copyFolder(site.dataFolder, join(folder, "newest"));
    await older.putBack();
    const beganAt = performance.now();
    const isRefused = !isRunning && !(await this.#starts());
    let lockedAfterMs: number | null = null;
    if (!isRefused) {
      lockedAfterMs = await this.#judgeLock(beganAt);
      await this.#judgeWhileLocked();
    }
    const wayOut = this.#plan.acceptsGap && !isRefused ? "gap" : "newest";
    if (wayOut === "gap") await this.#acceptGap(isRunning);
    else await this.#putNewestBack();
    await this.#judgeAfter(wayOut);
    return {
      way: way.name,
      broken: this.#broken.map((what) => `${way.name}: ${what}`),
      ...{ isLocked: lockedAfterMs !== null, isRefused, isRunning, lockedAfterMs, wayOut },
      checked: this.#checked,
    };
  }

  async #keepUnderLoad(): Promise<Older> {
    const { site, folder, way, dice } = this.#plan;
    let isKept = false;
    const crowd = site.crowd((told) => isKept || told > 2000);
    await new Promise((resolve) => setTimeout(resolve, dice() * 150));
    const older = await way.keep(site, folder, dice);
    isKept = true;
    await crowd;
    return older;
  }

  async #end(): Promise<void> {
    const { site, dice } = this.#plan;
    if (dice() < 0.5) await site.kill();
    else await site.stop();
  }

  /** Whether it did. A torn copy may be refused, in words. */
  async #starts(): Promise<boolean> {
    const { site, way } = this.#plan;
    const started = await site.start();
    if (typeof started === "number") return true;
    const said = started.refused;
    const isTorn = way.canBeTorn && /^heed: .*(damaged|restore a backup)/mu.test(said);
    if (!isTorn) this.#broken.push(`the server did not start: ${said.slice(-500)}`);
    return false;
  }

  async #judgeLock(beganAt: number): Promise<number | null> {
    const { site, withinMs } = this.#plan;
    for (;;) {
      const isLocked = await site.isLocked();
      const ms = performance.now() - beganAt;
      if (isLocked && ms <= withinMs) return ms;
      if (ms > withinMs) {
        this.#broken.push(`not locked ${ms.toFixed(0)} ms after the older state was there`);
        return null;
      }
      await this.#nobodyIsAllowed("before it was locked");
    }
  }

  async #judgeWhileLocked(): Promise<void> {
    const { site } = this.#plan;
    await this.#nobodyIsAllowed("while locked");
    const bystanders = await site.allowedOf(BYSTANDERS);
    if (bystanders.length > 0) this.#broken.push("somebody was allowed while locked");
    const told = await site.crowd((count) => count >= 3);
    if (told.length < 3) this.#broken.push("an opt-out was refused while locked");
    await this.#nobodyIsAllowed("of those who opted out while locked");
  }

  /** What the guides say: tell it everything that others still know, then two people accept the rest. */
  async #acceptGap(wasRunning: boolean): Promise<void> {
    const { site, folder } = this.#plan;
    if (wasRunning) {
      // It still holds what the ledger has no more, so it has to be started again.
      await site.stop();
      const beganAt = performance.now();
      await site.mustStart();
      await this.#judgeLock(beganAt);
    }
    const list = join(folder, "known.csv");
    writeFileSync(list, `email\n${[...site.denied].join("\n")}\n`);
    const kind = ["--kind", "opt-out", "--channel", "email"];
    await this.#mustRun("import", list, "--sender", "all", ...kind);
    const people = ["--first", "Ana Torres", "--second", "Ben Okafor"];
    await this.#mustRun("accept-gap", ...people, "--why", "A copy was put back.");
  }

  async #putNewestBack(): Promise<void> {
    const { site, folder, way } = this.#plan;
    const sentAgain = way.keepsFolder ? [] : await this.#takenWhileLocked();
    await site.stop();
    await way.putNewestBack(site, folder);
    await site.mustStart();
    for (const person of sentAgain) {
      if ((await site.server.optOut(person)) !== 201) this.#broken.push("an opt-out was refused");
    }
  }

  /** PostgreSQL puts a database back as it was, so whoever does it has to carry these over. */
  async #takenWhileLocked(): Promise<readonly string[]> {
    const entries = await this.#plan.site.entriesAfter(0);
    return entries.flatMap(({ kind, address }) =>
      kind === "opt-out" && address !== null ? [address] : [],
    );
  }

  async #judgeAfter(wayOut: RoundOutcome["wayOut"]): Promise<void> {
    const { site } = this.#plan;
    if (await site.isLocked()) this.#broken.push(`still locked after the way out (${wayOut})`);
    await this.#nobodyIsAllowed(`after the way out (${wayOut})`);
    const bystanders = await site.allowedOf(BYSTANDERS);
    if (bystanders.length < BYSTANDERS.length) {
      this.#broken.push(
        `people who never opted out were not allowed after the way out (${wayOut})`,
      );
    }
    if (wayOut === "newest") return;
    const last = (await site.entriesAfter(0)).filter(({ kind }) => kind === "gap");
    if (last.length === 0) this.#broken.push("a gap was accepted and left no entry");
  }

  async #nobodyIsAllowed(when: string): Promise<void> {
    const { site } = this.#plan;
    const people = [...site.denied];
    const allowed = await site.allowedOf(people);
    this.#checked += people.length;
    if (allowed.length > 0) this.#broken.push(`${allowed.length} were allowed ${when}`);
  }

  async #mustRun(...args: string[]): Promise<void> {
    const { code, said } = await this.#plan.site.command(...args);
    if (code !== 0) this.#broken.push(`heed ${args[0]} ended with ${code}: ${said.slice(-500)}`);
  }
}
