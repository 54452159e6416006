/** A pack that cannot be decided with is refused, with the file, the place and the reason. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { packJsonSchema } from "../../src/rules/pack.ts";
import { parsePack } from "../../src/rules/parse-pack.ts";
import { PUBLISHED_SCHEMA } from "./load-packs.ts";
import { hours, packOf, SOURCES } from "./some-rules.ts";

type Json = { [field: string]: Json } & Json[] & string;

const DISPUTED = { status: "disputed", notice: "Courts differ." } as const;

/** A pack of our own, so that no change of the law changes what is tested here. */
const PACK = packOf(
  [
    hours({ id: "calling-hours", holidays: { calendar: "public", windows: [] } }),
    hours({ id: "texting-hours", ...DISPUTED }),
  ],
  { public: { base: { country: "FR" }, add: [], remove: [] } },
  { id: "fr", binds: ["FR"], zone: "Europe/Paris" },
);

/** A copy of it with one change. */
function changed(change: (pack: Json) => void): unknown {
  const pack = structuredClone(PACK) as unknown as Json;
  change(pack);
  return pack;
}

function problemOf(json: unknown): string {
  try {
    parsePack(json, "rulepacks/xx/pack.json");
  } catch (error) {
    return (error as Error).message;
  }
  return "accepted";
}

test("the published schema is the one that packs are held against", () => {
  assert.deepEqual(PUBLISHED_SCHEMA, JSON.parse(JSON.stringify(packJsonSchema())));
});

test("the unchanged pack is accepted", () => {
  assert.equal(problemOf(changed(() => {})), "accepted");
});

test("what is wrong with a pack is said with its file and place", () => {
  const put = (value: unknown) => value as Json;
  const cases: readonly (readonly [RegExp, (pack: Json) => void])[] = [
    [
      /\/rules\/0: must have required properties sources/u,
      (p) => Reflect.deleteProperty(p.rules![0]!, "sources"),
    ],
    [
      /\/rules\/0\/sources: /u,
      (p) => {
        p.rules![0]!.sources = put([]);
      },
    ],
    [
      /\/rules\/0: has an unknown field `weekend`/u,
      (p) => {
        p.rules![0]!.weekend = put(true);
      },
    ],
    [
      /: has an unknown field `extra`/u,
      (p) => {
        p.extra = put(1);
      },
    ],
    [
      /\/rules\/0\/kind: must be one of `hours`.*not `hour`/u,
      (p) => {
        p.rules![0]!.kind = put("hour");
      },
    ],
    [
      /\/rules\/0\/week\/mon\/0: `13:00-10:00` ends before/u,
      (p) => {
        p.rules![0]!.week!.mon = put(["13:00-10:00"]);
      },
    ],
    [
      /\/rules\/0\/week\/mon\/1: .*overlaps/u,
      (p) => {
        p.rules![0]!.week!.mon = put(["10:00-13:00", "12:59-14:00"]);
      },
    ],
    [
      /\/rules\/0\/week\/mon\/0: /u,
      (p) => {
        p.rules![0]!.week!.mon = put(["25:00-26:00"]);
      },
    ],
    [
      /\/rules\/0\/week: must have required properties sun/u,
      (p) => Reflect.deleteProperty(p.rules![0]!.week!, "sun"),
    ],
    [
      /\/calendars\/public\/add\/0\/date: `02-30` names no day/u,
      (p) => {
        p.calendars!.public!.add = put([{ date: "02-30", name: "None", sources: SOURCES }]);
      },
    ],
    [
      /\/calendars\/public\/remove\/0\/date: `easter banana` names no day/u,
      (p) => {
        p.calendars!.public!.remove = put([{ date: "easter banana", name: "x", sources: SOURCES }]);
      },
    ],
    [
      /\/calendars\/public\/add\/0\/until: must be after `from`/u,
      (p) => {
        const dates = { date: "06-19", from: "2026-01-01", until: "2026-01-01" };
        p.calendars!.public!.add = put([{ ...dates, name: "x", sources: SOURCES }]);
      },
    ],
    [
      /\/rules\/0\/holidays\/windows\/0: `20:00-10:00` ends before it begins/u,
      (p) => {
        p.rules![0]!.holidays = put({ calendar: "public", windows: ["20:00-10:00"] });
      },
    ],
    [
      /no calendar `feasts`/u,
      (p) => {
        p.rules![0]!.holidays = put({ calendar: "feasts", windows: [] });
      },
    ],
    [
      /no holidays are known for `XX`/u,
      (p) => {
        p.calendars!.public!.base = put({ country: "XX" });
      },
    ],
    [
      /\/notice: is needed because the status is `disputed`/u,
      (p) => Reflect.deleteProperty(p.rules![1]!, "notice"),
    ],
    [
      /`2026-02-30` is not in the calendar/u,
      (p) => {
        p.rules![0]!.reviewed = put("2026-02-30");
      },
    ],
    [
      /must be after `effectiveFrom`/u,
      (p) => {
        p.rules![0]!.effectiveUntil = put("2020-01-01");
      },
    ],
    [
      /`calling-hours` is used twice/u,
      (p) => {
        p.rules![1]!.id = put("calling-hours");
      },
    ],
    [
      /no IANA time zone/u,
      (p) => {
        p.zone = put("Europe/Lutetia");
      },
    ],
    [
      /at least one country/u,
      (p) => {
        p.binds = put([]);
      },
    ],
    [
      /\/rules\/0\/appliesTo\/channels\/0: must be one of `sms`/u,
      (p) => {
        p.rules![0]!.appliesTo!.channels = put(["fax"]);
      },
    ],
  ];
  for (const [expected, change] of cases) {
    const problem = problemOf(changed(change));
    assert.match(problem, expected);
    assert.ok(problem.startsWith("rulepacks/xx/pack.json: "), problem);
  }
  for (const json of [null, 1, "us", [], {}]) assert.match(problemOf(json), /^rulepacks/u);
});
