/** What people read is complete in every language, short enough, and never talks them out of it. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { countSegments } from "../../src/rules/message/segments.ts";
import { parseTexts, pickTexts, renderText, type Texts, textsOf } from "../../src/rules/texts.ts";

const FOLDER = new URL("../../messages/", import.meta.url);
const readJson = (name: string): unknown => JSON.parse(readFileSync(new URL(name, FOLDER), "utf8"));
const all: readonly Texts[] = readdirSync(FOLDER)
  .filter((name) => name.endsWith(".json"))
  .map((name) => parseTexts(readJson(name), `messages/${name}`));
const english = pickTexts(all, ["en"]);

/** Languages that can be written, or that are written here, in the alphabet of a plain SMS. */
const WRITTEN_IN_GSM_7 = new Set("en es fr pt de it nl id ms tl sw sv da nb fi".split(" "));
const LONG_SENDER = "A Sender Of 20 Chars";

/** Words that persuade, blame, plead or ask twice. 47 CFR 64.1200(a)(12): no marketing either. */
const PERSUASION: Readonly<Record<string, readonly string[]>> = {
  en: [
    "sorry",
    "are you sure",
    "miss you",
    "miss out",
    "unfortunately",
    "reconsider",
    "stay",
    "before you go",
    "instead",
    "sad",
    "offer",
    "deal",
    "exclusive",
    "!",
  ],
  es: [
    "lament",
    "seguro",
    "extrañ",
    "perder",
    "lástima",
    "quédese",
    "antes de ir",
    "oferta",
    "exclusiv",
    "triste",
    "!",
  ],
  fr: [
    "désolé",
    "regrett",
    "sûr de",
    "dommage",
    "manquer",
    "rester",
    "avant de partir",
    "offre",
    "exclusi",
    "triste",
    "!",
  ],
  pt: [
    "desculp",
    "lament",
    "certeza",
    "pena",
    "falta",
    "perder",
    "fique",
    "antes de ir",
    "oferta",
    "exclusiv",
    "triste",
    "!",
  ],
  bn: ["দুঃখিত", "নিশ্চিত", "মিস করব", "হারাবেন", "অফার", "থেকে যান", "বিশেষ", "!"],
  ar: ["آسف", "نأسف", "هل أنت متأكد", "للأسف", "نفتقدك", "تفوت", "عرض", "ابق", "حصري", "!"],
  de: [
    "schade",
    "leid",
    "sicher",
    "vermissen",
    "verpassen",
    "bleiben sie",
    "angebot",
    "exklusiv",
    "!",
  ],
  it: ["dispiace", "peccato", "sicur", "mancher", "perder", "resti", "offert", "esclusiv", "!"],
  nl: ["jammer", "spijt", "zeker", "missen", "blijf", "aanbieding", "exclusie", "!"],
  pl: ["przykro", "szkoda", "na pewno", "tęskni", "przegap", "zostań", "ofert", "wyjątkow", "!"],
  ru: ["жаль", "сожал", "уверен", "скуча", "упуст", "остан", "предлож", "эксклюзив", "!"],
  uk: ["шкода", "жаль", "впевнен", "сумува", "пропуст", "залиш", "пропози", "ексклюзив", "!"],
  tr: ["üzgün", "maalesef", "emin mi", "özle", "kaçır", "kalın", "fırsat", "özel", "!"],
  he: ["מצטער", "לצערנו", "בטוח", "נתגעגע", "תפספס", "הישאר", "מבצע", "בלעדי", "!"],
  fa: ["متاسف", "افسوس", "مطمئن", "دلتنگ", "از دست", "بمانید", "پیشنهاد", "ویژه", "!"],
  ur: ["افسوس", "معذرت", "یقین", "یاد کریں گے", "ضائع", "رہیں", "پیشکش", "خصوصی", "!"],
  hi: ["खेद", "माफ़", "पक्का", "याद करेंगे", "चूक", "बने रहें", "ऑफ़र", "विशेष", "!"],
  id: ["maaf", "sayang", "yakin", "rindu", "lewatkan", "tetaplah", "penawaran", "eksklusif", "!"],
  ms: ["maaf", "sayang", "pasti", "rindu", "lepaskan", "kekal", "tawaran", "eksklusif", "!"],
  vi: ["tiếc", "xin lỗi", "chắc chắn", "nhớ bạn", "bỏ lỡ", "hãy ở lại", "ưu đãi", "độc quyền", "!"],
  th: ["เสียใจ", "ขออภัย", "แน่ใจ", "คิดถึง", "พลาด", "อยู่ต่อ", "ข้อเสนอ", "พิเศษ", "!"],
  tl: [
    "sayang",
    "paumanhin",
    "sigurado",
    "mami-miss",
    "palampasin",
    "manatili",
    "alok",
    "eksklusibo",
    "!",
  ],
  zh: ["抱歉", "遗憾", "确定", "想念", "错过", "留下", "优惠", "独家", "!", "！"],
  ja: ["申し訳", "残念", "よろしいですか", "寂しい", "お見逃し", "特典", "限定", "!", "！"],
  ko: ["죄송", "아쉽", "정말", "그리", "놓치", "머물", "혜택", "특별", "!"],
  sw: ["samahani", "pole", "una uhakika", "tutakukosa", "usikose", "baki", "ofa", "kipekee", "!"],
  sv: ["ledsen", "tyvärr", "säker", "saknar", "missa", "stanna", "erbjudande", "exklusiv", "!"],
  da: ["ked af", "desværre", "sikker", "savner", "glip", "bliv", "tilbud", "eksklusiv", "!"],
  nb: ["lei for", "dessverre", "sikker", "savner", "glipp", "bli hos", "tilbud", "eksklusiv", "!"],
  fi: [
    "pahoillamme",
    "valitettavasti",
    "oletko varma",
    "kaipaamme",
    "missaa",
    "pysy",
    "tarjou",
    "!",
  ],
  el: ["λυπ", "δυστυχώς", "σίγουρ", "λείψ", "χάσ", "μείνετε", "προσφορ", "αποκλειστικ", "!"],
  ro: ["pare rău", "păcat", "sigur", "dor de", "rata", "rămâne", "ofert", "exclusiv", "!"],
  hu: ["sajnál", "kár", "biztos", "hiányoz", "kihagy", "maradjon", "ajánlat", "exkluzív", "!"],
  cs: ["mrzí", "bohužel", "škoda", "opravdu", "chybět", "nepropás", "zůstaňte", "nabídk", "!"],
};
/** What ends a sentence. Thai has nothing that does. */
const SENTENCE_END = /[.!।。؟?۔]/gu;
const sentencesIn = (language: string, text: string, many: number) =>
  language === "th" ? many : text.match(SENTENCE_END)?.length;

