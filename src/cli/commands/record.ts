/** `heed record`: writes down what a person chose or did, when it reached you some other way. */
import { type Command, Option } from "commander";
import {
  CONSENT_LEVELS,
  canAllow,
  DEALING_KINDS,
  type DealingKind,
  VIAS,
} from "../../domain/act.ts";
import { ALL, CHANNELS, USES } from "../../domain/words.ts";
import type { Context } from "../context.ts";
import { CliFailure, EXIT } from "../failure.ts";
import { readInstant, withExamples, withJson } from "../flags.ts";
import { type OutputFile, openOutput } from "../output-file.ts";
import { printJson, printLine } from "../print.ts";
import { withClient } from "../with-client.ts";

interface Recorded {
  readonly entry: { readonly position: number; readonly leafHash: string };
  readonly coversInWords: string;
  readonly replayed: boolean;
  readonly receipt?: object | null;
  readonly receiptNote?: string;
}

const OPT_OUT_EXAMPLE = `heed record opt-out +12125550123 --sender acme --via voice \\
--note "asked on the phone" --author kim`;
const OPT_IN_EXAMPLE = `heed record opt-in +12125550123 --sender acme --channel sms --by person \\
--evidence kind=form url=https://acme.example/join "text=Yes, text me offers"`;

const PURCHASE_EXAMPLE = `heed record purchase +12125550123 --sender acme \\
--at 2026-11-02T15:10:00-05:00 --evidence kind=order number=A-4711`;

export function registerRecord(program: Command, context: Context): void {
  const record = program
    .command("record")
    .description("write down what a person chose or did, when it reached you some other way");
  withExamples(record, [OPT_OUT_EXAMPLE, OPT_IN_EXAMPLE, PURCHASE_EXAMPLE]);
  const optOut = withJson(
    addCommon(record.command("opt-out"))
      .description("record that a person wants out")
      .addOption(channelOption("the channel it is about; default: every channel"))
      .addOption(
        new Option("--by <who>", "who did it").choices(["person", "staff"]).default("person"),
      )
      .option("--evidence <parts...>", "what shows it: `kind=call-recording file=…`"),
  );
  withExamples(optOut, [
    OPT_OUT_EXAMPLE,
    "heed record opt-out ana@example.com --sender all --key ticket-4711 --receipt proof.json",
  ]).action((address, _, command) => run(context, "opt-outs", address, command));
  const optIn = withJson(
    addCommon(record.command("opt-in"))
      .description("record that a person agreed, with what proves it")
      .addOption(channelOption("the channel that the person agreed to").makeOptionMandatory())
      .addOption(
        new Option("--by <who>", "who did it; only the person's own act lifts an opt-out")
          .choices(["person", "staff"])
          .default("staff"),
      )
      .addOption(
        new Option("--level <level>", "how strong the consent is")
          .choices([...CONSENT_LEVELS])
          .default("express"),
      )
      .requiredOption("--evidence <parts...>", "what proves it: `kind=form url=https://… text=…`"),
  );
  withExamples(optIn, [OPT_IN_EXAMPLE]).action((address, _, command) =>
    run(context, "opt-ins", address, command),
  );
  for (const kind of DEALING_KINDS) addDealing(record, context, kind);
}

const ABOUT_DEALING: Readonly<Record<DealingKind, string>> = {
  purchase: "record that a person bought something, with what proves it",
  inquiry: "record that a person asked about something, with what proves it",
  refusal: "record that a person said no in a call, short of an opt-out",
  "opt-in-request": "record that somebody asked to be messaged and has not confirmed it",
};

/** None of them is consent, so they say less than an opt-in does. */
function addDealing(record: Command, context: Context, kind: DealingKind): void {
  const evidence = new Option("--evidence <parts...>", "what proves it: `kind=order number=…`");
  const command = withJson(
    addGeneral(record.command(kind))
      .description(ABOUT_DEALING[kind])
      .addOption(channelOption("the channel it is about; default: every channel"))
      .addOption(
        new Option("--by <who>", "who did it, or tells it")
          .choices(["person", "staff", "provider"])
          .default("staff"),
      )
      .addOption(canAllow(kind) ? evidence.makeOptionMandatory() : evidence),
  );
  const example = canAllow(kind)
    ? PURCHASE_EXAMPLE.replace("purchase", kind)
    : `heed record ${kind} +12125550123 --sender acme --channel voice --author kim`;
  withExamples(command, [example]).action((address, _, command) =>
    run(context, "dealings", address, command, kind),
  );
}

