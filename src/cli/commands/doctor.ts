/** `heed doctor`: what is wrong with an installation, and what to do about it. */
import type { Command } from "commander";
import { type Context, EXIT, printLine } from "../context.ts";
import { withJson } from "../flags.ts";
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
  withJson(program.command("doctor").description("what is wrong with this installation"))
    .addHelpText("after", "\nExit codes: 0 nothing is wrong, 1 there is a problem.")
    .action(async (_, command: Command) => {
      const flags = command.optsWithGlobals();
      const status = await withClient(context, flags, (client) =>
        client.json<Status>("/v1/status"),
      );
      if (flags.json) printLine(context.stdout, JSON.stringify(status));
      else {
        for (const finding of status.findings) {
          printLine(context.stdout, `${SIGNS[finding.level]} ${finding.text}`);
          if (finding.whatToDo !== undefined)
            printLine(context.stdout, `         ${finding.whatToDo}`);
        }
      }
      if (status.findings.some((finding) => finding.level === "problem")) {
        context.exitWith(EXIT.failed);
      }
    });
}
