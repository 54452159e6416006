// The program as its users start it: a process with arguments, input, output and an exit code.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const MAIN = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
}

/** `dataFolder` is HEED_DATA; whatever the tests' own environment says about Heed is left out. */
export async function runHeed(
  dataFolder: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Ran> {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { ...environment(), HEED_DATA: dataFolder, ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    stdio: ["pipe", "pipe", "pipe"],
  });
  child.stdin.on("error", () => undefined);
  child.stdin.end(options.stdin ?? "");
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text) => {
    stderr += text;
  });
  return await new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}

export function environment(): Record<string, string | undefined> {
  const own = Object.entries(process.env).filter(
    ([name]) => !name.startsWith("HEED_") && name !== "DATABASE_URL",
  );
  return Object.fromEntries(own);
}

/** Lines without the last, empty one. */
export function linesOf(text: string): string[] {
  return text.replace(/\n$/, "").split("\n");
}

/** The ways in which tests run commands beside the server of a data folder, from a folder of theirs. */
export function commandsBeside(dataFolder: string, folder: string) {
  const heed = (...args: string[]) => runHeed(dataFolder, args, { cwd: folder });
  /** Runs it, expects the exit code and a quiet standard error, and gives the lines it printed. */
  const lines = async (code: number, ...args: string[]): Promise<string[]> => {
    const ran = await heed(...args);
    assert.deepEqual({ code: ran.code, stderr: ran.stderr }, { code, stderr: "" }, args.join(" "));
    return linesOf(ran.stdout);
  };
  /** The one document on standard output. */
  const json = async <T>(code: number, ...args: string[]): Promise<T> => {
    const printed = await lines(code, ...args, "--json");
    assert.equal(printed.length, 1, args.join(" "));
    return JSON.parse(printed[0] ?? "");
  };
  const inFolder = (name: string, text?: string): string => {
    const file = path.join(folder, name);
    if (text !== undefined) writeFileSync(file, text);
    return file;
  };
  return { heed, lines, json, inFolder };
}
