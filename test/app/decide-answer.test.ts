/** Whether and how people are answered: exactly one confirmation, in their language, in time. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { CONFIRM_WITHIN_MS, decideAnswer } from "../../src/app/decide-answer.ts";
import type { Act } from "../../src/domain/act.ts";
import type { Entry } from "../../src/domain/entry.ts";
import { plainStartScopes, plainStopScopes, type Scope } from "../../src/domain/scope.ts";
import type { AddressKey } from "../../src/domain/words.ts";
import { loadTexts } from "../../src/runtime/reviewed-files.ts";
import { ACME } from "./support.ts";

const texts = await loadTexts();
const NOW = Date.parse("2026-11-18T17:00:00Z");

/** A ledger about one person, written from left to right, a minute apart. */
function ledger(...acts: readonly Partial<Act>[]): Entry[] {
  return acts.map((more, at) => {
    const time = NOW + at * 60_000;
    const act: Act = {
      kind: "opt-out",
      address: "+12125550101" as AddressKey,
      scopes: plainStopScopes("acme", "sms"),
      by: "person",
      via: "sms",
      source: "shop",
      claimedAt: time,
      receivedAt: time,
      messageId: `m${at}`,
      replyFrom: "+12125550199",
      replyChannel: "sms",
      ...more,
    };
    return { position: at + 1, recordedAt: time, leafHash: "", token: "t", act };
  });
}

const STOP: Partial<Act> = {};
const START: Partial<Act> = {
  kind: "opt-in",
  scopes: plainStartScopes("acme", "sms"),
  evidence: { kind: "message" },
};
const PARTIAL: Partial<Act> = {
  scopes: [{ sender: "acme", channel: "all", program: "all", class: "marketing", use: "contact" }],
};
const confirmed = (refersTo: number): Partial<Act> => ({
  kind: "confirmation",
  by: "system",
  refersTo,
});

function decide(history: Entry[], position = history.length, sender = ACME, after = 1000) {
  const entry = history[position - 1] as Entry;
  const now = (entry.act?.receivedAt ?? NOW) + after;
  return decideAnswer({ entry, history, sender, texts, now });
}

const CASES: readonly { name: string; history: Entry[]; at?: number; sends: boolean }[] = [
  { name: "the first STOP is confirmed", history: ledger(STOP), sends: true },
  {
    name: "a second STOP is not",
    history: ledger(STOP, confirmed(1), STOP),
    sends: false,
  },
  {
    name: "a whole STOP after a confirmed partial one is",
    history: ledger(PARTIAL, confirmed(1), STOP),
    sends: true,
  },
  {
    name: "the same partial request again is not",
    history: ledger(PARTIAL, confirmed(1), PARTIAL),
    sends: false,
  },
  {
    name: "a partial request after a confirmed STOP is not: nothing may be sent there any more",
    history: ledger(STOP, confirmed(1), PARTIAL),
    sends: false,
  },
  {
    name: "two STOPs in one breath: the second is not, though it is older than the confirmation",
    history: ledger(STOP, STOP, confirmed(1)),
    at: 2,
    sends: false,
  },
  {
    name: "a STOP after the person came back is",
    history: ledger(STOP, confirmed(1), START, STOP),
    sends: true,
  },
  {
    name: "two STOPs in one breath after a return: the first is, the second is not",
    history: ledger(STOP, confirmed(1), START, STOP, STOP, confirmed(4)),
    at: 5,
    sends: false,
  },
  {
    name: "an opt-in by staff in between is no return",
    history: ledger(STOP, confirmed(1), { ...START, by: "staff" }, STOP),
    sends: false,
  },
  {
    name: "an opt-in without evidence is no return",
    history: ledger(STOP, confirmed(1), { ...START, evidence: undefined } as never, STOP),
    sends: false,
  },
  {
    name: "an opt-in that is dated before the opt-out is no return",
    history: ledger(STOP, confirmed(1), { ...START, claimedAt: NOW - 1 }, STOP),
    sends: false,
  },
  {
    name: "a return to another sender is no return to this one",
    history: ledger(
      STOP,
      confirmed(1),
      { ...START, scopes: plainStartScopes("globex", "sms") },
      STOP,
    ),
    sends: false,
  },
  {
    name: "a confirmation of another sender's opt-out is not this one's",
    history: ledger(
      { scopes: plainStopScopes("globex", "sms") },
      { ...confirmed(1), scopes: plainStopScopes("globex", "sms") },
      STOP,
    ),
    sends: true,
  },
  {
    name: "a STOP that covers every sender is confirmed again after a return",
    history: ledger(
      { scopes: plainStopScopes("all", "all") },
      { ...confirmed(1), scopes: plainStopScopes("all", "all") },
      START,
      { scopes: plainStopScopes("all", "all") },
    ),
    sends: true,
  },
  {
    name: "what the provider confirmed is not confirmed by Heed",
    history: ledger({ confirmedByProvider: true }),
    sends: false,
  },
  {
    name: "nor is a second STOP after the provider confirmed the first",
    history: ledger({ confirmedByProvider: true }, STOP),
    sends: false,
  },
  {
    name: "an opt-out that came over no channel to answer on is not confirmed",
    history: ledger({ replyFrom: undefined, replyChannel: undefined } as never),
    sends: false,
  },
  { name: "a START is not answered", history: ledger(START), sends: false },
  { name: "an unclear message is not answered", history: ledger({ kind: "hold" }), sends: false },
  {
    name: "a HELP is answered, also after an opt-out that was confirmed",
    history: ledger(STOP, confirmed(1), { kind: "help", scopes: [] }),
    sends: true,
  },
  {
    name: "a HELP that the provider answered is not",
    history: ledger({ kind: "help", scopes: [], confirmedByProvider: true }),
    sends: false,
  },
];

