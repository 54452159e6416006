/** What a text has to say is found where it is said, in any language, and nowhere else. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { checkWording } from "../../../src/rules/message/check-wording.ts";
import { findMarketing } from "../../../src/rules/message/marketing.ts";
import type { WayOut } from "../../../src/rules/message/way-out.ts";
import { readWording } from "../../../src/rules/message/ways-out.ts";
import type { WordingFault, WordingQuestion } from "../../../src/rules/message/wording.ts";
import type { WordingElement } from "../../../src/rules/rule-kinds.ts";

const ASKED: WordingQuestion = {
  text: "",
  channel: "sms",
  senderName: "Kestrel Outfitters",
  senderType: "long-code",
  callKind: null,
  languages: [],
};
const SMS: WordingElement = { element: "opt-out", ways: ["keyword", "link", "short-code"] };
const FRENCH: WordingElement = {
  element: "opt-out",
  ways: ["keyword", "short-code"],
  shortCode: "[3-8][0-9]{4}",
};

function check(
  requires: readonly WordingElement[],
  asked: Partial<WordingQuestion>,
): readonly WordingFault["kind"][] {
  return checkWording(requires, { ...ASKED, ...asked }).map(({ kind }) => kind);
}

/** Ways out as people write them. */
const TOLD: Readonly<Record<WayOut["kind"], readonly string[]>> = {
  keyword: [
    "Kestrel: 20% off boots. Reply STOP to opt out.",
    "20% off boots. Unsub: reply NO",
    "20% off boots. Opt-out: STOP",
    "20% off boots. STOP to end",
    "Sale. STOP2END",
    "Sale. STOP=quit",
    "Sale. Stop=End",
    "Sale. STOPtxts to 60777",
    "Sale. Opt-out? Reply N",
    "Sale. Reply 9 to opt out",
    "Sale. No more? STOP",
    "Soldes. STOP36180",
    "Soldes. STOPSMS au 36180",
    "Soldes. STOP par SMS au 38111",
    "Soldes. STOP pour se désabonner",
    "Botas. SAIR p/ cancelar",
    "מבצע. להסרה השיבו 1",
    "Txt STOP to 60033 to quit",
    "Sale. To unsubscribe text stop.",
    "Reply 'stop' to unsubscribe",
    "SALE ON NOW. REPLY STOP TO OPT OUT",
    "Text END to 12345 to cancel",
    "To opt out, text LEAVE to 61234",
    "Reply to this message with STOP to unsubscribe.",
    "-20% sur les bottes. STOP au 36111",
    "STOP SMS 36180",
    "Promo. Stop au 36 180",
    "20 % de rabais. Répondez ARRET pour vous désabonner.",
    "20 % de rabais. Pour vous désinscrire, envoyez STOP.",
    "20% de descuento. Responda BAJA para cancelar.",
    "Para darse de baja envíe BAJA al 12345",
    "20% de desconto. Para sair responda SAIR",
    "শাড়িতে ২০% ছাড়। বন্ধ করতে STOP লিখুন।",
    "আর না পেতে STOP লিখে উত্তর দিন",
    "साड़ियों पर 20% छूट। बंद करने के लिए STOP लिखें।",
    "خصم 20%. لإلغاء الاشتراك أرسل STOP",
    "20 % Rabatt. Abmelden: Antworte STOPP",
    "Antworten Sie mit STOP, um keine Nachrichten mehr zu erhalten.",
    "Sconto. Rispondi STOP per non ricevere altri SMS",
    "Korting. Afmelden? Stuur STOP",
    "Rabat. Aby zrezygnować, odpisz STOP",
    "Скидка. Чтобы отписаться, ответьте СТОП",
    "Знижка. Щоб відписатися, надішліть СТОП",
    "Indirim. SMS almak istemiyorsaniz IPTAL yazip 3340'a gonderin",
    "İndirim. Almamak için RET yazıp 3340'a gönderin",
    "מבצע. להסרה השב הסר",
    "تخفیف. لغو11 برای لغو دریافت عدد 11 ارسال کنید STOP",
    "رعایت۔ بند کرنے کے لیے STOP لکھ کر جواب دیں",
    "Diskon. Untuk berhenti berlangganan balas STOP",
    "Tawaran. Balas STOP untuk berhenti melanggan",
    "Giam gia. De tu choi QC, soan TC gui 9241",
    "ส่วนลด ยกเลิกรับข้อความ ตอบกลับ STOP",
    "Sale. Mag-reply ng STOP para hindi na makatanggap",
    "优惠。拒收请回复R",
    "新品上市，回复TD退订",
    "セール中。配信停止はSTOPと返信",
    "(광고) 할인. 수신거부: STOP 회신",
    "Ofa. Ili kujiondoa, jibu STOP",
    "Rea. Svara STOPP för att avsluta",
    "Tilbud. Afmeld: send STOP til 1234",
    "Tilbud. Svar STOPP for å melde deg av",
    "Ale. Peruuta tilaus vastaamalla STOP",
    "Έκπτωση. Για διαγραφή απαντήστε STOP",
    "Reduceri. Pentru dezabonare răspunde STOP",
    "Akció. Leiratkozáshoz válaszoljon STOP",
    "Sleva. Pro odhlášení odpovězte STOP",
  ],
  link: [
    "Unsubscribe: https://kestrel.example/u/abc | Kestrel Outfitters, 10 Front Street, Denver",
    "20% off. Opt out kestrel.example/o/9",
    "https://kestrel.example/unsubscribe?id=9",
    'Boots. <p>Click <a href="https://kestrel.example/x/9">here to unsubscribe</a></p>',
    'Boots. <a href="https://kestrel.example/x/9">Se désinscrire</a>',
    "Pour ne plus recevoir nos e-mails : https://kestrel.example/x/9",
    "Newsletter abbestellen: https://kestrel.example/x/9",
    "Don't want these e-mails? Click here: https://kestrel.example/x/9",
    "Não deseja mais receber nossos e-mails? Clique aqui: https://kestrel.example/x/9",
    "Si vous ne souhaitez plus recevoir nos messages : https://kestrel.example/x",
    "To end: kestrel.example/x",
    "配信停止はこちら https://kestrel.example/x/9",
  ],
  phone: [
    "This is Kestrel with a sale. To be removed from our list, call 800 555 0199.",
    "Call 1-800-555-0199 to opt out of these calls.",
    "Pour ne plus recevoir nos appels, appelez le 01 99 00 12 34.",
  ],
  "key-press": [
    "This is Kestrel with a sale on boots. Press 9 to be removed from our list.",
    "To stop these calls, press nine.",
    "To stop, press 9.",
    "If you'd rather not hear from us again, press 9.",
    "To take your name off our calling list, press 8.",
    "Press 1 to hear more, or press 2 to stop receiving calls.",
    "You can say stop at any time.",
    "Pour ne plus recevoir d'appels, appuyez sur le 9.",
    "Para dejar de recibir llamadas, pulse 9.",
    "কল বন্ধ করতে ৯ চাপুন।",
    "कॉल बंद करने के लिए 9 दबाएं।",
  ],
};

