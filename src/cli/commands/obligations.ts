/** `heed obligations`: opt-outs that are not done everywhere yet, and what the law allows for them. */
import { type Command, Option } from "commander";
import type { Context } from "../context.ts";
import { EXIT } from "../failure.ts";
import { withExamples, withJson } from "../flags.ts";
import { printJson, printLine, shownInstant } from "../print.ts";
import { withClient } from "../with-client.ts";

interface Obligation {
  readonly position: number;
  readonly kind: string;
  readonly state: "met" | "late" | "open" | "overdue";
  readonly askedAt: string;
  readonly inWords: readonly string[];
}

interface Page {
  readonly obligations: readonly Obligation[];
  readonly next: number | null;
}

const SIGNS = { met: "met    ", late: "late   ", open: "open   ", overdue: "OVERDUE" } as const;
const PAGE = 200;

export function registerObligations(program: Command, context: Context): void {
  const command = withJson(
    program
      .command("obligations")
      .description("opt-outs that some destination has not taken, and by when it must")
      .argument("[address]", "everything about one person instead, also what is done")
      .option("--overdue", "only those whose time is over")
      .addOption(new Option("--all", "those that are done, too").conflicts("overdue")),
  );
  withExamples(
    command,
    ["heed obligations", "heed obligations --overdue --json", "heed obligations +12125550123"],
    "With --json, one obligation a line.\n" +
      "Exit codes: 0 nothing is overdue, 1 something is overdue or it failed, 2 wrong usage.",
  ).action(async (address: string | undefined, _, command: Command) => {
    const flags = command.optsWithGlobals();
    const everything = flags.all === true || address !== undefined ? "all" : "unfinished";
    const state = flags.overdue === true ? "overdue" : everything;
    const seen = await withClient(context, flags, async (client) => {
      const counts = { all: 0, overdue: 0 };
      for (let after: number | null = 0; after !== null; ) {
        const asked =
          address === undefined ? { after: String(after), limit: `${PAGE}` } : { address };
        const page: Page = await client.json("/v1/obligations", { query: { state, ...asked } });
        for (const one of page.obligations) {
          show(context, one, flags.json === true);
          counts.all += 1;
          if (one.state === "overdue") counts.overdue += 1;
        }
        after = page.next;
      }
      return counts;
    });
    if (seen.all === 0 && flags.json !== true) printLine(context.stdout, NOTHING[state]);
    if (seen.overdue > 0) context.exitWith(EXIT.failed);
  });
}

const NOTHING = {
  overdue: "Nothing is overdue.",
  unfinished: "Every opt-out is done here and in every destination.",
  all: "There is no opt-out.",
} as const;

function show({ stdout }: Context, one: Obligation, asJson: boolean): void {
  if (asJson) {
    printJson(stdout, one);
    return;
  }
  const { position, kind, state, askedAt, inWords } = one;
  printLine(stdout, `${SIGNS[state]}  ${shownInstant(askedAt)}  entry ${position}  ${kind}`);
  for (const line of inWords) printLine(stdout, `         ${line}`);
}
