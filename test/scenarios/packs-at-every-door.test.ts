// The scenarios of the packs come out as written at every door: `test/rules/scenarios.test.ts` asks
// the pure function, and this asks a real Heed, over the API and with the command line.
import assert from "node:assert/strict";
import { test } from "node:test";
import { runScenario, type Scenario, ScenarioSchema } from "../../src/rules/scenario.ts";
import { runInProcess } from "../cli/in-process.ts";
import { runHeed } from "../cli/run-heed.ts";
import { loadScenarios, PACK_IDS, PACKS } from "../rules/load-packs.ts";
import { temporaryFolder } from "../support/temp-folder.ts";
import { askAtEveryDoor } from "./all-doors.ts";
import { shareWorlds } from "./shared-worlds.ts";
import { ToldScenario } from "./told-scenario.ts";
import { WHOLE_SHAPE } from "./whole-shape.ts";

const EVERY = PACK_IDS.flatMap((id) =>
  loadScenarios(id).map((scenario, index) => new ToldScenario(scenario, `${id}-${index}`)),
);
const DOORS = ["check:", "check of a batch:", "command line:"];

/** One Heed per scenario of these. */
function tell(...scenarios: readonly Scenario[]): readonly ToldScenario[] {
  return scenarios.map((scenario, index) => new ToldScenario(scenario, `control-${index}`));
}

function scenarioOf(pack: string, name: string): Scenario {
  const found = loadScenarios(pack).find((scenario) => scenario.name === name);
  assert.ok(found, `${pack} has no scenario "${name}"`);
  return found;
}

function assertEveryDoorNotices(mismatches: readonly string[], what: RegExp): void {
  assert.equal(mismatches.length, DOORS.length, mismatches.join("\n"));
  for (const [index, door] of DOORS.entries()) {
    const mismatch = mismatches[index] ?? "";
    assert.ok(mismatch.startsWith(door), mismatch);
    assert.match(mismatch, what);
  }
}

test("every pack's scenarios come out as written over the check, the batch and the command line", async () => {
  const { asked, mismatches } = await askAtEveryDoor(EVERY, PACKS);
  assert.deepEqual(mismatches, []);
  assert.equal(asked, EVERY.length);
});

test("everything that a scenario can say is told, and answered as by the pure function", async () => {
  const wrong = WHOLE_SHAPE.map((scenario) => runScenario(scenario, PACKS));
  assert.deepEqual(
    wrong.filter((mismatch) => mismatch !== null),
    [],
  );
  const { asked, mismatches } = await askAtEveryDoor(
    WHOLE_SHAPE.map((scenario, index) => new ToldScenario(scenario, `shape-${index}`)),
    PACKS,
  );
  assert.deepEqual(mismatches, []);
  assert.equal(asked, WHOLE_SHAPE.length);

  const said = new Set(
    [...EVERY.map(({ scenario }) => scenario), ...WHOLE_SHAPE].flatMap((each) => pathsIn(each)),
  );
  const unsaid = pathsOf(ScenarioSchema).filter((path) => !said.has(path));
  assert.deepEqual(unsaid, []);
});

interface Shape {
  readonly properties?: object;
  readonly items?: object;
}

/** `/events/scope/program`, for every member that a scenario may have. */
function pathsOf(shape: object, path = ""): readonly string[] {
  const { properties = {}, items }: Shape = shape;
  const own = path === "" ? [] : [path];
  const inside = Object.entries(properties).flatMap(([name, each]) =>
    pathsOf(each, `${path}/${name}`),
  );
  const inItems = items === undefined ? [] : pathsOf(items, path);
  return [...new Set([...own, ...inside, ...inItems])];
}

/** The same, for those that this value has. */
function pathsIn(value: unknown, path = ""): readonly string[] {
  if (Array.isArray(value)) return [path, ...value.flatMap((each) => pathsIn(each, path))];
  if (typeof value !== "object" || value === null) return [path];
  const inside = Object.entries(value).flatMap(([name, each]) => pathsIn(each, `${path}/${name}`));
  return [path, ...inside];
}