for (const [kind, texts] of Object.entries(TOLD)) {
  test(`a way out of the kind ${kind} is found`, () => {
    for (const text of texts) {
      const kinds = readWording(text).ways.map((way) => way.kind as string);
      assert.ok(kinds.includes(kind), text);
    }
  });
}

test("ordinary words are no way out", () => {
  for (const text of [
    "Kestrel: non-stop sale this weekend.",
    "Don't stop now: 20% off boots.",
    "STOP worrying! Boots are 20% off.",
    "STOP WORRYING! EVERYTHING IS ON SALE AT KESTREL THIS WEEKEND",
    "Stop by our shop at 12345 Main Street.",
    "Non-STOP offers. Reply YES to join.",
    "Reply YES to claim, the offer will end soon.",
    "We cancel your old contract and send you a new phone.",
    "Text us to hear more. The sale ends Sunday.",
    "Press 1 to speak to us about our sale.",
    "Call 800 555 0199 for 20% off.",
    "Visit https://kestrel.example/boots for more.",
    "Un stop al freddo: piumini in sconto.",
    "Sans arrêt : des promos toute la semaine.",
    "পদ্মা ফ্যাশন: শাড়িতে ২০% ছাড়। আজই আসুন।",
    "Ende der Saison: alles muss raus.",
    "It's the end. Send love.",
    "STOP au 36XXX",
    "To end the year in style, visit kestrel.example/boots",
    "You don't want to miss this: kestrel.example/sale",
    "No more cold feet! Call 800 555 0199 to order.",
    "To stop by our store, press 1 for directions.",
    "Reply 1 to see boots that you don't want to miss",
  ]) {
    assert.deepEqual(readWording(text).ways, [], text);
  }
});

