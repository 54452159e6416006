// The server as people start it, under strace or behind any other command, with clients that send
// it opt-outs one after the other and remember every answer.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../src/cli/main.ts", import.meta.url));
const START_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 20_000;

export interface ServerPlan {
  readonly dataFolder: string;
  /** What runs before the program, such as strace with its options. */
  readonly command: readonly string[];
  /** A file loaded before the real program, for a control. */
  readonly preload?: string;
  /** Where compiled code is kept, so that the next start is quicker. */
  readonly compiled: string;
  /** Beside the environment of the proof. */
  readonly env?: Readonly<Record<string, string>>;
}

/** An opt-out that was answered with 201. */
export interface Answered {
  readonly address: string;
  readonly position: number;
  readonly leafHash: string;
}

export class TracedServer {
  readonly dataFolder: string;
  readonly process: ChildProcess;
  readonly answered: Answered[] = [];
  /** Everything it printed, on standard output and standard error. */
  printed = "";
  /** When it had ended, on the clock of `performance`. */
  endedAt: number | null = null;
  readonly #closed: Promise<void>;
  #address: { url: string; key: string; pid: number } | null = null;

  constructor(plan: ServerPlan) {
    const preload = plan.preload === undefined ? [] : ["--import", plan.preload];
    const program = [...preload, MAIN, "serve", "--port", "0"];
    const [executable = "", ...rest] = [...plan.command, process.execPath, ...program];
    this.dataFolder = plan.dataFolder;
    this.process = spawn(executable, rest, {
      stdio: ["ignore", "pipe", "pipe"],
      // A group of its own, so that it and what runs before it can be killed together.
      detached: true,
      env: {
        ...process.env,
        HEED_DATA: plan.dataFolder,
        HEED_LOG_LEVEL: "error",
        DATABASE_URL: "",
        // What goes past the system calls cannot be recorded, and one thread keeps them in order.
        UV_USE_IO_URING: "0",
        UV_THREADPOOL_SIZE: "1",
        NODE_COMPILE_CACHE: plan.compiled,
        ...plan.env,
      },
    });
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.printed += text;
      });
    }
    process.once("exit", this.#killGroup);
    this.#closed = once(this.process, "close").then(() => {
      this.endedAt = performance.now();
      process.off("exit", this.#killGroup);
    });
  }

  get hasEnded(): boolean {
    return this.endedAt !== null;
  }

  /** `false` when it ended before it listened. */
  async listens(): Promise<boolean> {
    const deadline = performance.now() + START_WITHIN_MS;
    while (!this.hasEnded) {
      if (this.printed.includes("listens on")) {
        const file = readFileSync(join(this.dataFolder, "server.json"), "utf8");
        this.#address = JSON.parse(file);
        return true;
      }
      if (performance.now() > deadline) throw new Error(`no server: ${this.printed}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return false;
  }

  /**
   * Sends one opt-out and resolves with its status, 0 when there was no answer. `evidence` makes
   * the record longer.
   */
  async optOut(address: string, evidence: Readonly<Record<string, string>> = {}): Promise<number> {
    try {
      const response = await this.request("/v1/opt-outs", {
        ...{ address, sender: "all", by: "person", via: "voice" },
        evidence: { kind: "letter", ...evidence },
      });
      const { entry } = (await response.json()) as { entry?: Omit<Answered, "address"> };
      if (response.status === 201 && entry !== undefined) this.answered.push({ address, ...entry });
      return response.status;
    } catch {
      return 0;
    }
  }

  /** Asks it with a key that may do everything, and with POST when there is a body. */
  request(path: string, body?: unknown): Promise<Response> {
    const { url, key } = this.#address ?? { url: "", key: "" };
    const authorization = `Bearer ${key}`;
    if (body === undefined) return fetch(`${url}${path}`, { headers: { authorization } });
    const headers = { authorization, "content-type": "application/json" };
    return fetch(`${url}${path}`, { method: "POST", headers, body: JSON.stringify(body) });
  }

  /** The server itself, not what runs before it. */
  kill(name: NodeJS.Signals): void {
    if (this.#address !== null && !this.hasEnded) signal(this.#address.pid, name);
  }

  /** Resolves with whether it ended by itself in time; it has ended afterwards in any case. */
  async ended(withinMs = STOP_WITHIN_MS): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), withinMs);
    });
    const inTime = await Promise.race([this.#closed.then(() => true), late]);
    clearTimeout(timer);
    if (!inTime) await this.destroy();
    return inTime;
  }

  /** Kills it and what runs before it. */
  async destroy(): Promise<void> {
    if (!this.hasEnded) this.#killGroup();
    await this.#closed;
  }

  readonly #killGroup = (): void => signal(-(this.process.pid ?? 0), "SIGKILL");
}

/** A negative number means a whole group. One that has ended already is no mistake. */
function signal(pid: number, name: NodeJS.Signals): void {
  if (pid === 0) return;
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Servers that are killed keep no compiled code; one that ends well leaves it to them. */
export function warmUp(compiled: string): void {
  const env = { ...process.env, NODE_COMPILE_CACHE: compiled };
  spawnSync(process.execPath, [MAIN, "--help"], { env, stdio: "ignore" });
}

/** Different people, all of them reachable by e-mail only. */
export function personAt(number: number): string {
  return `person-${number}@example.com`;
}
