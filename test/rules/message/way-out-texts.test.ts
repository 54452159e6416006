/** What we say ourselves passes our own check, in every language there is. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { findMarketing } from "../../../src/rules/message/marketing.ts";
import { FILES } from "../../../src/rules/message/phrases.ts";
import { readWording } from "../../../src/rules/message/ways-out.ts";
import { parseTexts, renderText, type Texts, textsOf } from "../../../src/rules/texts.ts";

const FOLDER = new URL("../../../messages/", import.meta.url);
const all: readonly Texts[] = readdirSync(FOLDER)
  .filter((name) => name.endsWith(".json"))
  .map((name) => parseTexts(JSON.parse(readFileSync(new URL(name, FOLDER), "utf8")), name));

const FILLED = {
  keyword: "STOP",
  code: "36111",
  link: "acme.example/o/k3x",
  phone: "+1 800 555 0199",
  key: "9",
};
const KIND = {
  reply: "keyword",
  replyShort: "keyword",
  code: "keyword",
  link: "link",
  call: "phone",
  press: "key-press",
} as const;

test("every language of the texts has its phrases, and the other way round", () => {
  const written = readdirSync(new URL("way-out/", FOLDER)).map((name) => name.replace(".json", ""));
  assert.deepEqual(FILES.map(({ language }) => language).sort(), written.sort());
  assert.deepEqual(all.map(({ language }) => language).sort(), written.sort());
});

for (const { language, wayOut, ...texts } of all) {
  test(`${language}: each sentence that tells the way out is found as one, in its language`, () => {
    for (const [name, template] of Object.entries(wayOut)) {
      const sentence = renderText(template, FILLED);
      for (const text of [sentence, `Acme. ${sentence}`, `Acme 20% off ${sentence}`]) {
        const found = readWording(text).ways.filter(
          ({ kind }) => kind === KIND[name as keyof typeof KIND],
        );
        assert.ok(found.length > 0, `${name}: ${text}`);
        const codes = found.map(({ code }) => code);
        if (name === "code") assert.ok(codes.includes("36111"), `${name}: ${text}`);
        else
          assert.ok(
            codes.every((code) => code === null),
            `${name}: ${text}`,
          );
        const told = found.map((way) => way.language);
        if (name !== "code") assert.ok(told.includes(language), `${name}: ${told}: ${text}`);
      }
    }
  });

  test(`${language}: no text of ours advertises`, () => {
    for (const template of textsOf({ language, wayOut, ...texts })) {
      const text = renderText(template, { sender: "Acme Shoes" });
      assert.equal(findMarketing(text), null, text);
    }
  });

  test(`${language}: an advertisement behind a confirmation is found`, () => {
    const { advertises, offers } = FILES.find((file) => file.language === language)!;
    for (const phrase of [...advertises, ...offers]) {
      const word = phrase.replaceAll("*", "").replace("{link}", "acme.example");
      const text = `${renderText(texts.confirmation.sms, { sender: "Acme" })} ${word}`;
      assert.notEqual(findMarketing(text), null, text);
    }
    const text = renderText(texts.confirmation.sms, { sender: "Acme" });
    assert.notEqual(findMarketing(`${text} -20%`), null);
  });
}