test("a number that the rule does not know is worse than none", () => {
  const alpha = { senderType: "alphanumeric" } as const;
  const promo = "Kestrel : -20% sur les bottes cette semaine.";
  assert.deepEqual(check([FRENCH], { ...alpha, text: `${promo} STOP au 36111` }), []);
  assert.deepEqual(check([FRENCH], { ...alpha, text: `${promo} STOP au 36 180` }), []);
  for (const code of ["12345", "3612", "361112", "96111", "20000"]) {
    const text = `${promo} STOP au ${code}`;
    assert.deepEqual(check([FRENCH], { ...alpha, text }), ["wording-wrong"], text);
  }
  assert.deepEqual(check([FRENCH], { ...alpha, text: promo }), ["wording-missing"]);
});

test("a sender that is a name cannot be answered", () => {
  const alpha = { senderType: "alphanumeric" } as const;
  const reply = "Kestrel: 20% off. Reply STOP to opt out.";
  assert.deepEqual(check([SMS], { text: reply }), []);
  assert.deepEqual(check([SMS], { ...alpha, text: reply }), ["wording-wrong"]);
  for (const text of ["20% off. Text STOP to 60033 to end", "20% off. Opt out: k.example/o/1"]) {
    assert.deepEqual(check([SMS], { ...alpha, text }), [], text);
  }
});

test("only the words that a rule names will do", () => {
  const only: WordingElement = {
    element: "opt-out",
    ways: ["keyword"],
    keywords: ["STOP", "ARRÊT"],
  };
  assert.deepEqual(check([only], { text: "Reply STOP to opt out" }), []);
  assert.deepEqual(check([only], { text: "Répondez ARRET pour vous désabonner" }), []);
  assert.deepEqual(check([only], { text: "Reply QUIT to opt out" }), ["wording-wrong"]);
});

test("a fee or a login is no free way out", () => {
  const requires: WordingElement[] = [
    { element: "opt-out", ways: ["keyword", "link"] },
    { element: "free-of-charge" },
  ];
  for (const text of [
    "To unsubscribe pay a $2 handling fee: https://kestrel.example/pay",
    "Reply STOP to opt out. Unsubscribing costs £2.",
    "Reply STOP to opt out, a fee of $1 applies",
    "To opt out reply STOP ($0.50 fee applies)",
    "To unsubscribe reply STOP and pay $1",
    "Reply STOP to opt out. A charge of $1.99 applies to opt out.",
    "To opt out reply STOP, only a $2 fee",
    "To unsubscribe, send us your date of birth and account number: https://kestrel.example/u",
    "Unsubscribe: https://k.example/u (log in at https://k.example/l)",
    "To unsubscribe, create an account: https://kestrel.example/u",
    "To unsubscribe, fill in our survey first: https://kestrel.example/u",
    "Para darse de baja inicie sesión en https://kestrel.example/c",
    "Para darse de baja envíe copia de su DNI a baja@kestrel.example",
    "To unsubscribe, log in to your account: https://kestrel.example/u",
    "Unsubscribe (password needed): https://kestrel.example/u",
    "STOP au 36111 pour vous désabonner (appel surtaxé)",
    "Zum Abmelden bitte einloggen: https://kestrel.example/u",
  ]) {
    assert.deepEqual(check(requires, { text }), ["wording-wrong", "wording-wrong"], text);
  }
  for (const text of [
    "Reply STOP to opt out, free of charge.",
    "Reply STOP to opt out. No fee.",
    "Unsubscribe (no login needed): https://kestrel.example/u",
    "Unsubscribe: enter your e-mail address at https://kestrel.example/u",
    "Unsubscribe https://k.example/u | Privacy https://k.example/p | Log in https://k.example/l",
    "Your account number is on your card. Reply STOP to opt out.",
    "Unsubscribe without logging in: https://kestrel.example/u",
    "Delivery costs £2. Reply STOP to opt out.",
    "Pay in 3, reply STOP to opt out",
    "Reply STOP to opt out. Msg & data rates may apply.",
    "Pour vous désabonner gratuitement, sans frais : répondez STOP",
    "Log in for deals. Reply STOP to opt out.",
  ]) {
    assert.deepEqual(check(requires, { text }), [], text);
  }
});