test("a process of its own answers the same, with the exit code of its verdict", async (t) => {
  const folder = temporaryFolder(t);
  const told = ["allow", "deny", "defer", "unknown"].map((answer) => {
    const found = EVERY.find(({ scenario }) => scenario.expect.answer === answer);
    assert.ok(found, answer);
    return found;
  });
  const { asked, mismatches } = await askAtEveryDoor(told, PACKS, (env, args) =>
    runHeed(folder, args, { env }),
  );
  assert.deepEqual(mismatches, []);
  assert.equal(asked, told.length);
});

test("a changed answer, instant, reason or rule is noticed at each door", async () => {
  const scenario = scenarioOf("co", "a second text on a day");
  const { expect } = scenario;
  const changes: readonly (readonly [Partial<Scenario["expect"]>, RegExp])[] = [
    [{ answer: "allow" }, /not allow$/u],
    [{ notBefore: "2026-05-20T08:00:00-05:00" }, /not before .* instead of /u],
    [{ reasons: ["opted-out"] }, /no reason opted-out among/u],
    [{ rules: ["co/another"] }, /no reason names co\/another/u],
  ];
  for (const [change, what] of changes) {
    const changed = { ...scenario, expect: { ...expect, ...change } };
    const { mismatches } = await askAtEveryDoor(tell(changed), PACKS);
    assertEveryDoorNotices(mismatches, what);
  }
});

test("what is on record decides at each door: without it the answer is another", async () => {
  const { optedOut, ...without } = scenarioOf("can-spam", "a second after an unsubscribe");
  assert.equal(optedOut, true);
  const { mismatches } = await askAtEveryDoor(tell(without), PACKS);
  assertEveryDoorNotices(mismatches, /allow .* not deny$/u);
});

test("a command line that leaves out what it was told is noticed", async () => {
  const told = tell(scenarioOf("in", "an Indian number in London goes by Indian time"));
  const whole = await askAtEveryDoor(told, PACKS);
  assert.deepEqual(whole.mismatches, []);
  const forgetful = await askAtEveryDoor(told, PACKS, (env, args) =>
    runInProcess(env, args.toSpliced(args.indexOf("--class"), 2, "--class", "transactional")),
  );
  assert.equal(forgetful.mismatches.length, 2);
  assert.match(forgetful.mismatches[0]!, /^command line: /u);
  assert.match(forgetful.mismatches[1]!, /exit code 0$/u);
});

test("a scenario that no door can tell is an error and not left out", async () => {
  const scenario = scenarioOf("de", "a call on consent that nothing proves");
  const [event] = scenario.events!;
  const unheard = { ...scenario, events: [{ ...event!, by: "staff" as const }] };
  await assert.rejects(askAtEveryDoor(tell(unheard), PACKS), /no door takes opt-in/u);
  const late = { ...scenario, events: [{ ...event!, receivedAt: "2037-01-01T00:00:00Z" }] };
  await assert.rejects(askAtEveryDoor(tell(late), PACKS), /received after the question/u);
});

test("scenarios that would disturb each other get a Heed of their own", () => {
  const third = scenarioOf("bd", "a third promotion");
  const fourth = scenarioOf("bd", "a fourth promotion on a day");
  const elsewhere = scenarioOf("co", "a second text on a day");
  assert.equal(shareWorlds(tell(third, fourth), PACKS).length, 2);
  assert.equal(shareWorlds(tell(third, elsewhere), PACKS).length, 1);
  // Colombia's registry is loaded for the one, and was never loaded for the other.
  const { lists, sends, ...unlisted } = elsewhere;
  assert.deepEqual([lists?.length, sends?.length], [1, 1]);
  const other = { ...unlisted, to: "+573211234529" };
  assert.equal(shareWorlds(tell(elsewhere, other), PACKS).length, 2);
  assert.equal(shareWorlds(tell(elsewhere, { ...other, lists: lists! }), PACKS).length, 1);
});
