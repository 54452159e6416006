/** `heed recognize`: what Heed makes of a message. Needs no server and changes nothing. */
import { createInterface } from "node:readline";
import type { Command } from "commander";
import type { Intent, Recognition } from "../../recognize/recognition.ts";
import type { Context } from "../context.ts";
import { CliFailure, EXIT } from "../failure.ts";
import { withExamples, withJson } from "../flags.ts";
import { printJson, printLine } from "../print.ts";

const IN_WORDS: Readonly<Record<Intent, string>> = {
  "opt-out": "OPT-OUT: the person wants out.",
  "opt-in": "OPT-IN: the person wants to be contacted.",
  help: "HELP: the person asks what this is.",
  unclear: "UNCLEAR: marketing is held until somebody has read it.",
  other: "OTHER: an ordinary message.",
};

/** Labels as collections of labelled replies spell them. */
const LABEL: Readonly<Record<Intent, string>> = {
  "opt-out": "optout",
  "opt-in": "optin",
  help: "help",
  unclear: "ambiguous",
  other: "other",
};

type Recognize = (text: string) => Recognition;

export function registerRecognize(program: Command, context: Context): void {
  const command = withJson(
    program
      .command("recognize")
      .description("what Heed makes of a message")
      .argument("[text]", "what a person wrote")
      .option("--jsonl", 'read {"text": …} a line from standard input, print one answer a line'),
  );
  withExamples(command, [
    'heed recognize "please stop texting me"',
    "heed recognize --jsonl < replies.jsonl",
  ]).action(async (text: string | undefined, _, command: Command) => {
    const flags = command.optsWithGlobals();
    if (flags.jsonl && text === undefined) {
      return await recognizeLines(context, await loadRecognize());
    }
    if (flags.jsonl || text === undefined) {
      throw new CliFailure("give a text, or --jsonl and texts on standard input", EXIT.usage);
    }
    const read = (await loadRecognize())(text);
    if (flags.json) return printJson(context.stdout, read);
    for (const line of inWords(text, read)) printLine(context.stdout, line);
  });
}

/** The lexicons take longer to load than everything else here, so only this command loads them. */
async function loadRecognize(): Promise<Recognize> {
  const { loadRecogniser } = await import("../../runtime/reviewed-files.ts");
  const recogniser = await loadRecogniser();
  return (text) => recogniser.recognize(text);
}

async function recognizeLines(context: Context, recognize: Recognize): Promise<void> {
  const input = context.stdin;
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
  let lineNumber = 0;
  for await (const line of lines) {
    lineNumber += 1;
    if (context.stdout.errored !== null) return;
    if (line.trim() === "") continue;
    const read = recognize(textOf(line, lineNumber));
    printJson(context.stdout, { label: LABEL[read.intent], ...read });
  }
}

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
  if (read.named.length > 0) {
    const named = read.named === "all" ? "every channel" : read.named.join(", ");
    lines.push(`Named by the person's words: ${named}`);
  }
  read.rules.forEach((rule, index) => {
    const span = read.spans[index];
    const words = span === undefined ? "" : `  “${text.slice(span.start, span.end)}”`;
    lines.push(`- rule ${rule}${words}`);
  });
  for (const step of read.steps) lines.push(`- step: ${step}`);
  const language = read.language === null ? "" : `, language ${read.language}`;
  lines.push(`Lexicon ${read.lexicon}${language}.`);
  return lines;
}
