/** `heed area`: what is switched on for an area for a time, such as a state of emergency. */
import { type Command, Option } from "commander";
import { SUSPENSION_KINDS } from "../../rules/facts.ts";
import type { Context } from "../context.ts";
import { readInstant, withExamples, withJson } from "../flags.ts";
import { printJson, printLine, printTable, shownInstant } from "../print.ts";
import { withClient } from "../with-client.ts";
import { putSetting } from "./setting.ts";

interface Suspension {
  readonly id: string;
  readonly kind: string;
  readonly region: string;
  readonly county: string | null;
  readonly from: string;
  readonly until: string | null;
  readonly inForce: boolean;
}

const SUSPEND_EXAMPLE = `heed area suspend ny-snow-2026 --kind state-of-emergency --region US-NY \\
--county Erie --until 2026-11-28T00:00:00-05:00`;

export function registerArea(program: Command, context: Context): void {
  const area = program
    .command("area")
    .description("emergencies and proclaimed holidays of an area, which suspend messages there");
  withExamples(area, [SUSPEND_EXAMPLE, "heed area list", "heed area resume ny-snow-2026"]);
  addSuspend(area, context);
  addList(area, context);
  addResume(area, context);
}

function addSuspend(area: Command, context: Context): void {
  const suspend = withJson(
    area
      .command("suspend")
      .description("switch a suspension on, or change one that is not over")
      .argument("<id>", "a new name for it: lower-case letters, digits and hyphens")
      .addOption(
        new Option("--kind <kind>", "what it is")
          .choices([...SUSPENSION_KINDS])
          .makeOptionMandatory(),
      )
      .requiredOption("--region <code>", "where: a country or a part of one, such as US-NY")
      .option("--county <name>", "only this county or town of it")
      .option("--from <instant>", "since when; default: now", readInstant)
      .option("--until <instant>", "when it is over; default: when you resume", readInstant)
      .option("--note <text>", "anything worth keeping, such as the number of the order")
      .option("--author <name>", "member of staff who switches it on"),
  );
  withExamples(
    suspend,
    [SUSPEND_EXAMPLE],
    "What it suspends is for the rules of the place to say: `heed packs explain` shows them.",
  ).action(async (id: string, _, command: Command) => {
    const flags = command.optsWithGlobals();
    const { kind, region, county, from, until, note, author } = flags;
    const value = { kind, region: region.toUpperCase(), county, from, until, note, author };
    const path = `/v1/suspensions/${encodeURIComponent(id)}`;
    const stored = await putSetting<Suspension>(context, command, path, value);
    if (flags.json) return printJson(context.stdout, stored);
    printLine(context.stdout, `${describe(stored)}.`);
  });
}

function addList(area: Command, context: Context): void {
  const list = withJson(area.command("list").description("the suspensions, past ones too"));
  withExamples(list, ["heed area list"]).action(async (_, command: Command) => {
    const flags = command.optsWithGlobals();
    const answer = await withClient(context, flags, (client) =>
      client.json<{ suspensions: readonly Suspension[] }>("/v1/suspensions"),
    );
    if (flags.json) return printJson(context.stdout, answer);
    if (answer.suspensions.length === 0) {
      return printLine(context.stdout, "Nothing was ever suspended.");
    }
    printTable(
      context.stdout,
      ["ID", "KIND", "AREA", "FROM", "UNTIL", "IN FORCE"],
      answer.suspensions.map((one) => [
        ...[one.id, one.kind, areaOf(one), shownInstant(one.from)],
        ...[one.until === null ? "-" : shownInstant(one.until), one.inForce ? "yes" : "no"],
      ]),
    );
  });
}

function addResume(area: Command, context: Context): void {
  const resume = withJson(
    area
      .command("resume")
      .description("end a suspension now; it stays on record with its end")
      .argument("<id>", "the one that `heed area list` shows"),
  );
  withExamples(resume, ["heed area resume ny-snow-2026"]).action(
    async (id: string, _, command: Command) => {
      const flags = command.optsWithGlobals();
      const ended = await withClient(context, flags, (client) =>
        client.json<Suspension>(`/v1/suspensions/${encodeURIComponent(id)}`, { method: "DELETE" }),
      );
      if (flags.json) return printJson(context.stdout, ended);
      printLine(context.stdout, `${describe(ended)}.`);
    },
  );
}

function areaOf({ region, county }: Suspension): string {
  return county === null ? region : `${region}, ${county}`;
}

function describe(suspension: Suspension): string {
  const { id, kind, from, until, inForce } = suspension;
  const end = until === null ? "until somebody resumes" : `until ${shownInstant(until)}`;
  const state = inForce ? "in force now" : "not in force now";
  return `${id}: ${kind} in ${areaOf(suspension)} from ${shownInstant(from)} ${end}; ${state}`;
}
