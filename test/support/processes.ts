// Which processes a process has started, and whether one still runs: for tests that kill things.
// Reads /proc where there is one and asks `ps` elsewhere (macOS).
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";

interface ProcessLine {
  pid: number;
  parent: number;
  /** `Z` is one that has ended and that nobody has asked about yet. */
  state: string;
}

export function childrenOf(pid: number): number[] {
  return everyProcess()
    .filter((line) => line.parent === pid)
    .map((line) => line.pid);
}

/** An ended process that nobody has reaped does not count as alive. */
export function isAlive(pid: number): boolean {
  return everyProcess().some((line) => line.pid === pid && !line.state.startsWith("Z"));
}

function everyProcess(): ProcessLine[] {
  return existsSync("/proc/self/stat") ? fromProc() : fromPs();
}

function fromProc(): ProcessLine[] {
  const lines: ProcessLine[] = [];
  for (const name of readdirSync("/proc").filter((entry) => /^\d+$/u.test(entry))) {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, "utf8");
      // proc(5): the name in parentheses may hold anything, spaces and parentheses as well.
      const [state = "", parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      lines.push({ pid: Number(name), parent: Number(parent), state });
    } catch {
      // It ended while we looked.
    }
  }
  return lines;
}

function fromPs(): ProcessLine[] {
  const table = execFileSync("ps", ["-A", "-o", "pid=,ppid=,state="], { encoding: "utf8" });
  return table
    .trim()
    .split("\n")
    .map((line) => {
      const [pid, parent, state = ""] = line.trim().split(/\s+/u);
      return { pid: Number(pid), parent: Number(parent), state };
    });
}