test("there are texts in 34 languages", () => {
  const languages = all.map(({ language }) => language).join(" ");
  assert.equal(
    languages,
    "ar bn cs da de el en es fa fi fr he hi hu id it ja ko ms nb nl pl pt ro ru sv sw th tl tr uk ur vi zh",
  );
});

for (const texts of all) {
  const { language } = texts;
  const full = (template: string) => renderText(template, { sender: LONG_SENDER });

  test(`${language}: every text has the placeholders of the English one`, () => {
    const placeholders = (text: string) => (text.match(/\{[^}]*\}/gu) ?? []).sort();
    const own = textsOf(texts);
    for (const [index, text] of textsOf(english).entries()) {
      const [wanted, found] = [new Set(placeholders(text)), new Set(placeholders(own[index]!))];
      assert.deepEqual(found, wanted, own[index]!);
    }
    assert.deepEqual(Object.keys(texts.optOutPage), Object.keys(english.optOutPage));
    assert.deepEqual(Object.keys(texts.confirmation), Object.keys(english.confirmation));
  });

  test(`${language}: no text persuades, blames or asks twice`, () => {
    const words = PERSUASION[language];
    assert.ok(words !== undefined, `say in this test which words persuade in ${language}`);
    for (const text of textsOf(texts)) {
      for (const word of words) {
        assert.ok(!text.toLowerCase().includes(word), `\`${word}\` in \`${text}\``);
      }
    }
  });

  test(`${language}: the SMS texts name the sender and fit, with a sender of 20 letters`, () => {
    const { sms: whole, partialSms } = texts.confirmation;
    for (const template of [whole, partialSms, texts.helpAnswer.sms]) {
      assert.ok(template.startsWith("{sender}"), template);
      const sms = full(template);
      const isGsm7 = countSegments(sms).encoding === "GSM-7";
      if (WRITTEN_IN_GSM_7.has(language)) assert.ok(isGsm7, `GSM-7: ${sms}`);
      // One text of GSM-7, or two of UCS-2 (67 units each once they are joined).
      assert.ok(sms.length <= (isGsm7 ? 160 : 134), `${sms.length}: ${sms}`);
    }
    assert.match(texts.confirmation.sms, /START/u);
    assert.match(partialSms, /STOP/u);
    assert.match(texts.confirmation.partialEmailText, /STOP/u);
    assert.match(texts.helpAnswer.sms, /STOP.*START/u);
  });

  test(`${language}: what pressing does is one short sentence`, () => {
    const sentence = full(texts.optOutPage.explanation);
    assert.equal(sentencesIn(language, sentence, 1), 1, sentence);
    assert.ok(sentence.length <= 120, sentence);
    assert.ok(texts.optOutPage.button.length <= 24, texts.optOutPage.button);
  });

  test(`${language}: what the proof is fits one short sentence, and its link a few words`, () => {
    const { keepProof, proofText, proofLaterHeading, proofLaterText } = texts.optOutPage;
    assert.ok(keepProof.length <= 32, keepProof);
    assert.doesNotMatch(keepProof, /[.।؟?]/u);
    assert.equal(sentencesIn(language, proofText, 1), 1, proofText);
    assert.ok(proofText.length <= 80, proofText);
    // The opt-out stands; nobody should think that it has to be done again.
    assert.ok(proofLaterHeading.length <= 40, proofLaterHeading);
    assert.equal(sentencesIn(language, proofLaterText, 2), 2, proofLaterText);
  });

  test(`${language}: the direction is that of its letters`, () => {
    const isRightToLeft = /[\p{sc=Arab}\p{sc=Hebr}]/u.test(texts.name);
    assert.equal(texts.direction, isRightToLeft ? "rtl" : "ltr");
  });
}

