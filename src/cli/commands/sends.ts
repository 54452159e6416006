/** `heed sends`: tells Heed which messages went out, for the rules that count them. */
import { createHash } from "node:crypto";
import { type Command, Option } from "commander";
import { CHANNELS } from "../../domain/words.ts";
import { CALL_KINDS } from "../../rules/facts.ts";
import type { ReadSend, SendRow } from "../../scrub/csv-sends.ts";
import type { Client } from "../client.ts";
import type { Context } from "../context.ts";
import { CliFailure, EXIT } from "../failure.ts";
import { readInstant, readPositiveInteger, withExamples, withJson } from "../flags.ts";
import { openOutput, refuseSameFile } from "../output-file.ts";
import { printJson, printLine } from "../print.ts";
import { uploadOf } from "../upload.ts";
import { withClient } from "../with-client.ts";

interface Recorded {
  readonly recorded: number;
  readonly known: number;
  readonly tooOld: number;
}

const FILE_EXAMPLE = "heed sends record sent.csv --sender acme --channel sms --class marketing";
const ONE_EXAMPLE = `heed sends record --to +12125550123 --sender acme --channel voice \\
--class marketing --call-kind live --at 2026-11-21T14:00:00-05:00`;
/** In one request: far below what a server takes. */
const BATCH = 2000;
/** More rows than these that cannot be read are a file of another kind. */
const REJECTS_MAX = 100_000;

export function registerSends(program: Command, context: Context): void {
  const sends = program
    .command("sends")
    .description("messages that went out, for rules that allow only so many");
  withExamples(sends, [FILE_EXAMPLE, ONE_EXAMPLE]);
  const record = withJson(
    sends
      .command("record")
      .description("put messages on record that were sent: one, or those of a CSV file")
      .argument("[file]", "the CSV file (`-` reads standard input)")
      .option("--to <address>", "the one that was written to or called, without a file")
      .option("--sender <id>", "in whose name, where a row does not say it")
      .addOption(
        new Option("--channel <channel>", "how, where a row does not say it").choices([
          ...CHANNELS,
        ]),
      )
      .option("--class <class>", "what the message was, where a row does not say it")
      .option("--at <instant>", "when it went out; default: now", readInstant)
      .option("--subject <text>", "what it was about, where a rule counts by subject")
      .addOption(
        new Option("--call-kind <kind>", "how it was dialled or sent").choices([...CALL_KINDS]),
      )
      .option("--reply", "it answered a message of the person's")
      .option("--confirms <position>", "the opt-out that it confirmed", readPositiveInteger)
      .addOption(
        new Option("--by <who>", "who carried it out").choices(["us", "provider"]).default("us"),
      )
      .option("--message-id <text>", "your own id of it: told twice, it counts once")
      .option("--default-region <country>", "country of numbers written without one, such as US")
      .option("--zone <zone>", "time zone of times without one; default: UTC")
      .option("--column <name>", "column with the address: its name, or its number from 1")
      .option("--rejects <file>", "where rows go that cannot be read, with line and reason"),
  );
  withExamples(
    record,
    [FILE_EXAMPLE, ONE_EXAMPLE],
    "A file that is recorded twice counts once. No address is kept, but its suppression token.\n" +
      "Exit codes: 0 done, 13 done, but some rows were rejected, 1 failure, 2 wrong usage.",
  ).action(async (file: string | undefined, _, command: Command) => {
    const flags = command.optsWithGlobals();
    if ((file === undefined) === (flags.to === undefined)) {
      throw new CliFailure("name a file with sends, or one address with --to", EXIT.usage);
    }
    if (file === undefined) await recordOne(context, flags);
    else await recordFile(context, file, flags);
  });
}

type Flags = ReturnType<Command["optsWithGlobals"]>;

async function recordOne(context: Context, flags: Flags): Promise<void> {
  const { to, sender, channel, at, subject, callKind, reply, confirms, by, messageId } = flags;
  for (const name of ["sender", "channel", "class"]) {
    if (flags[name] === undefined) throw new CliFailure(`--to needs --${name}`, EXIT.usage);
  }
  const send = {
    ...{ to, sender, channel, class: flags.class, at, subject, callKind, confirms, by, messageId },
    ...(reply === true ? { isReply: true } : {}),
  };
  const said = await withClient(context, flags, (client) =>
    client.json<Recorded>("/v1/sends", { json: { sends: [send] } }),
  );
  tell(context, flags, { ...said, rejected: 0 });
}

