/** What a message or a report covers: the stricter reading wins, and only own words narrow it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { actFromReport, actsFromMessage, type Circumstances } from "../../src/app/understand.ts";
import { canLift } from "../../src/domain/act.ts";
import { covers, type Scope, type Send } from "../../src/domain/scope.ts";
import type { AddressKey } from "../../src/domain/words.ts";
import type { InboundAct, InboundMessage } from "../../src/inbound/inbound.ts";
import type { Intent, Recognition, SpokenScope } from "../../src/recognize/recognition.ts";

const NOW = Date.parse("2026-11-18T17:00:00Z");

const CIRCUMSTANCES: Circumstances = {
  address: "+12125550101" as AddressKey,
  sender: { id: "acme", stopCovers: "standard" },
  source: { id: "shop", adapter: "standard-webhook" },
  receivedAt: NOW,
  provesPerson: true,
  earlierLevel: null,
};

function message(more: Partial<InboundMessage> = {}): InboundMessage {
  return {
    kind: "message",
    messageId: "m1",
    channel: "sms",
    from: "+12125550101",
    to: "+12125550199",
    text: "…",
    sentAt: NOW - 1000,
    providerIntent: null,
    confirmedByProvider: false,
    ...more,
  };
}

function reading(
  intent: Intent,
  scope: SpokenScope | null = null,
  named: Recognition["named"] = [],
): Recognition {
  return { intent, scope, named, rules: [], spans: [], language: "en", lexicon: "x", steps: [] };
}

function report(more: Partial<InboundAct> = {}): InboundAct {
  return {
    kind: "opt-out",
    messageId: "r1",
    address: "+12125550101",
    by: "person",
    scopes: null,
    channel: "sms",
    claimedAt: null,
    evidence: { kind: "form" },
    confirmedByProvider: false,
    ...more,
  };
}

const scope = (more: Partial<Scope> = {}): Scope => ({
  sender: "acme",
  channel: "all",
  program: "all",
  class: "all",
  use: "contact",
  ...more,
});

const MARKETING = scope({ class: "marketing" });
const PLAIN_STOP = [scope({ channel: "sms" }), MARKETING];

test("a plain STOP covers that channel and marketing on every channel, and nothing of others", () => {
  const [act] = actsFromMessage(message(), reading("opt-out"), CIRCUMSTANCES);
  assert.deepEqual(act?.scopes, PLAIN_STOP);
  const send = (more: Partial<Send>): Send => ({
    sender: "acme",
    channel: "sms",
    program: null,
    class: "marketing",
    use: "contact",
    ...more,
  });
  const isCovered = (more: Partial<Send>) => act?.scopes.some((one) => covers(one, send(more)));
  assert.equal(isCovered({}), true);
  assert.equal(isCovered({ class: "transactional" }), true);
  assert.equal(isCovered({ program: "deals" }), true);
  assert.equal(isCovered({ channel: "voice" }), true);
  assert.equal(isCovered({ channel: "email", class: "marketing" }), true);
  assert.equal(isCovered({ channel: "voice", class: "transactional" }), false);
  assert.equal(isCovered({ sender: "globex" }), false);
  assert.equal(isCovered({ use: "share" }), false);
});

const INTENTS: readonly {
  own: Intent;
  provider: InboundMessage["providerIntent"];
  kind: string | null;
}[] = [
  { own: "opt-out", provider: null, kind: "opt-out" },
  { own: "opt-out", provider: "opt-in", kind: "opt-out" },
  { own: "opt-out", provider: "help", kind: "opt-out" },
  { own: "opt-in", provider: "opt-out", kind: "opt-out" },
  { own: "help", provider: "opt-out", kind: "opt-out" },
  { own: "other", provider: "opt-out", kind: "opt-out" },
  { own: "unclear", provider: "opt-out", kind: "opt-out" },
  { own: "unclear", provider: null, kind: "hold" },
  { own: "unclear", provider: "opt-in", kind: "hold" },
  { own: "unclear", provider: "help", kind: "hold" },
  { own: "help", provider: null, kind: "help" },
  { own: "help", provider: "opt-in", kind: "help" },
  { own: "opt-in", provider: "help", kind: "help" },
  { own: "other", provider: "help", kind: "help" },
  { own: "opt-in", provider: null, kind: "opt-in" },
  { own: "other", provider: "opt-in", kind: "opt-in" },
  { own: "other", provider: null, kind: null },
];

for (const { own, provider, kind } of INTENTS) {
  test(`read as ${own} by Heed and ${provider} by the provider, the stricter wins: ${kind}`, () => {
    const acts = actsFromMessage(
      message({ providerIntent: provider }),
      reading(own),
      CIRCUMSTANCES,
    );
    assert.deepEqual(
      acts.map((act) => act.kind),
      kind === null ? [] : [kind],
    );
  });
}

test("the person's own words narrow an opt-out to what they name", () => {
  const narrowed = (spoken: SpokenScope) =>
    actsFromMessage(message(), reading("opt-out", spoken), CIRCUMSTANCES)[0]?.scopes;
  assert.deepEqual(narrowed({ channel: null, class: "marketing" }), [MARKETING]);
  assert.deepEqual(narrowed({ channel: "voice", class: null }), [scope({ channel: "voice" })]);
  assert.deepEqual(narrowed({ channel: null, class: null }), [scope()]);
});

test("the channels that a request names stop too, beside the plain STOP of the one it came on", () => {
  const stopped = (
    named: Recognition["named"],
    provider: InboundMessage["providerIntent"] = null,
  ) =>
    actsFromMessage(
      message({ providerIntent: provider }),
      reading("opt-out", null, named),
      CIRCUMSTANCES,
    )[0]?.scopes;
  assert.deepEqual(stopped([]), PLAIN_STOP);
  assert.deepEqual(stopped(["sms"]), PLAIN_STOP);
  assert.deepEqual(stopped(["voice"]), [...PLAIN_STOP, scope({ channel: "voice" })]);
  assert.deepEqual(stopped(["voice"], "opt-out"), stopped(["voice"]));
  assert.deepEqual(stopped(["sms", "email"]), [...PLAIN_STOP, scope({ channel: "email" })]);
  assert.deepEqual(stopped("all"), [scope()]);
});

test("a channel that is named with another intent, or beside a narrower request, widens nothing", () => {
  const provided = message({ providerIntent: "opt-out" });
  const [act] = actsFromMessage(provided, reading("other", null, "all"), CIRCUMSTANCES);
  assert.deepEqual(act?.scopes, PLAIN_STOP);
  const narrowed = reading("opt-out", { channel: "voice", class: null });
  assert.deepEqual(actsFromMessage(message(), narrowed, CIRCUMSTANCES)[0]?.scopes, [
    scope({ channel: "voice" }),
  ]);
});

test("what is named adds nothing to a sender's wider setting, and never makes it less", () => {
  for (const [stopCovers, wide] of [
    ["every-channel", scope()],
    ["every-sender", scope({ sender: "all" })],
  ] as const) {
    for (const named of [["voice"], "all"] as const) {
      const circumstances = { ...CIRCUMSTANCES, sender: { id: "acme", stopCovers } };
      const [act] = actsFromMessage(message(), reading("opt-out", null, named), circumstances);
      assert.deepEqual(act?.scopes, [wide]);
    }
  }
});

test("a provider that read a plain STOP is not narrowed by what Heed reads into the words", () => {
  const spoken = reading("opt-out", { channel: null, class: "marketing" });
  const [act] = actsFromMessage(message({ providerIntent: "opt-out" }), spoken, CIRCUMSTANCES);
  assert.deepEqual(act?.scopes, PLAIN_STOP);
});

test("a scope that was read with another intent narrows nothing", () => {
  const spoken = reading("other", { channel: "voice", class: "marketing" });
  const [act] = actsFromMessage(message({ providerIntent: "opt-out" }), spoken, CIRCUMSTANCES);
  assert.deepEqual(act?.scopes, PLAIN_STOP);
});

test("a sender's setting widens a plain STOP, a report of one and a partial request", () => {
  const everyChannel = { ...CIRCUMSTANCES, sender: { id: "acme", stopCovers: "every-channel" } };
  const everySender = { ...CIRCUMSTANCES, sender: { id: "acme", stopCovers: "every-sender" } };
  const stopBy = (circumstances: typeof everyChannel, spoken: SpokenScope | null = null) =>
    actsFromMessage(message(), reading("opt-out", spoken), circumstances as Circumstances)[0]
      ?.scopes;
  assert.deepEqual(stopBy(everyChannel), [scope()]);
  assert.deepEqual(stopBy(everySender), [scope({ sender: "all" })]);
  assert.deepEqual(stopBy(everySender, { channel: null, class: "marketing" }), [
    scope({ sender: "all", class: "marketing" }),
  ]);
  for (const channel of ["sms", null] as const) {
    const told = actFromReport(report({ channel }), everySender as Circumstances);
    assert.deepEqual(told.scopes, [scope({ sender: "all" })]);
  }
  assert.deepEqual(actFromReport(report({ channel: null }), CIRCUMSTANCES).scopes, [scope()]);
});

test("an unclear message holds the sender's marketing everywhere and is no opt-out", () => {
  const [act] = actsFromMessage(message(), reading("unclear"), CIRCUMSTANCES);
  assert.equal(act?.kind, "hold");
  assert.deepEqual(act?.scopes, [MARKETING]);
});

test("START covers that sender on that channel and no more, and can lift", () => {
  const [act] = actsFromMessage(message(), reading("opt-in"), CIRCUMSTANCES);
  assert.deepEqual(act?.scopes, [scope({ channel: "sms" })]);
  assert.ok(act !== undefined && canLift(act));
});

test("START resumes the level that a STOP revoked, and is express consent from anybody else", () => {
  for (const [earlierLevel, resumed] of [
    ["written", "written"],
    ["express", "express"],
    ["soft", "express"],
    [null, "express"],
  ] as const) {
    const [act] = actsFromMessage(message(), reading("opt-in"), { ...CIRCUMSTANCES, earlierLevel });
    assert.equal(act?.level, resumed);
  }
});

test("START through a source that does not prove the person cannot lift; STOP still counts", () => {
  const unproven = { ...CIRCUMSTANCES, provesPerson: false };
  const [start] = actsFromMessage(message(), reading("opt-in"), unproven);
  assert.equal(start?.by, "provider");
  assert.ok(start !== undefined && !canLift(start));
  const [stop] = actsFromMessage(message(), reading("opt-out"), unproven);
  assert.equal(stop?.by, "person");
  assert.ok(!canLift(actFromReport(report({ kind: "opt-in" }), unproven)));
  assert.ok(canLift(actFromReport(report({ kind: "opt-in" }), CIRCUMSTANCES)));
});

for (const by of ["staff", "import", "provider"] as const) {
  test(`an opt-in that ${by} reports cannot lift, whatever the source proves`, () => {
    assert.ok(!canLift(actFromReport(report({ kind: "opt-in", by }), CIRCUMSTANCES)));
  });
}

test("a source can neither lift nor consent for another sender, and can still deny for it", () => {
  for (const sender of ["globex", "all"]) {
    const scopes = [scope({ channel: "sms" }), scope({ sender, channel: "sms" })];
    const optIn = actFromReport(report({ kind: "opt-in", scopes, channel: null }), CIRCUMSTANCES);
    assert.ok(!canLift(optIn));
    assert.deepEqual(optIn.scopes, [scopes[0]]);
    const optOut = actFromReport(report({ scopes, channel: null }), CIRCUMSTANCES);
    assert.equal(optOut.by, "person");
    assert.deepEqual(optOut.scopes, scopes);
  }
});

test("a message keeps what an answer and a dispute need", () => {
  const [act] = actsFromMessage(
    message({ text: "Stop.", language: "es", confirmedByProvider: true }),
    reading("opt-out"),
    CIRCUMSTANCES,
  );
  assert.equal(act?.text, "Stop.");
  assert.equal(act?.language, "es");
  assert.equal(act?.replyFrom, "+12125550199");
  assert.equal(act?.replyChannel, "sms");
  assert.equal(act?.confirmedByProvider, true);
  assert.equal(act?.claimedAt, NOW - 1000);
  assert.equal(act?.receivedAt, NOW);
  assert.equal(act?.evidence?.messageId, "m1");
});

test("a bare STOP does not make an English speaker of anybody; other words tell their language", () => {
  const languageOf = (rule: string, language: string, said: Partial<InboundMessage> = {}) => {
    const read = { ...reading("opt-out"), rules: [rule], language };
    return actsFromMessage(message(said), read, CIRCUMSTANCES)[0]?.language;
  };
  assert.equal(languageOf("floor.stop", "en"), undefined);
  assert.equal(languageOf("en.keyword.help", "en"), undefined);
  assert.equal(languageOf("es.keyword.stop", "es"), "es");
  assert.equal(languageOf("en.phrase.stop-messages", "en"), "en");
  assert.equal(languageOf("floor.stop", "en", { language: "pt" }), "pt");
});
