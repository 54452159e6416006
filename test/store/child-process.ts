// Starts a child of the kill tests, collects what it says, and kills it the hard way.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { ChildPlan } from "./append-child.ts";

const running = new Set<Child>();

/** For `after`: a test that fails in the middle leaves no process behind. */
export async function killChildren(): Promise<void> {
  for (const child of running) await child.kill();
}

export class Child {
  /** Whole lines only: a line that the kill cut in half was never said. */
  readonly lines: string[][] = [];
  readonly process: ChildProcess;
  readonly #closed: Promise<unknown>;
  #rest = "";
  #onLine: () => void = () => {};
  #isClosed = false;

  /** `command` runs before the program, such as `strace` with its options. */
  constructor(program: string, args: readonly string[], command: readonly string[] = []) {
    const file = new URL(program, import.meta.url).pathname;
    const [executable = "", ...rest] = [...command, process.execPath, file, ...args];
    this.process = spawn(executable, rest, { stdio: ["pipe", "pipe", "inherit"] });
    running.add(this);
    this.process.stdin?.on("error", () => {});
    this.process.stdout?.setEncoding("utf8").on("data", (text: string) => this.#hear(text));
    this.#closed = once(this.process, "close").then(() => {
      this.#isClosed = true;
      running.delete(this);
      this.#onLine();
    });
  }

  static append(plan: ChildPlan, command: readonly string[] = []): Child {
    return new Child("append-child.ts", [JSON.stringify(plan)], command);
  }

  /** Resolves when it said a line that begins with `word`, or has ended. */
  async said(word: string): Promise<void> {
    while (!this.#isClosed && !this.lines.some((line) => line[0] === word)) {
      await new Promise<void>((resolve) => {
        this.#onLine = resolve;
      });
    }
  }

  get hasEnded(): boolean {
    return this.#isClosed;
  }

  async kill(): Promise<void> {
    this.process.kill("SIGKILL");
    await this.#closed;
  }

  async ended(): Promise<void> {
    await this.#closed;
  }

  linesOf(word: string): readonly string[][] {
    return this.lines.filter((line) => line[0] === word);
  }

  #hear(text: string): void {
    const whole = (this.#rest + text).split("\n");
    this.#rest = whole.pop() ?? "";
    for (const line of whole) this.lines.push(line.split(" "));
    this.#onLine();
  }
}
