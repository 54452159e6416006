/** `heed check`: may this message go to this person now, and why. */
import { type Command, Option } from "commander";
import { USES } from "../../domain/words.ts";
import {
  CALL_KINDS,
  EXPLANATION_LANGUAGES,
  RELATIONSHIPS,
  SENDER_TYPES,
  SUBSCRIBERS,
} from "../../rules/facts.ts";
import type { Context } from "../context.ts";
import { EXIT } from "../failure.ts";
import {
  channelOption,
  readInstant,
  readPositiveInteger,
  withExamples,
  withJson,
} from "../flags.ts";
import { printJson, printLine, shownInstant } from "../print.ts";
import { withClient } from "../with-client.ts";

interface Answer {
  readonly verdict: keyof typeof EXIT_OF;
  readonly explanation: string;
  readonly notBefore: string | null;
  readonly position: number;
  readonly reasons: readonly {
    readonly answer: string;
    readonly text: string;
    readonly rule?: string;
    readonly citation?: string;
    readonly notice?: string;
    readonly entry?: number;
  }[];
}

const EXIT_OF = {
  allow: EXIT.ok,
  deny: EXIT.deny,
  defer: EXIT.defer,
  unknown: EXIT.unknown,
} as const;

const MEANING: Readonly<Record<keyof typeof EXIT_OF, string>> = {
  allow: "ALLOW: it may be sent.",
  deny: "DENY: it must not be sent.",
  defer: "DEFER: it may be sent, but not now.",
  unknown: "UNKNOWN: this could not be decided, so do not send it.",
};

export function registerCheck(program: Command, context: Context): void {
  const command = withJson(
    program
      .command("check")
      .description("may this message go to this person now, and why")
      .argument("<address>", "phone number with its country code, or e-mail address")
      .requiredOption("--sender <id>", "in whose name it goes")
      .addOption(channelOption("how it goes").makeOptionMandatory())
      .option(
        "--class <class>",
        "marketing, transactional, emergency, confirmation, or a class of a rule pack",
        "marketing",
      )
      .option("--program <id>", "the sender's program that it belongs to")
      .addOption(
        new Option("--use <use>", "contact, or share: passing the person's data on")
          .choices([...USES])
          .default("contact"),
      )
      .option("--at <instant>", "the instant asked about; default: now", readInstant),
  );
  addMessageOptions(command);
  addPersonOptions(command);
  withExamples(
    command,
    [
      "heed check +12125550123 --sender acme --for sms",
      "heed check +12125550123 --sender acme --for voice --call-kind live --residence US-FL",
      "heed check +33612345678 --sender acme --for sms --text 'Acme: -20%. STOP au 36123'",
      "heed check +12125550123 --sender acme --for sms --class confirmation --confirms 42",
      "heed check ana@example.com --sender acme --for email --class transactional --json",
    ],
    "Exit codes: 0 allow, 10 deny, 11 defer, 12 unknown, 1 failure, 2 wrong usage.\n" +
      "Send only on 0.",
  ).action(async (address: string, _, command: Command) => {
    const flags = command.optsWithGlobals();
    const answer = await withClient(context, flags, (client) =>
      client.json<Answer>("/v1/check", {
        json: questionOf(address, flags),
      }),
    );
    if (flags.json) printJson(context.stdout, answer);
    else for (const line of inWords(answer)) printLine(context.stdout, line);
    context.exitWith(EXIT_OF[answer.verdict] ?? EXIT.unknown);
  });
}

function addMessageOptions(command: Command): void {
  command
    .addOption(new Option("--call-kind <kind>", "how it is made").choices([...CALL_KINDS]))
    .addOption(new Option("--sender-type <type>", "what sends it").choices([...SENDER_TYPES]))
    .option("--topic <topic>", "line of business or subject matter, in words")
    .option("--subject <subject>", "what it is about, for caps that count by subject")
    .option("--text <text>", "the wording as it would be sent")
    .option("--reply", "it answers a message of the person's")
    .option("--confirms <entry>", "for a confirmation: the opt-out's entry", readPositiveInteger)
    .option("--useful-until <instant>", "when it is of no more use", readInstant);
}

function addPersonOptions(command: Command): void {
  command
    .option("--residence <code>", "where the person lives, such as FR or US-FL (ISO 3166)")
    .option("--county <name>", "their county or town")
    .option("--timezone <zone>", "their time zone, when you know it; no other is considered")
    .option("--language <tag>", "their language, such as fr")
    .addOption(new Option("--subscriber <kind>", "what they are").choices([...SUBSCRIBERS]))
    .addOption(
      new Option("--relationship <kind>", "what they are to the sender").choices([
        "none",
        ...RELATIONSHIPS,
      ]),
    )
    .option(
      "--other-address <address>",
      "another address of theirs; may be given several times",
      (address: string, others: readonly string[] = []) => [...others, address],
    )
    .addOption(
      new Option("--explain-in <language>", "language of the reasons")
        .choices([...EXPLANATION_LANGUAGES])
        .default("en"),
    );
}

type Reason = Answer["reasons"][number];
type Flags = ReturnType<Command["optsWithGlobals"]>;

/** The body of POST /v1/check. Members that are undefined are not sent. */
function questionOf(address: string, flags: Flags): object {
  const known = {
    residence: flags.residence,
    county: flags.county,
    timezone: flags.timezone,
    language: flags.language,
    subscriber: flags.subscriber,
    relationship: flags.relationship,
    otherAddresses: flags.otherAddress,
  };
  return {
    to: address,
    sender: flags.sender,
    channel: flags.for,
    class: flags.class,
    use: flags.use,
    program: flags.program,
    at: flags.at,
    callKind: flags.callKind,
    senderType: flags.senderType,
    topic: flags.topic,
    subject: flags.subject,
    text: flags.text,
    isReply: flags.reply,
    confirms: flags.confirms,
    usefulUntil: flags.usefulUntil,
    language: flags.explainIn,
    known: Object.values(known).some((member) => member !== undefined) ? known : undefined,
  };
}

function inWords(answer: Answer): string[] {
  const lines = [MEANING[answer.verdict] ?? MEANING.unknown];
  if (answer.notBefore !== null) lines.push(`Not before ${shownInstant(answer.notBefore)}.`);
  const isDeciding = (reason: Reason) => reason.answer === answer.verdict;
  lines.push(...answer.reasons.filter(isDeciding).flatMap(reasonInWords));
  const besides = answer.reasons.filter((reason) => !isDeciding(reason));
  if (besides.length > 0) lines.push("Besides:", ...besides.flatMap(reasonInWords));
  lines.push(`True as of entry ${answer.position}.`);
  return lines;
}

function reasonInWords(reason: Reason): string[] {
  const lines = [`- ${reason.text}`];
  const proof = [
    reason.entry === undefined ? null : `entry ${reason.entry}`,
    reason.rule === undefined ? null : `rule ${reason.rule}`,
    reason.citation ?? null,
  ].filter((part) => part !== null);
  if (proof.length > 0) lines.push(`    ${proof.join(", ")}`);
  if (reason.notice !== undefined) lines.push(`    Notice: ${reason.notice}`);
  return lines;
}
