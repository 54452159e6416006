/** `heed message`: whether a text says what the law of a place wants in it, and what to put in. */
import { readFile } from "node:fs/promises";
import { text as readAll } from "node:stream/consumers";
import { type Command, Option } from "commander";
import { CALL_KINDS, SENDER_TYPES } from "../../rules/facts.ts";
import { TEXT_KINDS } from "../../rules/message/check-text.ts";
import type { Context } from "../context.ts";
import { CliFailure, EXIT } from "../failure.ts";
import { channelOption, readInstant, readNames, withExamples, withJson } from "../flags.ts";
import { printJson, printLine, printLines } from "../print.ts";
import { withClient } from "../with-client.ts";

interface Fault {
  readonly text: string;
  readonly rule?: string;
  readonly citation?: string;
  readonly notice?: string;
}
interface Count {
  readonly encoding: string;
  readonly segments: number;
  readonly left: number;
}
interface Report {
  readonly fit: boolean;
  readonly targets: readonly {
    readonly target: string;
    readonly faults: readonly Fault[];
    readonly advice: readonly string[];
  }[];
  readonly prepend: string;
  readonly append: string;
  readonly left: readonly Fault[];
  readonly notes: readonly string[];
  readonly segments: { readonly before: Count; readonly after: Count } | null;
  readonly text?: string | null;
}

const CHECK_EXAMPLE = `heed message check "Acme: 20% off boots. Reply STOP to opt out." --sender acme \\
--for sms --places US,CA-QC`;
const INSERT_EXAMPLE = `heed message insert "Acme : -20% cette semaine." --sender acme --for sms \\
--places FR --sender-type alphanumeric --short-code 36111`;

export function registerMessage(program: Command, context: Context): void {
  const message = program
    .command("message")
    .description("whether the words of a message are what the law of a place wants");
  withExamples(message, [CHECK_EXAMPLE, INSERT_EXAMPLE]);
  const check = withQuestion(message.command("check").description("say what is missing or wrong"));
  withExamples(
    check,
    [CHECK_EXAMPLE, "heed message check --file mail.txt --sender acme --for email --places US"],
    "Exit codes: 0 nothing is missing, 10 something is, 1 failure, 2 wrong usage.",
  ).action(async (text: string | undefined, _, command: Command) => {
    const flags = command.optsWithGlobals();
    const report = await ask(context, flags, text, false);
    if (flags.json) printJson(context.stdout, report);
    else for (const line of inWords(report)) printLine(context.stdout, line);
    context.exitWith(report.fit ? EXIT.ok : EXIT.deny);
  });
  const insert = withQuestion(
    message.command("insert").description("print the text with what it lacks put in"),
  );
  withExamples(
    insert,
    [INSERT_EXAMPLE],
    "Prints the finished text alone, and notes beside it on standard error.\n" +
      "Exit codes: 0 finished, 10 something is left that only its author can mend, 1 failure, 2 wrong\n" +
      "usage.",
  ).action(async (text: string | undefined, _, command: Command) => {
    const flags = command.optsWithGlobals();
    const report = await ask(context, flags, text, true);
    if (flags.json) printJson(context.stdout, report);
    else printFinished(context, report);
    context.exitWith(report.left.length === 0 ? EXIT.ok : EXIT.deny);
  });
}

function withQuestion(command: Command): Command {
  return withJson(
    command
      .argument("[text]", "the text; absent: --file")
      .option("--file <path>", "read the text from a file; - is standard input")
      .requiredOption("--sender <id>", "in whose name it goes")
      .addOption(channelOption("how it goes").makeOptionMandatory())
      .option("--to <address>", "whom it goes to")
      .option("--places <codes>", "where it goes: FR,CA-QC", readNames)
      .option("--class <class>", "marketing, transactional, or a class of a rule pack")
      .addOption(
        new Option("--kind <kind>", "what the text is").choices([...TEXT_KINDS]).default("message"),
      )
      .addOption(new Option("--sender-type <type>", "what sends it").choices([...SENDER_TYPES]))
      .addOption(new Option("--call-kind <kind>", "how a call is made").choices([...CALL_KINDS]))
      .option("--language <tag>", "what the people read; default: the place's languages")
      .option("--at <instant>", "the instant whose rules count; default: now", readInstant)
      .option("--keyword <word>", "the word to send; default: STOP")
      .option("--short-code <digits>", "the number that the word goes to")
      .option("--link <url>", "where people opt out")
      .option("--phone <number>", "where people opt out by telephone")
      .option("--key <digit>", "the key that opts out in a call; default: 9")
      .option("--contact <text>", "how the sender is reached")
      .option("--postal-address <text>", "street and number, or a box, and the place")
      .option("--frequency <text>", "how often messages come: 4 msgs/month"),
  );
}

type Flags = Readonly<Record<string, unknown>> & { readonly data?: string };

async function ask(
  context: Context,
  flags: Flags,
  written: string | undefined,
  insert: boolean,
): Promise<Report> {
  const { sender, to, places, kind, senderType, callKind, language, at } = flags;
  const { keyword, shortCode, link, phone, key, contact, postalAddress, frequency } = flags;
  const text = await textOf(context, written, flags.file as string | undefined);
  return await withClient(context, flags, (client) =>
    client.json<Report>("/v1/messages/check", {
      json: {
        ...{ sender, channel: flags.for, class: flags.class, kind, text, to, places },
        ...{ senderType, callKind, language, at, insert },
        ...{ keyword, shortCode, link, phone, key, contact, postalAddress, frequency },
      },
    }),
  );
}

async function textOf(
  context: Context,
  written: string | undefined,
  file: string | undefined,
): Promise<string> {
  if ((written === undefined) === (file === undefined)) {
    throw new CliFailure("give a text, or --file and where it is", EXIT.usage);
  }
  if (written !== undefined) return written;
  const read = file === "-" ? await readAll(context.stdin) : await readFile(file!, "utf8");
  return read.replace(/\r?\n$/u, "");
}

function inWords(report: Report): string[] {
  const lines: string[] = [];
  for (const { target, faults, advice } of report.targets) {
    lines.push(`${target}: ${faults.length === 0 ? "nothing is missing." : "NOT FIT."}`);
    for (const fault of faults) lines.push(...faultInWords(fault));
    for (const line of advice) lines.push(`  Better: ${line}`);
  }
  if (report.prepend !== "") lines.push(`Put in front: ${report.prepend.trim()}`);
  if (report.append !== "") lines.push(`Put behind: ${report.append.trim()}`);
  for (const note of report.notes) lines.push(note);
  if (report.segments !== null) lines.push(countInWords(report.segments));
  return lines;
}

function faultInWords({ text, rule, citation, notice }: Fault): string[] {
  const proof = [rule === undefined ? null : `rule ${rule}`, citation ?? null];
  const said = proof.filter((part) => part !== null).join(", ");
  const lines = [`- ${text}`, ...(said === "" ? [] : [`    ${said}`])];
  return notice === undefined ? lines : [...lines, `    Notice: ${notice}`];
}

function countInWords({ before, after }: { before: Count; after: Count }): string {
  const count = ({ segments, encoding }: Count) => `${segments} SMS (${encoding})`;
  const then = count(after) === count(before) ? "" : `, ${count(after)} with what is put in`;
  return `${count(before)}${then}; room for ${after.left} more.`;
}

function printFinished(context: Context, report: Report): void {
  if (report.text !== null && report.text !== undefined) printLines(context.stdout, report.text);
  const left = report.left.flatMap(faultInWords);
  for (const line of [...left, ...report.notes]) printLine(context.stderr, line);
}
