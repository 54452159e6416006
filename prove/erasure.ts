// Proof: an erasure is real. A server has taken in hundreds of people in every way it knows; some of
// them are erased over its API, while others come, and it is killed and restarted. Every byte of its
// folder is searched for every form of everybody who was erased, and they must still be denied.
// LIMIT: it searches files and the log, not the memory of the process nor what a disk keeps of a
// file that was removed.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Dice, diceOf, newSeed, roll } from "./dice.ts";
import { breakOn, findPresent } from "./erasure/controls.ts";
import { type Person, pick, shuffled, somebody } from "./erasure/crowd.ts";
import { ByteSearch } from "./erasure/search.ts";
import { Site } from "./erasure/site.ts";
import type { ProofOptions, ProofResult } from "./proof.ts";
import { withFolder } from "./workshop.ts";

export const name = "erasure";
export const promise =
  "no byte of an erased person is left in the data folder, and they are still denied";

const USUAL = { people: 1500, erased: 500 };
const SMALL = { people: 180, erased: 60 };
const LANES = 6;
/** The source of acts that come with the server's own key. */
const KEYS_OF = "local:command-line";

/** `rounds`: how many people are erased; three times as many are there. */
export async function run(options: ProofOptions): Promise<ProofResult> {
  const seed = options.seed ?? newSeed();
  const usual = options.ci ? SMALL : USUAL;
  const { rounds } = options;
  const sizes = rounds === undefined ? usual : { people: rounds * 3, erased: rounds };
  return await withFolder(async (folder) => {
    const site = new Site(join(folder, "site"));
    mkdirSync(site.folder);
    try {
      return await new Trial(site, diceOf(seed)).run(sizes, seed, join(folder, "copies"));
    } finally {
      await site.end("SIGKILL");
      site.close();
    }
  });
}

class Trial {
  readonly #site: Site;
  readonly #dice: Dice;
  readonly #known = new Set<string>();
  readonly #broken: string[] = [];
  readonly #erased: Person[] = [];
  #present: Person[] = [];
  #searched = 0;

  constructor(site: Site, dice: Dice) {
    this.#site = site;
    this.#dice = dice;
  }