function channelOption(description: string): Option {
  return new Option("--channel <channel>", description).choices([...CHANNELS, ALL]);
}

function addCommon(command: Command): Command {
  return addGeneral(command)
    .option("--program <id>", "only this program")
    .option("--class <class>", "only this class of message")
    .addOption(new Option("--use <use>", "the use it is about").choices([...USES, ALL]))
    .option("--language <tag>", "language of the person, such as es");
}

function addGeneral(command: Command): Command {
  return command
    .argument("<address>", "phone number with its country code, or e-mail address")
    .requiredOption("--sender <id>", "the sender it is about, or `all`")
    .addOption(new Option("--via <way>", "how it reached you").choices([...VIAS]))
    .option("--at <instant>", "when it happened; default: now", readInstant)
    .option("--text <words>", "the person's own words")
    .option("--author <name>", "member of staff who writes this down")
    .option("--note <text>", "anything worth keeping")
    .option("--key <text>", "idempotency key: the same key records once, however often it is sent")
    .option("--receipt <file>", "write the proof that it was recorded to this new file");
}

async function run(
  context: Context,
  path: "opt-outs" | "opt-ins" | "dealings",
  address: string,
  command: Command,
  kind?: DealingKind,
): Promise<void> {
  const flags = command.optsWithGlobals();
  const { sender, channel, program, by, via, at, text, language, author, note, level } = flags;
  const body = {
    ...(kind === undefined ? {} : { kind }),
    ...{ address, sender, channel, program, class: flags.class, use: flags.use },
    ...{ by, via, at, text, language, author, note, level },
    ...(flags.evidence === undefined ? {} : { evidence: readEvidence(flags.evidence) }),
  };
  const headers = flags.key === undefined ? {} : { "idempotency-key": readKey(flags.key) };
  const file = flags.receipt === undefined ? null : await openOutput(flags.receipt, RECEIPT_FILE);
  try {
    const query = file === null ? {} : { receipt: 1 };
    const recorded = await withClient(context, flags, (client) =>
      client.json<Recorded>(`/v1/${path}`, { json: body, headers, query }),
    );
    if (flags.json) printJson(context.stdout, recorded);
    else printRecorded(context, recorded);
    if (file !== null) await keepReceipt(context, file, recorded);
  } finally {
    await file?.discard();
  }
}

function printRecorded(context: Context, recorded: Recorded): void {
  const verb = recorded.replayed ? "Was recorded before" : "Recorded";
  printLine(context.stdout, `${verb} as entry ${recorded.entry.position}. It covers:`);
  printLine(context.stdout, `  ${recorded.coversInWords}`);
}

/** What is in it is about one person. */
const RECEIPT_FILE = { mode: 0o600, replace: false };

async function keepReceipt(context: Context, file: OutputFile, recorded: Recorded): Promise<void> {
  const { receipt, receiptNote } = recorded;
  if (receipt === undefined || receipt === null) {
    printLine(context.stderr, receiptNote ?? "The server gave no receipt.");
    return context.exitWith(EXIT.partly);
  }
  await file.write([`${JSON.stringify(receipt, null, 2)}\n`]);
  await file.keep();
}

/** It travels in a header, which takes nothing else. */
function readKey(key: string): string {
  if (/^[\x21-\x7e]{1,255}$/.test(key)) return key;
  throw new CliFailure(
    "--key takes up to 255 letters, digits and signs of ASCII, without spaces",
    EXIT.usage,
  );
}

function readEvidence(parts: readonly string[]): Record<string, string> {
  const evidence: Record<string, string> = {};
  for (const part of parts) {
    const at = part.indexOf("=");
    if (at < 1) {
      throw new CliFailure(`\`${part}\` is no evidence; write \`name=value\``, EXIT.usage);
    }
    evidence[part.slice(0, at)] = part.slice(at + 1);
  }
  if (evidence.kind === undefined) {
    throw new CliFailure("evidence needs its kind, such as `kind=form`", EXIT.usage);
  }
  return evidence;
}
