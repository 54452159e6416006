// Compiles and asks the judge of `judge.go`, a program of Go's own packages. Needs Go and its
// package; where they are missing, `missingForeignJudge` says what to install.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Receipt } from "../../../src/ledger/receipt.ts";
import { type HasAfter, temporaryFolder } from "../../support/temp-folder.ts";

/** Where Debian and Ubuntu put Go packages. */
const GOPATH = "/usr/share/gocode";
const SOURCES = ["judge.go", "published.go"].map((file) =>
  fileURLToPath(new URL(file, import.meta.url)),
);

/** What is claimed; see `question` in `judge.go`. Byte strings are base64. */
export interface Question {
  readonly checkpoint: string;
  readonly vkeys: readonly string[];
  readonly leaves?: readonly string[];
  readonly hashes?: readonly string[];
  readonly index?: number;
  readonly leaf?: string;
  readonly leafHash?: string;
  readonly inclusion?: readonly string[];
  readonly older?: string;
  readonly consistency?: readonly string[];
  readonly tiles?: Readonly<Record<string, string>>;
  readonly record?: string;
  readonly salt?: string;
  /** Everything below `tile/`, by path. It is kept for the questions after this one. */
  readonly log?: Readonly<Record<string, string>>;
  readonly recompute?: boolean;
  readonly receipt?: Receipt;
  readonly unsigned?: boolean;
}

export interface Answer {
  readonly accepted: boolean;
  readonly problem?: string;
}

/** Why there is no foreign judge here, or `false` when there is one. */
export function missingForeignJudge(): string | false {
  if (existsSync(join(GOPATH, "src/golang.org/x/mod/sumdb/note")) && hasGo()) return false;
  return "no Go with sumdb: `apt-get install golang-go golang-golang-x-mod-dev`";
}

function hasGo(): boolean {
  try {
    execFileSync("go", ["version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** Answers each question, in order. Nothing is remembered from one call to the next. */
export type Judge = (questions: readonly Question[]) => Answer[];

export function foreignJudge(t: HasAfter): Judge {
  return compileJudge(temporaryFolder(t));
}

/** Compiles it once, into this folder. */
export function compileJudge(folder: string): Judge {
  const program = join(folder, "judge");
  // Without modules Go looks only at what Debian installed, and never at the network.
  const settings = { GO111MODULE: "off", GOPATH, GOFLAGS: "", GOCACHE: join(folder, "cache") };
  execFileSync("go", ["build", "-o", program, ...SOURCES], {
    env: { ...process.env, ...settings },
  });
  return (questions) => {
    const input = questions.map((question) => `${JSON.stringify(question)}\n`).join("");
    const output = execFileSync(program, { input, encoding: "utf8", maxBuffer: 2 ** 28 });
    return output
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
  };
}
