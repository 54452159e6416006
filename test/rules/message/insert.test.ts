/** What is put into a text makes it pass its own check, in every language, and only once. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { SENDER_TYPES } from "../../../src/rules/facts.ts";
import { checkText, type WordingDemand } from "../../../src/rules/message/check-text.ts";
import { insertWording, type Means } from "../../../src/rules/message/insert.ts";
import { countSegments } from "../../../src/rules/message/segments.ts";
import type { WordingQuestion } from "../../../src/rules/message/wording.ts";
import type { WordingElement } from "../../../src/rules/rule-kinds.ts";
import { parseTexts, type Texts } from "../../../src/rules/texts.ts";

const FOLDER = new URL("../../../messages/", import.meta.url);
const TEXTS: readonly Texts[] = readdirSync(FOLDER)
  .filter((name) => name.endsWith(".json"))
  .map((name) => parseTexts(JSON.parse(readFileSync(new URL(name, FOLDER), "utf8")), name));
const english = TEXTS.find(({ language }) => language === "en")!;

const MEANS: Means = {
  shortCode: "36111",
  link: "acme.example/o/k3x",
  phone: "+1 800 555 0199",
  contact: "acme.example",
  postalAddress: "10 Front Street, Denver CO 80202",
  frequency: "4 msgs/month.",
};
const ASKED: WordingQuestion = {
  text: "",
  channel: "sms",
  senderName: "Kestrel Outfitters",
  senderType: "long-code",
  callKind: null,
  languages: [],
};

function demand(...requires: readonly WordingElement[]): WordingDemand {
  return { rule: "xx/rule@2026.1.0", requires, citation: "a law", notice: null };
}

const ANY_WAY = demand({ element: "opt-out", ways: ["keyword", "link", "short-code", "phone"] });
const CODE = demand({ element: "opt-out", ways: ["short-code"], shortCode: "[3-8][0-9]{4}" });
const SPOKEN = demand({ element: "opt-out", ways: ["key-press", "phone"] });
const SENDER = demand({ element: "sender" });
const GREETING = demand({ element: "help" }, { element: "frequency" }, { element: "rates" });
const MAIL = demand(
  { element: "contact" },
  { element: "postal-address" },
  { element: "free-of-charge" },
);
const LABEL = demand({ element: "label", anyOf: ["<ADV>"] });

/** Advertisements as somebody might write them, with nothing in them that the law wants. */
const bodies = fc.constantFrom(
  "",
  "20% off boots this weekend",
  "20% off boots this weekend.",
  "Non-stop sale! Don't stop now",
  "STOP worrying",
  "-20% sur les bottes",
  "শাড়িতে ২০% ছাড়। আজই আসুন।",
  "साड़ियों पर 20% छूट",
  "خصم 20%",
  "セール中",
  "SALE SALE SALE ON NOW AT OUR SHOP",
  "Ends Sunday 8",
  "Call us",
  "Reply",
  "Text",
  "x".repeat(160),
  "Get €20 🎁",
);
const demandsOf: Readonly<
  Record<WordingQuestion["channel"], readonly (readonly WordingDemand[])[]>
> = {
  sms: [
    [ANY_WAY],
    [CODE],
    [ANY_WAY, SENDER],
    [CODE, SENDER, ANY_WAY],
    [ANY_WAY, SENDER, GREETING, LABEL],
  ],
  voice: [[SPOKEN], [SPOKEN, SENDER]],
  email: [
    [ANY_WAY, MAIL],
    [ANY_WAY, SENDER, MAIL],
  ],
};

for (const texts of TEXTS) {
  test(`${texts.language}: what is put in passes the check, and nothing is put in twice`, () => {
    fc.assert(
      fc.property(
        bodies,
        fc.constantFrom(...SENDER_TYPES, null),
        fc
          .constantFrom("sms", "voice", "email")
          .chain((channel) =>
            fc.tuple(fc.constant(channel), fc.constantFrom(...demandsOf[channel])),
          ),
        (text, senderType, [channel, demands]) => {
          const asked = { ...ASKED, text, senderType, channel };
          const order = { demands, asked, means: MEANS, texts: [texts] };
          const made = insertWording(order);
          const faults = checkText("message", demands, { ...asked, text: made.text });
          assert.deepEqual(faults, [], made.text);
          assert.equal(made.text, `${made.before}${text}${made.after}`, "nothing of it is changed");
          const again = insertWording({ ...order, asked: { ...asked, text: made.text } });
          assert.equal(again.text, made.text);
        },
      ),
      { numRuns: 60 },
    );
  });
}

test("any text at all either passes then, or what is left is said", () => {
  const demands = [ANY_WAY, SENDER];
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 200 }), (text) => {
      const asked = { ...ASKED, text };
      const made = insertWording({ demands, asked, means: MEANS, texts: [english] });
      assert.deepEqual(checkText("message", demands, { ...asked, text: made.text }), [], made.text);
    }),
    { numRuns: 300 },
  );
});

test("a text that says all of it stays as it is", () => {
  const text = "Kestrel: 20% off boots. Reply STOP to opt out.";
  const order = {
    demands: [ANY_WAY, SENDER],
    asked: { ...ASKED, text },
    means: MEANS,
    texts: [english],
  };
  assert.deepEqual(insertWording(order), { before: "", after: "", text });
});

test("the short sentence is taken where the plain one would cost one more SMS", () => {
  const put = (length: number) => {
    const text = `${"x".repeat(length - 1)}.`;
    const asked = { ...ASKED, text };
    return insertWording({ demands: [ANY_WAY], asked, means: {}, texts: [english] });
  };
  assert.equal(put(100).after, " Reply STOP to opt out.");
  assert.equal(put(140).after, " Opt out: STOP");
  assert.equal(countSegments(put(140).text).segments, 1);
  // Two are needed in any case, so the plain one costs nothing.
  assert.equal(put(155).after, " Reply STOP to opt out.");
});

test("nothing is made up: without a number, a link or a code a name stays without a way out", () => {
  const asked = { ...ASKED, senderType: "alphanumeric", text: "-20%" } as const;
  const order = { demands: [ANY_WAY], asked, means: {}, texts: [english] };
  assert.equal(insertWording(order).text, "-20%");
  const kinds = checkText("message", [ANY_WAY], asked).map(({ kind }) => kind);
  assert.deepEqual(kinds, ["wording-missing"]);
});

test("what is wrong in a text is not written over", () => {
  const asked = { ...ASKED, senderType: "alphanumeric", text: "-20% STOP au 12345" } as const;
  const made = insertWording({ demands: [CODE], asked, means: MEANS, texts: [english] });
  assert.equal(made.text, asked.text);
});