test("the sender is named by a word of its own, in any script, not by what many are called", () => {
  const requires: WordingElement[] = [{ element: "sender" }];
  const names = (senderName: string, text: string) =>
    check(requires, { senderName, text }).length === 0;
  assert.ok(names("Kestrel Outfitters", "Kestrel : -20%"));
  assert.ok(names("Kestrel Outfitters", "KESTREL: -20%"));
  assert.ok(names("Café Élan", "cafe elan: -20%"));
  assert.ok(names("Padma Fashion", "পদ্মা ফ্যাশন: শাড়িতে ২০% ছাড়।"));
  assert.ok(names("Padma Fashion", "पद्मा फ़ैशन: साड़ियों पर 20% छूट।"));
  assert.ok(names("Kestrel Outfitters", "Кестрел: скидка 20%"));
  assert.ok(names("Kestrel Outfitters", "Kestrel's boots are 20% off"));
  assert.ok(!names("Kestrel Outfitters", "Kestrels fly over our boots"));
  assert.ok(!names("Kestrel Outfitters", "Outfitters: 20% off"));
  assert.ok(!names("Sparrow Bank", "Bank: your offers"));
  assert.ok(!names("Kestrel Outfitters", "20% off at https://kestrel.example/x"));
  assert.ok(!names("Padma Fashion", "শাড়িতে ২০% ছাড়।"));
  assert.deepEqual(check(requires, { senderName: null, text: "Kestrel" }), ["wording-missing"]);
  const alpha = { senderType: "alphanumeric", text: "-20%" } as const;
  assert.deepEqual(check(requires, alpha), []);
});

test("a text is in the script that is asked for, names and keywords apart", () => {
  const requires: WordingElement[] = [{ element: "script", script: "Beng" }];
  const asked = { senderName: "Padma Fashion" };
  for (const text of [
    "পদ্মা ফ্যাশন: শাড়িতে ২০% ছাড়। বন্ধ করতে STOP লিখুন।",
    "Padma Fashion: শাড়িতে ২০% ছাড়। বন্ধ করতে STOP লিখুন। padma.example/u",
  ]) {
    assert.deepEqual(check(requires, { ...asked, text }), [], text);
  }
  for (const text of [
    "Padma Fashion: sharite 20% chhar. Bondho korte STOP likhun.",
    "पद्मा फ़ैशन: साड़ियों पर 20% छूट। बंद करने के लिए STOP लिखें।",
    "Padma Fashion: 20% off saris. Reply STOP to opt out.",
    "STOP 20%",
    "পদ্মা: sharite 20% chhar. Bondho korte STOP likhun.",
  ]) {
    assert.deepEqual(check(requires, { ...asked, text }), ["wrong-script"], text);
  }
  const unknown: WordingElement[] = [{ element: "script", script: "Zzzq" }];
  assert.throws(
    () => check(unknown, { text: "x" }),
    "a rule that cannot be evaluated does not pass",
  );
});

