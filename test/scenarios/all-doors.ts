// One question at every door: the single check, the batch, and the command line. What a door answers is
// held against what the scenario expects, each by itself, and against what the others answer.
import { isDeepStrictEqual } from "node:util";
import type { Static } from "typebox";
import { World } from "../../scenarios/world.ts";
import type { QuestionBody } from "../../src/http/question-schema.ts";
import type { RulePack } from "../../src/rules/pack.ts";
import { findMismatch, type GivenAnswer, type Scenario } from "../../src/rules/scenario.ts";
import { runInProcess } from "../cli/in-process.ts";
import type { Ran } from "../cli/run-heed.ts";
import { shareWorlds } from "./shared-worlds.ts";
import type { ToldScenario } from "./told-scenario.ts";

type Question = Static<typeof QuestionBody>;
type Known = NonNullable<Question["known"]>;
/** How the command line is run: in this process, or in one of its own. */
export type RunCommand = (
  env: Readonly<Record<string, string>>,
  args: readonly string[],
) => Promise<Ran>;

/** Where the command line asks for each member; a member that is new must get a flag here. */
const FLAGS: Readonly<Record<Exclude<keyof Question, "to" | "isReply" | "known">, string>> = {
  sender: "--sender",
  channel: "--for",
  class: "--class",
  program: "--program",
  use: "--use",
  at: "--at",
  callKind: "--call-kind",
  senderType: "--sender-type",
  topic: "--topic",
  subject: "--subject",
  text: "--text",
  confirms: "--confirms",
  usefulUntil: "--useful-until",
  language: "--explain-in",
};
const KNOWN_FLAGS: Readonly<Record<keyof Known, string>> = {
  residence: "--residence",
  county: "--county",
  timezone: "--timezone",
  language: "--language",
  subscriber: "--subscriber",
  relationship: "--relationship",
  otherAddresses: "--other-address",
};
const EXIT_CODES: Readonly<Record<string, number>> = { allow: 0, deny: 10, defer: 11, unknown: 12 };

export interface Outcome {
  /** Scenarios that every door was asked. */
  readonly asked: number;
  /** What is wrong, by scenario and door; empty when every door answers as the scenarios expect. */
  readonly mismatches: readonly string[];
}

/** Tells every scenario and asks it everywhere. */
export async function askAtEveryDoor(
  told: readonly ToldScenario[],
  packs: readonly RulePack[],
  run: RunCommand = runInProcess,
): Promise<Outcome> {
  const mismatches: string[] = [];
  let asked = 0;
  for (const together of shareWorlds(told, packs)) {
    // Everything happens at its own instant; the sort keeps what happens at one instant in order.
    const steps = together.flatMap((each) =>
      each.steps(async (world, question) => {
        mismatches.push(...(await askEverywhere(world, each.scenario, question as Question, run)));
        asked += 1;
      }),
    );
    steps.sort((one, other) => one.at - other.at);
    const world = await World.open(Math.min(...steps.map(({ at }) => at)));
    try {
      for (const step of steps) {
        world.moveTo(step.at);
        await step.run(world);
      }
    } finally {
      await world.close();
    }
  }
  return { asked, mismatches };
}

async function askEverywhere(
  world: World,
  scenario: Scenario,
  question: Question,
  run: RunCommand,
): Promise<readonly string[]> {
  const { body: single } = await world.must("POST", "/v1/check", question);
  const { sender, ...own } = question;
  // Half of the question is said for all, and one that cannot be asked stands beside it.
  const { body: batch } = await world.must("POST", "/v1/check/batch", {
    defaults: { sender },
    questions: [{}, own],
  });
  const env = { HEED_URL: await world.url(), HEED_API_KEY: world.key };
  const ran = await run(env, ["check", ...argumentsOf(question), "--json"]);
  if (ran.stderr !== "") throw new Error(`${scenario.name}: heed check: ${ran.stderr}`);
  const doors = {
    check: single,
    "check of a batch": batch.answers[1],
    "command line": JSON.parse(ran.stdout),
  };
  const wrong = Object.entries(doors).flatMap(([door, answer]) => {
    if (!("verdict" in answer)) return [`${door}: ${scenario.name}: ${JSON.stringify(answer)}`];
    const mismatch = findMismatch(scenario, answerOf(answer));
    if (mismatch !== null) return [`${door}: ${mismatch}`];
    return isDeepStrictEqual(answer, single) ? [] : [`${door}: ${scenario.name}: told otherwise`];
  });
  if (ran.code !== EXIT_CODES[single.verdict])
    wrong.push(`${scenario.name}: exit code ${ran.code}`);
  return wrong;
}

function answerOf(body: {
  readonly verdict: string;
  readonly notBefore: string | null;
  readonly reasons: GivenAnswer["reasons"];
}): GivenAnswer {
  const { verdict, notBefore, reasons } = body;
  return { answer: verdict, notBefore: notBefore === null ? null : Date.parse(notBefore), reasons };
}

/** The arguments of `heed check` that ask the same. */
function argumentsOf({ to, isReply, known, ...rest }: Question): readonly string[] {
  return [
    to,
    ...flagsOf(rest, FLAGS),
    ...(isReply === true ? ["--reply"] : []),
    ...flagsOf(known ?? {}, KNOWN_FLAGS),
  ];
}

function flagsOf(members: object, flags: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(members)
    .filter(([, value]) => value !== undefined)
    .flatMap(([member, value]) => {
      const flag = flags[member];
      if (flag === undefined) throw new Error(`the command line cannot say \`${member}\``);
      return [value].flat().flatMap((each) => [flag, String(each)]);
    });
}