test("the best wanted language is found by region, then base, then the next wish, then English", () => {
  const pick = (...wanted: string[]) => pickTexts(all, wanted).language;
  assert.equal(pick("es-MX"), "es");
  assert.equal(pick("PT-br", "fr"), "pt");
  assert.equal(pick("bn-Beng-BD"), "bn");
  assert.equal(pick("xx", "ar-EG"), "ar");
  assert.equal(pick("xx-YY"), "en");
  assert.equal(pick(), "en");
  assert.throws(() => pickTexts([], ["fr"]), /no texts in en/u);
});

test("a placeholder that stands for nothing is refused when read and when filled in", () => {
  const changed = structuredClone(english) as { confirmation: { sms: string } };
  for (const name of ["price", "constructor", "Sender", ""]) {
    changed.confirmation.sms = `{sender}: {${name}}`;
    assert.throws(() => parseTexts(changed, "messages/xx.json"), /messages\/xx\.json: `\{/u);
    assert.throws(() => renderText(`{${name}}`, { sender: "Acme" }), /no value for/u);
  }
  assert.equal(renderText("{sender}: hi", { sender: "$& {sender}" }), "$& {sender}: hi");
});

test("a file with a text missing or too many is refused by name", () => {
  const wayOut = { ...english.wayOut, reply: "Reply STOP." };
  for (const change of [{ helpAnswer: undefined }, { extra: "text" }, { wayOut }]) {
    const json = JSON.parse(JSON.stringify({ ...english, ...change }));
    assert.throws(() => parseTexts(json, "messages/xx.json"), /^Error: messages\/xx\.json: /u);
  }
});
