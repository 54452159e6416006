/** `heed doctor`: what is wrong with an installation, and what to do about it. */
import type { Command } from "commander";
import type { Context } from "../context.ts";
import { EXIT } from "../failure.ts";
import { withExamples, withJson } from "../flags.ts";
import { printJson, printLine } from "../print.ts";
import { withClient } from "../with-client.ts";

interface Status {
  readonly findings: readonly {
    readonly level: "ok" | "warning" | "problem";
    readonly text: string;
    readonly whatToDo?: string;
  }[];
}

const SIGNS = { ok: "ok      ", warning: "warning ", problem: "PROBLEM " } as const;

export function registerDoctor(program: Command, context: Context): void {
  withExamples(
    withJson(program.command("doctor").description("what is wrong with this installation")),
    ["heed doctor", "heed doctor --json"],
    "Exit codes: 0 nothing is wrong or only warnings, 1 there is a problem, 2 wrong usage.",
  ).action(async (_, command: Command) => {
    const flags = command.optsWithGlobals();
    const status = await withClient(context, flags, (client) => client.json<Status>("/v1/status"));
    if (flags.json) printJson(context.stdout, status);
    else {
      for (const { level, text, whatToDo } of status.findings) {
        printLine(context.stdout, `${SIGNS[level]} ${text}`);
        for (const line of whatToDo?.split("\n") ?? []) {
          printLine(context.stdout, `         ${line}`);
        }
      }
    }
    if (status.findings.some((finding) => finding.level === "problem")) {
      context.exitWith(EXIT.failed);
    }
  });
}