  async run(sizes: typeof USUAL, seed: number, copies: string): Promise<ProofResult> {
    const share = Math.ceil(sizes.erased / 3);
    await this.#fill(sizes.people);
    const present = findPresent(this.#site, this.#present);
    await this.#erase(share);
    await this.#look("while it runs");
    await this.#eraseUntilKilled(share);
    await this.#look("after kill -9, before anything starts");
    await this.#site.start();
    await this.#look("after the start that followed");
    await this.#assertDenied();
    await this.#erase(sizes.erased - this.#erased.length);
    await this.#site.end("SIGTERM");
    await this.#look("after a clean stop");
    // A server that cannot tell which number an erasure was about dares not write one.
    const snapshot = join(this.#site.dataFolder, "snapshots", "standings.snapshot");
    if (!existsSync(snapshot))
      this.#broken.push("the stop left no snapshot that could be searched");
    const broken = breakOn(this.#site, this.#present, this.#erased, copies);
    await this.#site.start();
    await this.#look("after the start that followed it");
    await this.#assertDenied();
    return {
      skipped: null,
      seed,
      lines: [
        await this.#site.tell(),
        `${this.#erased.length} of ${this.#known.size} people erased, at random, while others came`,
        `${(this.#searched / 2 ** 20).toFixed(0)} MiB searched for ${formsOfAll(this.#erased)} byte strings`,
        "all of them denied by check and by scrub, over two restarts",
      ],
      broken: this.#broken,
      controls: [present, ...broken],
    };
  }

  /** People come in every way; half of them before a restart, so that a snapshot has them too. */
  async #fill(people: number): Promise<void> {
    const site = this.#site;
    await site.open();
    this.#present = Array.from({ length: people }, () => somebody(this.#dice, this.#known));
    const half = Math.ceil(people / 2);
    await this.#arrive(this.#present.slice(0, half));
    await site.end("SIGTERM");
    await site.start();
    await this.#arrive(this.#present.slice(half));
    for (const list of ["house", "partners"]) await site.loadList(list, this.#someOf(0.5));
    await this.#leaveScrubs();
  }

  #someOf(share: number): Person[] {
    return this.#present.filter(() => this.#dice() < share);
  }

  /** Results that wait to be fetched. */
  async #leaveScrubs(): Promise<void> {
    for (const channel of ["sms", "email"]) {
      const some = this.#someOf(0.7).filter((person) => person.channel === channel);
      if (some.length > 0) await this.#site.scrub(some, true);
    }
  }

  async #arrive(people: readonly Person[]): Promise<void> {
    const imported = people.filter(() => this.#dice() < 0.2);
    if (imported.length > 0) await this.#site.import(imported);
    await inLanes(people, async (person) => {
      for (let times = roll(this.#dice, 0, 2); times > 0; times--) await this.#act(person);
      await this.#site.write(person, pick(this.#dice, ["STOP", "stop", "HELP"]));
    });
  }

  async #act(person: Person): Promise<void> {
    const site = this.#site;
    const { address } = person;
    const way = this.#dice();
    const words = ["STOP", "HELP", `please stop writing to ${address}`, "maybe not so many?"];
    if (this.#dice() < 0.5) {
      await site.tellSent(person);
      await site.deal(person);
    }
    if (way < 0.4) await site.write(person, pick(this.#dice, words));
    else if (way < 0.5 && person.channel === "email") await site.pressLink(person);
    else {
      // The key of somebody who names their requests after the person.
      const key =
        /^[\x21-\x7e]+$/u.test(address) && way < 0.6 ? { "idempotency-key": address } : {};
      const url = `https://acme.example/out?for=${encodeURIComponent(address)}`;
      const evidence = {
        kind: "form",
        url,
        raw: Buffer.from(`{"to":"${address}"}`).toString("base64"),
      };
      const told = { text: `this is ${address}`, author: "kim", note: `called from ${address}` };
      await site.post("/v1/opt-outs", { address, sender: "acme", ...told, evidence }, key);
    }
  }

  /** Some of them write in the moment before, and others come meanwhile. */
  async #erase(count: number): Promise<void> {
    const leaving = shuffled(this.#dice, this.#present).slice(0, count);
    const coming = Array.from({ length: Math.ceil(count / 4) }, () =>
      somebody(this.#dice, this.#known),
    );
    let isErasing = true;
    const meanwhile = (async () => {
      for (const person of coming) if (isErasing) await this.#act(person);
    })();
    await inLanes(leaving, async (person) => await this.#eraseOne(person));
    isErasing = false;
    await meanwhile;
    await this.#leaveScrubs();
  }

  async #eraseOne(person: Person): Promise<void> {
    const { address } = person;
    if (this.#dice() < 0.3) await this.#site.write(person, "STOP");
    const note = `case ${roll(this.#dice, 1, 9999)}`;
    await this.#site.must("/v1/erasures", { address, author: "kim", note });
    this.#present = this.#present.filter((one) => one !== person);
    this.#erased.push(person);
  }

  /** Killed in the middle of it: who was answered is erased, whoever was not may be or not. */
  async #eraseUntilKilled(count: number): Promise<void> {
    const killAfter = this.#erased.length + Math.ceil(count / 2);
    const leaving = shuffled(this.#dice, this.#present).slice(0, count);
    let isKilled = false;
    await inLanes(leaving, async (person) => {
      if (isKilled) return;
      await this.#eraseOne(person).catch((error: unknown) => {
        if (!isKilled) throw error;
      });
      if (this.#erased.length < killAfter || isKilled) return;
      isKilled = true;
      await this.#site.end("SIGKILL");
    });
  }

  /** Searches everything there is, and what the server printed. */
  async #look(when: string): Promise<void> {
    const search = new ByteSearch(this.#erased.map(({ address }) => address));
    for (const { address } of this.#erased) {
      // What a store without a key would make of an Idempotency-Key that is the address.
      const bytes = createHash("sha256").update(`${KEYS_OF}:opt-out:${address}`).digest();
      search.add({ bytes, address, form: "the plain hash of an idempotency key" });
    }
    const { findings, bytes } = search.lookThrough(this.#site.folder);
    this.#searched += bytes;
    for (const { address, form, file } of findings) {
      this.#broken.push(`${when}: ${address} is in ${file}, as ${form}`);
    }
    for (const { address, form } of search.inBytes(Buffer.from(this.#site.logged))) {
      this.#broken.push(`${when}: ${address} is in the log, as ${form}`);
    }
  }

  async #assertDenied(): Promise<void> {
    const questions = this.#erased.flatMap(({ address, channel }) =>
      ["transactional", "marketing", "emergency"].map((one) => ({
        to: address,
        channel,
        class: one,
      })),
    );
    const { answers } = await this.#site.must<{ answers: { verdict: string }[] }>(
      "/v1/check/batch",
      { defaults: { sender: "acme" }, questions },
    );
    for (const [at, { verdict }] of answers.entries()) {
      if (verdict !== "deny") this.#broken.push(`${questions[at]?.to} is not denied: ${verdict}`);
    }
    for (const channel of ["sms", "email"]) {
      const some = this.#erased.filter((person) => person.channel === channel);
      const clean = some.length === 0 ? [] : await this.#site.scrub(some, false);
      for (const address of clean) this.#broken.push(`a scrub lets ${address} through`);
    }
  }
}

/** At most `LANES` at a time, in this order. */
async function inLanes<One>(
  some: readonly One[],
  work: (one: One) => Promise<void>,
): Promise<void> {
  const waiting = [...some];
  await Promise.all(
    Array.from({ length: LANES }, async () => {
      for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) await work(one);
    }),
  );
}

function formsOfAll(people: readonly Person[]): number {
  return new ByteSearch(people.map(({ address }) => address)).size;
}
