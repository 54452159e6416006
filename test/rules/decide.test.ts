/** The decision: all reasons, the strictest answer, and nothing that turns a no into a yes. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import type { Mark } from "../../src/domain/fold.ts";
import type { Scope } from "../../src/domain/scope.ts";
import type { Verdict } from "../../src/domain/verdict.ts";
import type { AddressKey } from "../../src/domain/words.ts";
import { decide } from "../../src/rules/decide.ts";
import type { Facts, ListFinding } from "../../src/rules/facts.ts";
import type { RulePack } from "../../src/rules/pack.ts";
import { PACKS } from "./load-packs.ts";
import { arbitraryFacts, EVERYTHING, factsOf, PLAIN_LISTING } from "./some-facts.ts";
import { hours, packOf } from "./some-rules.ts";

function kindsOf(verdict: Verdict): string[] {
  return verdict.reasons.map((reason) => reason.kind);
}

const OPT_OUT: Mark = {
  kind: "opt-out",
  scopes: [{ ...EVERYTHING, sender: "acme" }],
  effectiveAt: 10,
  position: 40,
  lifts: false,
  hasEvidence: false,
  level: null,
  erased: false,
};

test("a verdict is the strictest of its reasons and names all of them", () => {
  const facts = factsOf({ at: "2026-06-10T23:00:00-04:00", level: "written" });
  const verdict = decide(
    {
      ...facts,
      standing: [OPT_OUT, { ...OPT_OUT, kind: "hold", position: 41 }],
      senderName: null,
      fresh: false,
      locked: true,
      lists: [
        {
          list: "own",
          kind: "do-not-contact",
          listed: true,
          asOf: 1,
          maxAgeDays: null,
          ...PLAIN_LISTING,
        },
      ],
    },
    PACKS,
  );
  assert.equal(verdict.answer, "deny");
  assert.equal(verdict.notBefore, null);
  const expected = [
    ...["locked", "opted-out", "on-hold", "listed", "no-consent"],
    ...["unknown-sender", "stale", "list-missing", "outside-hours"],
  ];
  assert.deepEqual(kindsOf(verdict), expected);
  assert.equal(verdict.reasons[1]!.entry, 40);
});

test("a clock that starts in 1970 allows nothing: before its first rule a pack cannot tell", () => {
  for (const to of ["+33612345678", "+12125550101", "+4915112345678"]) {
    for (const channel of ["sms", "voice"] as const) {
      const verdict = decide(factsOf({ to, channel, at: "1970-01-21T10:00:00Z" }), PACKS);
      assert.equal(verdict.answer, "unknown", `${to} ${channel}`);
    }
  }
  const called = { to: "+33612345678", channel: "voice", at: "2026-06-10T12:00:00+02:00" } as const;
  assert.ok(!kindsOf(decide(factsOf(called), PACKS)).includes("rule-failed"));
});

test("an opt-out says whether it is of one sender, of all, or of an erased person", () => {
  const facts = factsOf({ class: "transactional" });
  const one = decide({ ...facts, standing: [OPT_OUT] }, PACKS);
  const all = decide({ ...facts, standing: [{ ...OPT_OUT, scopes: [EVERYTHING] }] }, PACKS);
  const erased = decide(
    { ...facts, standing: [{ ...OPT_OUT, scopes: [EVERYTHING], erased: true }] },
    PACKS,
  );
  assert.deepEqual(
    [one, all, erased].map((verdict) => verdict.reasons[0]!.kind),
    ["opted-out", "do-not-contact", "erased"],
  );
});

test("an opt-out from sharing binds sharing, and hours do not", () => {
  const scope: Scope = { ...EVERYTHING, use: "share" };
  const facts = factsOf({ at: "2026-06-10T23:00:00-04:00" });
  const share = { ...facts, send: { ...facts.send, use: "share" as const } };
  assert.equal(decide(share, PACKS).answer, "allow");
  const optedOut = { ...share, standing: [{ ...OPT_OUT, scopes: [scope] }] };
  assert.deepEqual(kindsOf(decide(optedOut, PACKS))[0], "share-opted-out");
});

test("a disputed rule says so, and every rule names its text and version", () => {
  const verdict = decide(factsOf({ at: "2026-06-10T23:00:00-04:00", level: "written" }), PACKS);
  const closed = verdict.reasons.find((reason) => reason.kind === "outside-hours")!;
  assert.match(closed.notice ?? "", /disputed/u);
  assert.match(closed.rule ?? "", /^us\/texting-hours@2026\.\d+\.\d+$/u);
  assert.match(closed.citation ?? "", /64\.1200/u);
  assert.equal(
    closed.text,
    "It is 23:00 in New York; marketing texts may be sent from 08:00 to 21:00.",
  );
});

test("the wrong channel or kind of number is denied, whatever the class", () => {
  const kind = (to: string, channel: Facts["send"]["channel"]) =>
    kindsOf(decide(factsOf({ to, channel, class: "emergency" }), PACKS))[0];
  assert.equal(kind("bob@example.com", "voice"), "wrong-address");
  assert.equal(kind("+12125550101", "email"), "wrong-address");
  assert.equal(kind("+33123456789", "sms"), "wrong-number-type");
  assert.equal(kind("+33123456789", "voice"), "consent-not-needed");
});

test("locked, nobody is allowed anything, whatever is on record; the control is the same facts without", () => {
  const allowed = [
    factsOf({ level: "written" }),
    factsOf({ class: "transactional" }),
    factsOf({ class: "emergency" }),
    { ...factsOf(), send: { ...factsOf().send, use: "share" as const } },
  ];
  for (const facts of allowed) {
    assert.equal(decide(facts, PACKS).answer, "allow");
    const verdict = decide({ ...facts, locked: true }, PACKS);
    assert.equal(verdict.answer, "deny");
    assert.equal(verdict.reasons[0]!.kind, "locked");
    assert.match(verdict.reasons[0]!.text, /heed doctor/);
  }
});

test("a list that no pack names binds marketing, and a pack's list only through its rule", () => {
  const finding = (list: string, listed: boolean | null, asOf: number | null): ListFinding => ({
    ...PLAIN_LISTING,
    list,
    kind: "national",
    listed,
    asOf,
    maxAgeDays: 1,
  });
  const facts = factsOf({ to: "+33612345612", at: "2026-09-15T12:00:00+02:00", level: "express" });
  const at = facts.at;
  const ask = (lists: readonly ListFinding[], base = facts) =>
    kindsOf(decide({ ...base, lists }, PACKS))[0];
  assert.equal(ask([finding("mine", true, null)]), "listed");
  assert.equal(ask([finding("mine", null, null)]), "list-missing");
  assert.equal(ask([finding("mine", false, at - 90_000_000)]), "list-stale");
  assert.equal(ask([finding("mine", false, at)]), "consented");
  assert.equal(ask([finding("us-national-dnc", true, at)]), "consented");
  const receipt = { ...facts, send: { ...facts.send, class: "transactional" } };
  assert.equal(ask([finding("mine", true, at)], receipt), "consent-not-needed");
});

test("without a pack for the place, or with one that fails, the answer is unknown", () => {
  const facts = factsOf({ level: "written" });
  assert.deepEqual(kindsOf(decide(facts, []))[0], "rule-failed");
  const broken = structuredClone(PACKS.find((pack) => pack.id === "us")!) as RulePack;
  const withBadZone = broken.rules.map((rule) =>
    rule.kind === "hours" ? { ...rule, zone: "Nowhere/Land" } : rule,
  );
  const verdict = decide(facts, [{ ...broken, rules: withBadZone }]);
  assert.equal(verdict.answer, "unknown");
  assert.equal(verdict.reasons[0]!.kind, "rule-failed");
});

test("several countries: the packs of all of them bind", () => {
  const facts = factsOf({ at: "2026-09-16T08:30:00Z", level: "written" });
  const place = { ...facts.place, zones: ["Europe/London"] };
  const from = (time: string) => {
    const day = [`${time}-20:00`];
    const week = { mon: day, tue: day, wed: day, thu: day, fri: day, sat: day, sun: day };
    return [hours({ week })];
  };
  const packs = [
    packOf(from("08:00"), {}, { id: "fr", binds: ["FR"] }),
    packOf(from("09:00"), {}, { id: "gb", binds: ["GB"] }),
  ];
  const ask = (countries: readonly string[], at = facts.at) =>
    decide({ ...facts, at, place: { ...place, countries } }, packs);
  // 09:30 in London: open in each pack.
  assert.equal(ask(["FR", "GB"]).answer, "allow");
  const earlier = Date.parse("2026-09-16T07:30:00Z");
  const both = ask(["FR", "GB"], earlier);
  assert.equal(both.answer, "defer");
  assert.equal(both.notBefore, Date.parse("2026-09-16T08:00:00Z"));
  assert.equal(ask(["FR"], earlier).answer, "allow");
});

test("`notBefore` is open, and the second before it is not", () => {
  let deferred = 0;
  fc.assert(
    fc.property(arbitraryFacts, (facts) => {
      const verdict = decide(facts, PACKS);
      if (verdict.answer !== "defer") return;
      deferred += 1;
      const { notBefore } = verdict;
      assert.ok(notBefore !== null && notBefore > facts.at);
      const closed = ["outside-hours", "banned-day"];
      const isClosed = (at: number) =>
        decide({ ...facts, at }, PACKS).reasons.some((reason) => closed.includes(reason.kind));
      assert.ok(!isClosed(notBefore), "closed at notBefore");
      assert.ok(isClosed(notBefore - 1000), "open a second earlier");
    }),
    { numRuns: 1500 },
  );
  assert.ok(deferred > 100, `only ${deferred} of the cases were about waiting`);
});

test("verdicts do not depend on the machine's zone or language", () => {
  const script = fileURLToPath(new URL("./print-verdicts.ts", import.meta.url));
  const print = (TZ: string, LANG: string) => {
    const child = spawnSync(process.execPath, [script], {
      env: { ...process.env, TZ, LANG, LC_ALL: LANG },
      encoding: "utf8",
    });
    assert.equal(child.status, 0, child.stderr);
    return child.stdout;
  };
  const here = print("UTC", "C");
  assert.ok(here.length > 10_000);
  assert.equal(print("Pacific/Chatham", "tr_TR.UTF-8"), here);
  assert.equal(print("America/Los_Angeles", "ar_SA.UTF-8"), here);
});

test("an address nobody knows anything about is never allowed marketing calls", () => {
  const facts = factsOf({ to: "+999123456789", channel: "voice", level: "written" });
  assert.equal(
    decide({ ...facts, address: "+999123456789" as AddressKey }, PACKS).answer,
    "unknown",
  );
});
