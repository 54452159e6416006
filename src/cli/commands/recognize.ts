/** `heed recognize`: what Heed makes of a message. Needs no server and changes nothing. */
import { createInterface } from "node:readline";
import type { Command } from "commander";
import type { Intent, Recognition } from "../../recognize/recognition.ts";
import { loadRecogniser } from "../../runtime/reviewed-files.ts";
import { CliFailure, type Context, EXIT, printLine, visible } from "../context.ts";
import { withJson } from "../flags.ts";

const IN_WORDS: Readonly<Record<Intent, string>> = {
  "opt-out": "OPT-OUT: the person wants out.",
  "opt-in": "OPT-IN: the person wants to be contacted.",
  help: "HELP: the person asks what this is.",
  unclear: "UNCLEAR: marketing is held until somebody has read it.",
  other: "OTHER: an ordinary message.",
};

export function registerRecognize(program: Command, context: Context): void {
  withJson(
    program
      .command("recognize [text]")
      .description("what Heed makes of a message")
      .option("--jsonl", 'read {"text": …} a line from standard input, print one answer a line'),
  )
    .addHelpText(
      "after",
      '\nExamples:\n  $ heed recognize "please stop texting me"\n  $ heed recognize --jsonl < replies.jsonl',
    )
    .action(async (text: string | undefined, _, command: Command) => {
      const flags = command.optsWithGlobals();
      const recogniser = await loadRecogniser();
      if (flags.jsonl) {
        const lines = createInterface({
          input: context.stdin,
          crlfDelay: Number.POSITIVE_INFINITY,
        });
        let lineNumber = 0;
        for await (const line of lines) {
          lineNumber += 1;
          if (line.trim() === "") continue;
          const read = recogniser.recognize(textOf(line, lineNumber));
          printLine(context.stdout, JSON.stringify({ label: LABEL[read.intent], ...read }));
        }
        return;
      }
      if (text === undefined) throw new CliFailure("give a text, or --jsonl", EXIT.usage);
      const read = recogniser.recognize(text);
      if (flags.json) return printLine(context.stdout, JSON.stringify(read));
      for (const line of inWords(text, read)) printLine(context.stdout, line);
    });
}

/** Labels as collections of labelled replies spell them. */
const LABEL: Readonly<Record<Intent, string>> = {
  "opt-out": "optout",
  "opt-in": "optin",
  help: "help",
  unclear: "ambiguous",
  other: "other",
};

function textOf(line: string, lineNumber: number): string {
  try {
    const { text } = JSON.parse(line);
    if (typeof text === "string") return text;
  } catch {
    // Said below, with the number of the line.
  }
  throw new CliFailure(`line ${lineNumber} is not {"text": "…"}`, EXIT.usage);
}

function inWords(text: string, read: Recognition): string[] {
  const lines = [IN_WORDS[read.intent]];
  if (read.scope !== null) {
    const parts = [read.scope.class, read.scope.channel && `by ${read.scope.channel}`];
    lines.push(`Narrowed by the person's words to: ${parts.filter(Boolean).join(" ")}`);
  }
  read.rules.forEach((rule, index) => {
    const span = read.spans[index];
    const words = span === undefined ? "" : `  “${visible(text.slice(span.start, span.end))}”`;
    lines.push(`- rule ${rule}${words}`);
  });
  for (const step of read.steps) lines.push(`- step: ${step}`);
  lines.push(
    `Lexicon ${read.lexicon}${read.language === null ? "" : `, language ${read.language}`}.`,
  );
  return lines;
}