async function recordFile(context: Context, file: string, flags: Flags): Promise<void> {
  const { readSendRows } = await import("../../scrub/csv-sends.ts");
  const { addressReader } = await import("../../scrub/read-address.ts");
  const { formatReject, REJECTS_HEADER } = await import("../../scrub/csv-acts.ts");
  await refuseSameFile([file, flags.rejects], "the list and --rejects must be different files");
  const upload = await uploadOf(context, file, flags.json === true);
  const rejects =
    flags.rejects === undefined ? null : await openOutput(flags.rejects, { replace: true });
  try {
    const { sender, channel, zone, column } = flags;
    const given = { sender, channel, class: flags.class, zone, column: columnOf(column) };
    const rows = readSendRows(upload, {
      read: addressReader(flags.defaultRegion ?? null),
      ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
    });
    let rejected = 0;
    const refused: string[] = [];
    const good = async function* () {
      for await (const row of rows) {
        if ("send" in row) {
          yield row;
          continue;
        }
        if (rejected === 0) refused.push(REJECTS_HEADER);
        rejected += 1;
        if (rejected <= REJECTS_MAX) refused.push(formatReject(row.line, row.problem, row.raw));
      }
    };
    const said = await withClient(context, flags, (client) => sendAll(client, good(), flags));
    tell(context, flags, { ...said, rejected });
    if (rejected > 0) context.exitWith(EXIT.partly);
    await rejects?.write(refused);
    await rejects?.keep();
  } catch (error) {
    if ((error as Error).name === "UnreadableFile") throw new CliFailure((error as Error).message);
    throw error;
  } finally {
    await rejects?.discard();
  }
}

type Good = Extract<ReadSend, { send: SendRow }>;

async function sendAll(client: Client, rows: AsyncIterable<Good>, flags: Flags): Promise<Recorded> {
  const sum = { recorded: 0, known: 0, tooOld: 0 };
  let batch: Good[] = [];
  let number = 0;
  const flush = async () => {
    if (batch.length === 0) return;
    number += 1;
    const said = await sendBatch(client, batch, flags, number);
    for (const name of ["recorded", "known", "tooOld"] as const) sum[name] += said[name];
    batch = [];
  };
  for await (const row of rows) {
    batch.push(row);
    if (batch.length >= BATCH) await flush();
  }
  await flush();
  return sum;
}

/** Its key is made of what is in it, so that the same file says the same thing every time. */
async function sendBatch(
  client: Client,
  batch: readonly Good[],
  { by }: Flags,
  number: number,
): Promise<Recorded> {
  const sends = batch.map(({ send }) => ({
    ...Object.fromEntries(Object.entries(send).filter(([, value]) => value !== null)),
    ...(send.at === null ? {} : { at: new Date(send.at).toISOString() }),
    by,
  }));
  const said = JSON.stringify({ number, sends });
  const key = `csv-${createHash("sha256").update(said).digest("hex")}`;
  try {
    return await client.json<Recorded>("/v1/sends", {
      json: { sends },
      headers: { "idempotency-key": key },
    });
  } catch (error) {
    if (!(error instanceof CliFailure)) throw error;
    const [first, last] = [batch[0]!.line, batch.at(-1)!.line];
    throw new CliFailure(
      `lines ${first} to ${last} were not recorded, those before them were: ${error.message}. ` +
        "When it is mended, the whole file can be recorded again",
    );
  }
}

function tell(context: Context, flags: Flags, said: Recorded & { rejected: number }): void {
  if (flags.json) {
    printJson(context.stdout, said);
    return;
  }
  const parts = [`${said.recorded} recorded`, `${said.known} on record already`];
  if (said.tooOld > 0) parts.push(`${said.tooOld} too old to count`);
  if (said.rejected > 0) parts.push(`${said.rejected} rejected`);
  printLine(context.stdout, `Sends: ${parts.join(", ")}.`);
}

function columnOf(column: string | undefined): string | number | undefined {
  return column !== undefined && /^\d+$/.test(column) ? Number(column) : column;
}
