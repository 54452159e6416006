// The commands that tell Heed what the rules need to know beside choices: dealings, sends, suspensions.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, test } from "node:test";
import { serveHeed } from "../support/served-heed.ts";
import { temporaryFolder } from "../support/temp-folder.ts";
import { commandsBeside, linesOf } from "./run-heed.ts";

const FOLDER = temporaryFolder({ after });
const PERSON = "+12125550101";
const served = await serveHeed({ after });

const { heed, lines, json, inFolder } = commandsBeside(served.dataFolder, FOLDER);

test("each dealing is written down, with its evidence where it needs some", async () => {
  const evidence = ["--evidence", "kind=order", "number=A-4711"];
  const about = [PERSON, "--sender", "acme"];
  for (const kind of ["purchase", "inquiry"]) {
    const bare = await heed("record", kind, ...about);
    assert.equal(bare.code, 2);
    assert.match(bare.stderr, /--evidence/);
    assert.match((await lines(0, "record", kind, ...about, ...evidence))[0] ?? "", /^Recorded as/);
  }
  for (const kind of ["refusal", "opt-in-request"]) {
    await lines(0, "record", kind, ...about, "--channel", "voice", "--author", "kim");
  }
  type History = { events: { act: { kind: string; evidence?: object } }[] };
  const { events } = await json<History>(0, "history", PERSON);
  assert.deepEqual(
    events.map(({ act }) => act.kind),
    ["purchase", "inquiry", "refusal", "opt-in-request"],
  );
  assert.deepEqual(events[0]?.act.evidence, { kind: "order", number: "A-4711" });
});

test("a send is recorded once for each id", async () => {
  const send = [
    ...["sends", "record", "--to", PERSON, "--sender", "acme", "--channel", "voice"],
    ...["--class", "marketing", "--call-kind", "live", "--subject", "case 7", "--message-id", "C1"],
  ];
  const none = { known: 0, tooOld: 0, rejected: 0 };
  assert.deepEqual(await json(0, ...send), { ...none, recorded: 1 });
  assert.deepEqual(await lines(0, ...send), ["Sends: 0 recorded, 1 on record already."]);
  for (const wrong of [["--to", PERSON], ["a.csv", "--to", PERSON], []]) {
    const { code, stderr } = await heed("sends", "record", ...wrong);
    assert.equal(code, 2, wrong.join(" "));
    assert.match(stderr, /^heed: [^\n]*\n$/);
  }
});

test("a file of sends is recorded once, and rows that cannot be read are told with their line", async () => {
  const rows = Array.from({ length: 4100 }, (_, n) => {
    const number = `+1212555${String(1000 + n).padStart(4, "0")}`;
    return `${number},${new Date(Date.now() - n * 1000).toISOString()},sms,S${n}`;
  });
  const bad = ["+12125550177,2026-01-05,sms,B1", "12,,sms,B2", "+12125550178,,fax,B3"];
  const file = inFolder(
    "sent.csv",
    `Phone,Sent at,Channel,Message SID\n${[...rows, ...bad].join("\n")}\n`,
  );
  const record = ["sends", "record", file, "--sender", "acme", "--class", "marketing"];
  const first = await json(13, ...record, "--rejects", inFolder("rejects.csv"));
  assert.deepEqual(first, { recorded: 4100, known: 0, tooOld: 0, rejected: 3 });
  assert.deepEqual(await json(13, ...record), { recorded: 0, known: 4100, tooOld: 0, rejected: 3 });
  const rejects = linesOf(readFileSync(inFolder("rejects.csv"), "utf8"));
  assert.match(rejects[1] ?? "", /^4102,bad-time,.*Write the time too/);
  assert.match(rejects[3] ?? "", /^4104,unknown-channel/);
  const unsaid = await heed("sends", "record", file, "--sender", "acme");
  assert.equal(unsaid.code, 1);
  assert.match(unsaid.stderr, /does not say the class/);
  const nobody = await heed("sends", "record", file, "--sender", "nobody", "--class", "marketing");
  assert.match(nobody.stderr, /lines 2 to 2001 were not recorded.*no sender `nobody`/);
});

test("a file without ids that is recorded twice counts once", async () => {
  const file = inFolder("plain.csv", `${PERSON}\n${PERSON}\n+12125550102\n`);
  const more = ["--sender", "acme", "--channel", "sms", "--class", "marketing"];
  const record = ["sends", "record", file, ...more];
  assert.deepEqual(await lines(0, ...record), ["Sends: 3 recorded, 0 on record already."]);
  assert.deepEqual(await lines(0, ...record), ["Sends: 0 recorded, 3 on record already."]);
});

test("an area is suspended, listed and resumed, and what is over stays in the list", async () => {
  assert.deepEqual(await lines(0, "area", "list"), ["Nothing was ever suspended."]);
  const suspend = ["area", "suspend", "ny-snow", "--kind", "state-of-emergency"];
  const [said] = await lines(0, ...suspend, "--region", "us-ny", "--county", "Erie");
  assert.match(said ?? "", /^ny-snow: state-of-emergency in US-NY, Erie from .*; in force now\.$/);
  assert.match((await lines(0, "area", "list"))[1] ?? "", /^ny-snow .* - +yes$/);
  const [ended] = await lines(0, "area", "resume", "ny-snow");
  assert.match(ended ?? "", /; not in force now\.$/);
  const { suspensions } = await json<{ suspensions: { until: string | null }[] }>(
    0,
    ...["area", "list"],
  );
  assert.notEqual(suspensions[0]?.until, null);
  const wrong = await heed(...suspend.slice(0, -1), "state-of-emergency", "--region", "US-FX");
  assert.equal(wrong.code, 1);
  assert.match(wrong.stderr, /no area `US-FX`/);
});
