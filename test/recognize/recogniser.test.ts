/** What the recogniser promises whatever the lexicons say, and what it does around them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { CTIA_WORDS, FCC_WORDS } from "../../src/recognize/floor.ts";
import { compileRecogniser, MAX_TEXT_LENGTH } from "../../src/recognize/recogniser.ts";
import { lexicons, recogniser } from "./lexicons.ts";

const intentOf = (text: string) => recogniser.recognize(text).intent;
const scopeOf = (text: string) => recogniser.recognize(text).scope;

test("the words of 47 CFR 64.1200(a)(10) alone are an opt-out in any case and punctuation", () => {
  for (const word of [...FCC_WORDS, ...CTIA_WORDS]) {
    for (const text of [word, word.toUpperCase(), `${word}.`, ` ${word} !!`, `"${word}"`]) {
      assert.equal(intentOf(text), "opt-out", text);
      assert.equal(recogniser.recognize(text).scope, null, text);
    }
  }
});

test("no lexicon can take a legal word away, not even by calling it courtesy, a start or blocked", () => {
  const english = lexicons.find(({ language }) => language === "en")!;
  const words = [...FCC_WORDS, ...CTIA_WORDS];
  const hostile = {
    ...english,
    courtesy: words,
    keywords: [{ ...english.keywords[0]!, intent: "opt-in" as const, patterns: words }],
    blockers: [{ ...english.blockers[0]!, patterns: words }],
  };
  for (const lexiconsInUse of [[], [hostile]]) {
    const weakened = compileRecogniser(lexiconsInUse);
    for (const word of words) assert.equal(weakened.recognize(word).intent, "opt-out", word);
  }
});

test("control: without the floor the same hostile lexicon would turn other words around", () => {
  const english = lexicons.find(({ language }) => language === "en")!;
  const hostile = {
    ...english,
    keywords: [{ ...english.keywords[0]!, intent: "opt-in" as const, patterns: ["halt"] }],
  };
  assert.equal(compileRecogniser([hostile]).recognize("halt").intent, "opt-in");
});

test("the stop signs alone are an opt-out, and among other signs are not", () => {
  for (const text of ["🛑", "⛔", "🚫🚫", "✋ "]) assert.equal(intentOf(text), "opt-out", text);
  for (const text of ["👍", "🛑❤️", ""]) assert.equal(intentOf(text), "other", text);
});

test("a disguised STOP is still a STOP", () => {
  const disguises = [
    "S T O P",
    "S.T.O.P",
    "S-T-O-P",
    "ＳＴＯＰ",
    "st0p",
    "$top",
    "STOOOOP",
    "sotp",
  ];
  for (const text of [...disguises, "s\u200btop", "𝐒𝐓𝐎𝐏", "ЅТОР", "stop\u0301"]) {
    assert.equal(intentOf(text), "opt-out", text);
  }
});

test("a bare yes is never an opt-in", () => {
  for (const text of ["yes", "Y", "sí", "oui", "sim", "হ্যাঁ", "ok", "1"]) {
    assert.notEqual(intentOf(text), "opt-in", text);
  }
});

test("the words of the person narrow an opt-out, and nothing else does", () => {
  assert.deepEqual(scopeOf("stop the offers but keep my delivery texts"), {
    channel: null,
    class: "marketing",
  });
  assert.deepEqual(scopeOf("don't call me, text is fine"), { channel: "voice", class: null });
  assert.deepEqual(scopeOf("STOP ads"), { channel: null, class: "marketing" });
  for (const wide of [
    "stop",
    "stop texting me",
    "stop calling me",
    "stop all ads and everything",
  ]) {
    assert.equal(intentOf(wide), "opt-out", wide);
    assert.equal(scopeOf(wide), null, wide);
  }
});

const namedOf = (text: string) => {
  const { intent, named } = recogniser.recognize(text, { channel: "sms" });
  assert.equal(intent, "opt-out", text);
  return named === "all" ? named : [...named].sort();
};

test("an opt-out hands over the channels that its own words name", () => {
  for (const [text, named] of [
    ["STOP calls", ["voice"]],
    ["stop calling me", ["voice"]],
    ["do not call", ["voice"]],
    ["stop all texts and calls", ["sms", "voice"]],
    ["stop texting and calling me", ["sms", "voice"]],
    ["stop texting me and calling me", ["sms", "voice"]],
    ["stop texts, calls, and emails", ["email", "sms", "voice"]],
    ["unsubscribe me from sms and email", ["email", "sms"]],
    ["no quiero más llamadas ni correos", ["email", "voice"]],
    ["no me llamen más", ["voice"]],
    ["ne m'appelez plus", ["voice"]],
    ["arrêtez les sms et les appels", ["sms", "voice"]],
    ["não me liguem mais", ["voice"]],
    ["parem com as mensagens e ligações", ["sms", "voice"]],
    ["আমাকে কল করবেন না", ["voice"]],
  ] as const) {
    assert.deepEqual(namedOf(text), named, text);
  }
});

test("words that mean every way of reaching them name every channel", () => {
  for (const text of [
    "never contact me again",
    "never contact me in any way again",
    "STOP ALL",
    "stop everything",
    "unsubscribe me from everything",
    "no me contacten nunca más",
    "ne me contactez plus jamais",
    "não me contatem nunca mais",
    "আর কখনো যোগাযোগ করবেন না",
  ]) {
    assert.equal(namedOf(text), "all", text);
  }
});

test("a channel that is welcome, or stands outside the request, is not named", () => {
  for (const [text, named] of [
    ["stop", []],
    ["stop sending me any messages", []],
    ["don't call me, text is fine", []],
    ["stop the offers but keep my delivery texts", []],
    ["only email me", []],
    ["stop all texts and calls, email is ok", ["sms", "voice"]],
    ["stop texting me, call me", ["sms"]],
    ["call me don't text me", ["sms"]],
    ["stop texting me. My email is ann@example.com", ["sms"]],
  ] as const) {
    assert.deepEqual(namedOf(text), named, text);
  }
});

test("the rules that name a channel are on record, and another intent names none", () => {
  const { rules, spans } = recogniser.recognize("STOP calls");
  assert.ok(rules.includes("en.scope.voice"), rules.join(", "));
  assert.equal(rules.length, spans.length);
  for (const text of ["call me", "START", "HELP", "the calls stop here"]) {
    assert.deepEqual(recogniser.recognize(text).named, [], text);
  }
});

test("naming the one welcome channel stops the one that was used", () => {
  const bySms = recogniser.recognize("only email me", { channel: "sms" });
  assert.deepEqual(bySms.scope, { channel: "sms", class: null });
  assert.equal(recogniser.recognize("only email me").scope, null);
});

test("spans are places in the text as it came in", () => {
  const text = "👋 Bonjour, ne m’envoyez plus de messages !";
  const { rules, spans } = recogniser.recognize(text);
  assert.equal(rules[0], "fr.phrase.do-not-contact");
  assert.match(text.slice(spans[0]!.start, spans[0]!.end), /^ne m’envoyez plus/u);
  const quoted = "> Reply STOP\nplease stop texting me";
  const [span] = recogniser.recognize(quoted).spans;
  assert.equal(quoted.slice(span!.start, span!.end), "stop texting me");
});

test("what the person did not write decides nothing", () => {
  const notTheirs = [
    "> STOP",
    "Liked “Reply STOP to opt out”",
    "A aimé « STOP au 36180 »",
    "👍 to “Reply STOP to end”",
    "Thanks!\n\nOn Mon, 3 Feb 2025, Shop <shop@example.com> wrote:\n> Please stop texting me",
    "Merci\nLe lun. 3 févr. 2025 à 10:00, Shop a écrit :\n\nne m'envoyez plus de messages",
    "Gracias\nEl lun, 3 feb 2025, Tienda escribió:\n> BAJA",
    "Automatic reply: I am out of the office. Unsubscribe",
  ];
  for (const text of notTheirs) {
    const { intent, steps } = recogniser.recognize(text);
    assert.equal(intent, "other", text);
    assert.ok(
      steps.some((step) => step.startsWith("cut")),
      text,
    );
  }
});

test("what they wrote around a quote counts, above it and below it", () => {
  const header = "On Mon, 3 Feb 2025, Shop <shop@example.com> wrote:";
  assert.equal(intentOf(`Please stop.\n\n${header}\nBig sale`), "opt-out");
  assert.equal(intentOf(`${header}\n> Big sale\n\nPlease stop`), "opt-out");
  assert.equal(intentOf("STOP\n\n-John"), "opt-out");
});

test("our own words coming back are not theirs, but typing what we asked for is", () => {
  const recentOutbound = ["Big sale today! Text please stop texting me to opt out"];
  const read = (text: string) => recogniser.recognize(text, { recentOutbound }).intent;
  assert.equal(read(recentOutbound[0]!), "other");
  assert.equal(read(`lol ${recentOutbound[0]}`), "other");
  assert.equal(read("please stop texting me"), "opt-out");
  assert.equal(intentOf("lol please stop texting me"), "opt-out", "control: without the context");
});

test("a question or a doubt is held, and a clear request beside it is not", () => {
  for (const text of [
    "Who is this? Stop",
    "wrong number",
    "enough",
    "cancelar",
    "leave me alone?",
  ]) {
    assert.equal(intentOf(text), "unclear", text);
  }
  assert.equal(intentOf("wrong number, stop texting me"), "opt-out");
  assert.equal(intentOf("who is this? stop texting me"), "opt-out");
});

test("the version follows the contents of the lexicons and not their order", () => {
  assert.match(recogniser.version, /^[0-9a-f]{16}$/u);
  assert.equal(compileRecogniser([...lexicons].reverse()).version, recogniser.version);
  const [first, ...others] = lexicons;
  const changed = { ...first!, courtesy: [...first!.courtesy, "mister"] };
  assert.notEqual(compileRecogniser([changed, ...others]).version, recogniser.version);
  assert.equal(recogniser.recognize("hello").lexicon, recogniser.version);
});

test("any text gets an answer, the same one twice, with spans inside the text", () => {
  const fragments = [
    "stop",
    "don't",
    "please",
    "no me",
    "বন্ধ",
    "> ",
    "\n",
    "wrote:",
    "🛑",
    "\u0301",
  ];
  const text = fc
    .array(fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom(...fragments, "\ud800", " ")))
    .map((parts) => parts.join(""));
  fc.assert(
    fc.property(text, (written) => {
      const first = recogniser.recognize(written);
      assert.deepEqual(recogniser.recognize(written), first);
      assert.equal(first.rules.length, first.spans.length);
      for (const { start, end } of first.spans) {
        assert.ok(start >= 0 && start < end && end <= written.length);
      }
    }),
    { numRuns: 1000 },
  );
});

const HOSTILE: readonly (readonly [name: string, unit: string])[] = [
  ["one letter", "a"],
  ["single letters", "s t o p "],
  ["requests", "stop texting me "],
  ["near requests", "stop stop sending "],
  ["negations", "don't ever please "],
  ["spanish near requests", "no me no me envien mas "],
  ["quotes", "> stop\n"],
  ["headers", "On 1 wrote:\n> x\n"],
  ["accents", "e\u0301\u0301\u0301"],
  ["held letters", "stoooooop "],
  ["slips", "mesages unsubscibe recieving "],
  ["leet", "5t0p $70p "],
  ["commas", "stop, "],
  ["bengali", "মেসেজ আর আমাকে "],
];

test("the work for a text grows no faster than the text", () => {
  for (const [name, unit] of HOSTILE) {
    const text = unit.repeat(Math.ceil(MAX_TEXT_LENGTH / unit.length));
    const half = recogniser.work(text.slice(0, MAX_TEXT_LENGTH / 2));
    const whole = recogniser.work(text.slice(0, MAX_TEXT_LENGTH));
    assert.ok(whole <= 2.2 * half + 1000, `${name}: ${half} steps, then ${whole}`);
    recogniser.recognize(text);
  }
});

test("a text over the limit is cut there, and the answer says so", () => {
  const long = `${"x ".repeat(MAX_TEXT_LENGTH / 2)}stop texting me`;
  const { intent, steps } = recogniser.recognize(long);
  assert.equal(intent, "other");
  assert.match(steps[0]!, /only the first 65536 characters/u);
  assert.equal(recogniser.recognize(long.slice(2000)).intent, "opt-out");
});
