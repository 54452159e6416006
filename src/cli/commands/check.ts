/** `heed check`: may this message go to this person now, and why. */
import { type Command, Option } from "commander";
import { USES } from "../../domain/words.ts";
import type { Context } from "../context.ts";
import { EXIT } from "../failure.ts";
import { channelOption, readInstant, withExamples, withJson } from "../flags.ts";
import { printJson, printLine, shownInstant } from "../print.ts";
import { withClient } from "../with-client.ts";

interface Answer {
  readonly verdict: keyof typeof EXIT_OF;
  readonly notBefore: string | null;
  readonly position: number;
  readonly reasons: readonly {
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
      .option("--class <class>", "marketing, transactional, emergency", "marketing")
      .option("--program <id>", "the sender's program that it belongs to")
      .addOption(
        new Option("--use <use>", "contact, or share: passing the person's data on")
          .choices([...USES])
          .default("contact"),
      )
      .option("--at <instant>", "the instant asked about; default: now", readInstant),
  );
  withExamples(
    command,
    [
      "heed check +12125550123 --sender acme --for sms",
      "heed check ana@example.com --sender acme --for email --class transactional --json",
    ],
    "Exit codes: 0 allow, 10 deny, 11 defer, 12 unknown, 1 failure, 2 wrong usage.\n" +
      "Send only on 0.",
  ).action(async (address: string, _, command: Command) => {
    const flags = command.optsWithGlobals();
    const answer = await withClient(context, flags, (client) =>
      client.json<Answer>("/v1/check", {
        json: {
          to: address,
          sender: flags.sender,
          channel: flags.for,
          class: flags.class,
          use: flags.use,
          program: flags.program,
          at: flags.at,
        },
      }),
    );
    if (flags.json) printJson(context.stdout, answer);
    else for (const line of inWords(answer)) printLine(context.stdout, line);
    context.exitWith(EXIT_OF[answer.verdict] ?? EXIT.unknown);
  });
}

function inWords(answer: Answer): string[] {
  const lines = [MEANING[answer.verdict] ?? MEANING.unknown];
  if (answer.notBefore !== null) lines.push(`Not before ${shownInstant(answer.notBefore)}.`);
  for (const reason of answer.reasons) {
    lines.push(`- ${reason.text}`);
    const proof = [
      reason.entry === undefined ? null : `entry ${reason.entry}`,
      reason.rule === undefined ? null : `rule ${reason.rule}`,
      reason.citation ?? null,
    ].filter((part) => part !== null);
    if (proof.length > 0) lines.push(`    ${proof.join(", ")}`);
    if (reason.notice !== undefined) lines.push(`    Notice: ${reason.notice}`);
  }
  lines.push(`True as of entry ${answer.position}.`);
  return lines;
}
