// One installation of Heed as its operator has it: a server, its data folder, the anchor beside it,
// and commands that are run on it; with a book of everybody who was told that they opted out.
import { spawn } from "node:child_process";
import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { personAt, TracedServer } from "../traced-server.ts";

const MAIN = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));
const LANES = 6;
/** Never opted out, so that "nobody is allowed" is told from "nobody ever was". */
export const BYSTANDERS = Array.from({ length: 5 }, (_, at) => `bystander-${at}@example.com`);

export interface Ran {
  readonly code: number | null;
  readonly said: string;
}

/** What a check said of one person. */
export interface Verdict {
  readonly verdict: string;
  readonly kinds: readonly string[];
}

export class Site {
  readonly dataFolder: string;
  readonly #compiled: string;
  readonly #env: Readonly<Record<string, string>>;
  /** Everybody whose opt-out was acknowledged. */
  readonly denied = new Set<string>();
  #server: TracedServer | null = null;
  #next = 0;

  constructor(folder: string, compiled: string, env: Readonly<Record<string, string>> = {}) {
    this.dataFolder = join(folder, "data");
    this.#compiled = compiled;
    this.#env = env;
  }

  get server(): TracedServer {
    if (this.#server === null) throw new Error("no server runs");
    return this.#server;
  }

  /** Milliseconds until it listened, or what it said when it ended instead. */
  async start(dataFolder = this.dataFolder): Promise<number | { readonly refused: string }> {
    const startedAt = performance.now();
    const [command, compiled, env] = [[], this.#compiled, this.#env];
    this.#server = new TracedServer({ dataFolder, command, compiled, env });
    if (await this.#server.listens()) return performance.now() - startedAt;
    const refused = this.#server.printed;
    await this.#server.destroy();
    this.#server = null;
    return { refused };
  }

  /** Throws when it does not start. */
  async mustStart(): Promise<void> {
    const started = await this.start();
    if (typeof started !== "number")
      throw new Error(`the server did not start: ${started.refused}`);
  }

  async stop(): Promise<void> {
    if (this.#server === null) return;
    this.#server.kill("SIGTERM");
    await this.#server.ended();
    this.#server = null;
  }

  async kill(): Promise<void> {
    await this.#server?.destroy();
    this.#server = null;
  }

  /** Runs `heed` with these arguments on the data folder. */
  async command(...args: string[]): Promise<Ran> {
    const child = spawn(process.execPath, [MAIN, ...args], {
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...process.env,
        ...{ HEED_DATA: this.dataFolder, HEED_LOG_LEVEL: "error", DATABASE_URL: "" },
        ...{ NODE_COMPILE_CACHE: this.#compiled, HEED_URL: "" },
        ...this.#env,
      },
    });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        said += text;
      });
    }
    return await new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code) => resolve({ code, said }));
    });
  }

  /** New people opt out until `isEnough` says so; resolves with those who were told that it is done. */
  async crowd(isEnough: (acknowledged: number) => boolean): Promise<readonly string[]> {
    const told: string[] = [];
    const lane = async () => {
      while (!isEnough(told.length)) {
        const person = personAt(this.#next++);
        // A server that is stopped or killed meanwhile acknowledges nothing.
        if ((await this.#server?.optOut(person)) !== 201) return;
        this.denied.add(person);
        told.push(person);
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    return told;
  }

  async check(people: readonly string[]): Promise<readonly Verdict[]> {
    if (people.length === 0) return [];
    const defaults = { sender: "acme", channel: "email", class: "transactional" };
    const response = await this.server.request("/v1/check/batch", {
      defaults,
      questions: people.map((to) => ({ to })),
    });
    if (!response.ok) throw new Error(`checks were answered with ${response.status}`);
    const { answers } = (await response.json()) as {
      answers: { verdict: string; reasons: { kind: string }[] }[];
    };
    return answers.map(({ verdict, reasons }) => ({
      verdict,
      kinds: reasons.map(({ kind }) => kind),
    }));
  }

  /** Of these people, those whom a message would go to. */
  async allowedOf(people: Iterable<string>): Promise<readonly string[]> {
    const all = [...people];
    const verdicts = await this.check(all);
    return all.filter((_, at) => verdicts[at]?.verdict === "allow");
  }

  async isLocked(): Promise<boolean> {
    const [verdict] = await this.check(BYSTANDERS.slice(0, 1));
    return verdict?.kinds.includes("locked") === true;
  }

  /** Kinds of the entries after a position, with whom they are about. */
  async entriesAfter(after: number): Promise<readonly { kind: string; address: string | null }[]> {
    const response = await this.server.request(`/v1/entries?after=${after}&limit=1000`);
    const { entries } = (await response.json()) as {
      entries: { position: number; act: { kind: string; address: string | null } | null }[];
    };
    const found = entries.map(({ act }) => ({
      kind: act?.kind ?? "erased",
      address: act?.address ?? null,
    }));
    const last = entries.at(-1)?.position ?? after;
    return entries.length < 1000 ? found : [...found, ...(await this.entriesAfter(last))];
  }
}

export function copyFolder(from: string, to: string): void {
  rmSync(to, { recursive: true, force: true });
  cpSync(from, to, { recursive: true });
}