test("a postal address is one with a street or a box, and a place", () => {
  const requires: WordingElement[] = [{ element: "postal-address" }];
  for (const text of [
    "Kestrel Outfitters, 10 Front Street, Denver CO 80202",
    "Kestrel Outfitters\n10 Front St., Suite 4\nDenver, CO 80202",
    "PO Box 12, Denver CO 80202",
    "10 rue Front, Toronto",
    "Musterstraße 5, 10115 Berlin",
    "Calle Mayor 5, 28013 Madrid",
    "221B Baker Street, London NW1 6XE",
    "1 Infinite Loop, Cupertino, CA 95014",
    "Via Roma 12, 20121 Milano",
    "Postfach 1234, 8021 Zürich",
    "Kungsgatan 10, 111 43 Stockholm",
    "Box 12, 111 43 Stockholm",
    "Damrak 1, 1012 LG Amsterdam",
    "Rua Augusta 10, 1100-053 Lisboa",
    "ul. Marszałkowska 10, 00-590 Warszawa",
    "1-2-3 Shibuya, Shibuya-ku, Tokyo 150-0002",
    "One Infinite Loop, Cupertino, CA 95014",
    "RR 2 Box 152, Anytown, KS 66002",
    "350 5th Ave, New York, NY 10118",
    "House 12, Road 5, Dhanmondi, Dhaka 1205",
  ]) {
    assert.deepEqual(check(requires, { channel: "email", text }), [], text);
  }
  for (const text of [
    "Boots 20% off this week. Unsubscribe: https://kestrel.example/u",
    "Kestrel Outfitters, Denver",
    "20 boots on the street, come and see",
    "5 Boots, 80202 happy customers",
    "Order 10 or more, drive home happy, Denver!",
    "20 new styles on the way, Dana!",
    "Gift box 12 for 2026",
    "Save 20 dollars in our Square this Friday, Dana",
    "March 10, 2026 Kestrel news",
    "Save 20 this week, Dana",
  ]) {
    assert.deepEqual(check(requires, { channel: "email", text }), ["wording-missing"], text);
  }
});

test("a contact is one beside the way out", () => {
  const requires: WordingElement[] = [{ element: "contact" }];
  assert.deepEqual(check(requires, { text: "Kestrel, kestrel.example: 20% off" }), []);
  assert.deepEqual(check(requires, { text: "Kestrel 800 555 0199: 20% off" }), []);
  assert.deepEqual(check(requires, { text: "Kestrel: 20% off. Reply STOP" }), ["wording-missing"]);
  const way = "Kestrel: 20% off. Unsubscribe: kestrel.example/u";
  assert.deepEqual(check(requires, { text: way }), ["wording-missing"]);
});

test("a label is there as it is written", () => {
  const requires: WordingElement[] = [{ element: "label", anyOf: ["<ADV>"] }];
  assert.deepEqual(check(requires, { text: "<ADV> Boots 20% off" }), []);
  assert.deepEqual(check(requires, { text: "Boots 20% off" }), ["wording-missing"]);
});

test("a confirmation may ask what was meant and name what was ended, and nothing that sells", () => {
  for (const text of [
    "Kestrel: you will no longer receive promotions. Order updates continue.",
    "Kestrel: you have opted out of sales, promotions and special offers.",
    "Kestrel: all texts stopped. Did you mean to stop only marketing? Reply OFFERS for that.",
    "Kestrel: if you meant only offers, reply OFFERS; without an answer everything stays stopped.",
    "Kestrel: no recibirá más ofertas. Los avisos de entrega continúan.",
    "Kestrel : vous ne recevrez plus nos offres. Les SMS de livraison continuent.",
    "Kestrel: you have unsubscribed from Black Friday alerts and exclusive offers.",
    "Kestrel: you will not receive any more survey invitations.",
    "Kestrel: you will get no more messages. Help: help@kestrel.example or @kestrelhelp",
  ]) {
    assert.equal(findMarketing(text), null, text);
  }
  for (const text of [
    "Kestrel: you are unsubscribed. End of season sale!",
    "Kestrel: you are unsubscribed. Sale only today",
    "Kestrel: you are unsubscribed. Stop by for deals",
    "Kestrel: you are unsubscribed. Follow @kestrel on IG",
    "Kestrel: you are unsubscribed. Shop kestrel.example anytime.",
    "Kestrel: you are unsubscribed. OFFERS await",
    "Kestrel: you are unsubscribed. How did we do? Take our survey.",
    "Kestrel: you are unsubscribed. Don't forget Black Friday!",
    "Kestrel: you are unsubscribed. Boots from 49 dollars.",
    "Kestrel: are you sure? You'll lose your perks. Reply STOP again to confirm.",
    "Kestrel: you are unsubscribed. Ten percent off if you rejoin today",
    "Kestrel : désinscription prise en compte. Téléchargez notre appli.",
  ]) {
    assert.notEqual(findMarketing(text), null, text);
  }
});
