// `heed obligations`, the history's lines, the doctor and the metric: what is not done, and since when it should be.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { serveHeed } from "../support/served-heed.ts";
import { temporaryFolder } from "../support/temp-folder.ts";
import { linesOf, runHeed } from "./run-heed.ts";

const FOLDER = temporaryFolder({ after });
const NEW_YORK = "+12125550101";
/** Where an opt-out is due at once. */
const DHAKA = "+8801712345678";
const served = await serveHeed({ after });

async function lines(code: number, ...args: string[]): Promise<string[]> {
  const ran = await runHeed(served.dataFolder, args, { cwd: FOLDER });
  assert.deepEqual({ code: ran.code, stderr: ran.stderr }, { code, stderr: "" }, args.join(" "));
  return linesOf(ran.stdout);
}

async function overdueMetric(): Promise<string | undefined> {
  const answer = await fetch(`${served.url}/metrics`, {
    headers: { authorization: `Bearer ${served.key}` },
  });
  return /^heed_obligations_overdue (.*)$/mu.exec(await answer.text())?.[1];
}

test("without a destination every opt-out is done, and the history says how long it took", async () => {
  assert.deepEqual(await lines(0, "obligations", NEW_YORK), ["There is no opt-out."]);
  await lines(0, "record", "opt-out", NEW_YORK, "--sender", "acme", "--author", "kim");
  const [all] = await lines(0, "obligations");
  assert.equal(all, "Every opt-out is done here and in every destination.");
  const history = await lines(0, "history", NEW_YORK);
  const due = /^ +United States, federal: due by \d{4}-\d\d-\d\d, done here after \d+ m?s$/u;
  assert.ok(
    history.some((line) => due.test(line)),
    history.join("\n"),
  );
  assert.deepEqual(await lines(0, "obligations", "--overdue"), ["Nothing is overdue."]);
});

test("what a destination has not taken is open, overdue when its time is over, and gone with it", async () => {
  const config =
    '{"url":"http://127.0.0.1:9/heed","secrets":["whsec_BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH"]}';
  await lines(0, "destination", "add", "crm", "--config", config);
  const [open, ...told] = await lines(0, "obligations");
  assert.match(open!, /^open {5}\d{4}-.* entry 1 {2}opt-out$/u);
  assert.ok(
    told.some((line) => line.endsWith(", waiting for crm")),
    told.join("\n"),
  );
  const asked = new Date(Date.now() - 3_600_000).toISOString();
  const more = ["--sender", "acme", "--author", "kim", "--at", asked];
  await lines(0, "record", "opt-out", DHAKA, ...more);
  const overdue = await lines(1, "obligations", "--overdue");
  assert.match(overdue[0]!, /^OVERDUE {2}.* entry 2 {2}opt-out$/u);
  assert.match(
    overdue[1]!,
    /^ +Bangladesh: due at once, done here after 1 h, waiting for crm \(OVERDUE\)$/u,
  );
  assert.equal((await lines(1, "obligations")).filter((line) => /^\S/u.test(line)).length, 2);
  assert.equal((await lines(1, "obligations", DHAKA)).length, 2);
  assert.equal((await lines(0, "obligations", NEW_YORK))[0]?.startsWith("open"), true);
  const [json] = await lines(1, "obligations", "--overdue", "--json");
  const one = JSON.parse(json!);
  assert.deepEqual(
    [one.position, one.state, one.due[0].words, one.due[0].state, one.downstream],
    [
      2,
      "overdue",
      "at once",
      "overdue",
      [{ destination: "crm", state: "waiting", arrivedAt: null, tookMs: null }],
    ],
  );
  assert.equal(await overdueMetric(), "1");
  const doctor = await lines(1, "doctor");
  assert.ok(
    doctor.some(
      (line) => line === "PROBLEM  opt-outs that a destination should have had by now: 1",
    ),
  );
  await lines(0, "destination", "remove", "crm");
  assert.deepEqual(await lines(0, "obligations", "--overdue"), ["Nothing is overdue."]);
  assert.equal((await lines(0, "obligations", "--all"))[0]?.startsWith("met"), true);
});

test("wrong usage is told", async () => {
  const ran = await runHeed(served.dataFolder, ["obligations", "--all", "--overdue"], {
    cwd: FOLDER,
  });
  assert.equal(ran.code, 2);
  const bad = await runHeed(served.dataFolder, ["obligations", "nobody"], { cwd: FOLDER });
  assert.equal(bad.code, 1);
});