for (const { name, history, at, sends } of CASES) {
  test(name, () => assert.equal(decide(history, at).send, sends));
}

test("an answer goes out within five minutes or not at all", () => {
  for (const kind of ["opt-out", "help"] as const) {
    const history = ledger({ kind });
    assert.equal(decide(history, 1, ACME, CONFIRM_WITHIN_MS).send, true);
    assert.equal(decide(history, 1, ACME, CONFIRM_WITHIN_MS + 1).send, false);
  }
});

test("an erased record is not answered", () => {
  const [entry] = ledger(STOP) as [Entry];
  assert.equal(decide([{ ...entry, act: null }]).send, false);
});

test("where the sender leaves confirmations to the provider, HELP is still answered", () => {
  const quiet = { ...ACME, confirm: false };
  assert.equal(decide(ledger(STOP), 1, quiet).send, false);
  assert.equal(decide(ledger({ kind: "help" }), 1, quiet).send, true);
});

test("the confirmation is in the person's language, else in the sender's, else in English", () => {
  const textOf = (language: string | undefined, senderLanguage: string) => {
    const more = language === undefined ? {} : { language };
    const decision = decide(ledger(more), 1, { ...ACME, language: senderLanguage });
    assert.ok(decision.send);
    return decision.text;
  };
  const templates = new Map(texts.map((one) => [one.language, one.confirmation.sms]));
  const filled = (language: string) =>
    templates.get(language)?.replaceAll("{sender}", "Acme Shoes");
  assert.equal(textOf("es", "fr"), filled("es"));
  assert.equal(textOf("es-MX", "fr"), filled("es"));
  assert.equal(textOf(undefined, "fr"), filled("fr"));
  assert.equal(textOf("xx", "fr"), filled("fr"));
  assert.equal(textOf("xx", "yy"), filled("en"));
});

test("a sender's name is put in as it is, whatever it looks like", () => {
  const decision = decide(ledger(STOP), 1, { ...ACME, name: "A$& {sender} $1" });
  assert.ok(decision.send);
  assert.ok(decision.text.includes("A$& {sender} $1"));
});

test("who wrote by e-mail is answered in the words for e-mail, which speak of no keyword", () => {
  const decision = decide(
    ledger({
      scopes: plainStopScopes("acme", "email"),
      replyChannel: "email",
      replyFrom: "shop@acme.example",
    }),
  );
  assert.ok(decision.send);
  assert.ok(!decision.text.includes("START"));
});

test("who opted out of a part is not told that no more messages come", () => {
  const english = texts.find(({ language }) => language === "en")!.confirmation;
  const said = (scopes: Act["scopes"], replyChannel: "sms" | "email" = "sms") => {
    const decision = decide(ledger({ scopes, replyChannel }));
    assert.ok(decision.send);
    return decision.text;
  };
  const filled = (template: string) => template.replaceAll("{sender}", "Acme Shoes");
  const [everythingBySms, marketing] = plainStopScopes("acme", "sms") as [Scope, Scope];
  for (const part of [
    marketing,
    { ...everythingBySms, channel: "voice" as const },
    { ...everythingBySms, program: "deals" },
  ]) {
    assert.equal(said([part]), filled(english.partialSms));
    assert.equal(said([part], "email"), filled(english.partialEmailText));
  }
  for (const whole of [
    plainStopScopes("acme", "sms"),
    plainStopScopes("acme", "all"),
    plainStopScopes("all", "all"),
    [...plainStopScopes("acme", "sms"), { ...everythingBySms, channel: "voice" as const }],
  ]) {
    assert.equal(said(whole), filled(english.sms));
  }
  assert.equal(said(plainStopScopes("acme", "email"), "email"), filled(english.emailText));
  assert.equal(said(plainStopScopes("acme", "sms"), "email"), filled(english.partialEmailText));
});

test("help is answered, and no more than three times within the hour", () => {
  const HELP: Partial<Act> = { kind: "help", scopes: [] };
  const ANSWER: Partial<Act> = { kind: "help-answer", by: "system" };
  const asked = ledger(HELP, ANSWER, HELP, ANSWER, HELP);
  assert.ok(decide(asked).send);
  const often = ledger(HELP, ANSWER, HELP, ANSWER, HELP, ANSWER, HELP);
  assert.ok(!decide(often).send);
});
