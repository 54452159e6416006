/** The words of a message through the API: what each place wants, what to put in, what it costs. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { startTestHeed } from "../support/heed.ts";

const AT = "2026-10-14T11:00:00Z";
const QUEBEC =
  "Acme Shoes, 10 rue Front, Toronto, acme.example : 20 % de rabais. Répondez ARRET pour vous désabonner.";

interface Fault {
  readonly kind: string;
  readonly element: string;
  readonly text: string;
  readonly rule?: string;
  readonly citation?: string;
}
interface Report {
  readonly fit: boolean;
  readonly targets: readonly {
    readonly target: string;
    readonly faults: readonly Fault[];
    readonly advice: readonly string[];
    readonly rules: readonly string[];
  }[];
  readonly prepend: string;
  readonly append: string;
  readonly left: readonly Fault[];
  readonly notes: readonly string[];
  readonly segments: { before: { segments: number }; after: { segments: number } } | null;
  readonly text?: string | null;
}

async function start(t: Parameters<typeof startTestHeed>[0]) {
  const heed = await startTestHeed(t);
  const headers = heed.auth("admin");
  const sender = await heed.server.inject({
    ...{ method: "PUT", url: "/v1/senders/acme", headers },
    payload: { name: "Acme Shoes" },
  });
  assert.equal(sender.statusCode, 200, sender.body);
  const post = (payload: object) =>
    heed.server.inject({
      ...{ method: "POST", url: "/v1/messages/check", headers: heed.auth("check") },
      payload: { sender: "acme", channel: "sms", at: AT, ...payload },
    });
  const ask = async (payload: object): Promise<Report> => {
    const response = await post(payload);
    assert.equal(response.statusCode, 200, response.body);
    return response.json();
  };
  const kinds = async (payload: object) =>
    (await ask(payload)).targets.flatMap(({ faults }) =>
      faults.map(({ kind, element }) => `${kind} ${element}`),
    );
  return { ...heed, post, ask, kinds };
}

test("every place asks for its own, with the rule and the citation", async (t) => {
  const { ask } = await start(t);
  const report = await ask({ text: "Acme Shoes: 20% off.", places: ["US", "FR", "AU"] });
  assert.equal(report.fit, false);
  assert.deepEqual(
    report.targets.map(({ target }) => target),
    ["US", "FR", "AU"],
  );
  for (const { target, faults, rules } of report.targets) {
    assert.ok(rules.length > 0, target);
    const [fault] = faults;
    assert.equal(fault?.element, "opt-out", target);
    assert.match(fault?.rule ?? "", /^[a-z-]+\/[a-z-]+@2026\./u);
    assert.ok((fault?.citation ?? "").length > 3);
  }
  assert.match(report.append, /Reply STOP to opt out\./u);
  assert.equal(report.prepend, "");
  assert.equal(report.text, undefined, "the finished text is only given when it is asked for");
});

test("texts of the kind that the law of some places knows", async (t) => {
  const { kinds } = await start(t);
  const fits = async (payload: object) => assert.deepEqual(await kinds(payload), []);
  await fits({ places: ["AU-NSW"], text: "Acme Shoes: 20% off boots. Unsub: reply NO" });
  await fits({ places: ["CA-QC"], senderType: "short-code", text: QUEBEC });
  await fits({ places: ["GB"], text: "Acme: 20% off. Opt out: acme.example/o/1" });
  await fits({ places: ["SG"], text: "Acme: new jackets for members. Reply STOP to opt out." });
  await fits({ places: ["FR"], senderType: "alphanumeric", text: "-20%. STOP au 36111" });
  await fits({
    ...{ places: ["BD"], senderType: "short-code" },
    text: "পদ্মা ফ্যাশন: শাড়িতে ২০% ছাড়। বন্ধ করতে STOP লিখুন।",
  });
  assert.deepEqual(
    await kinds({ places: ["FR"], senderType: "alphanumeric", text: "-20%. STOP au 12345" }),
    ["wording-wrong opt-out"],
  );
  const romanised = await kinds({
    ...{ places: ["BD"], senderType: "short-code" },
    text: "Acme: sharite 20% chhar. Bondho korte STOP likhun.",
  });
  assert.ok(romanised.includes("wrong-script script"), romanised.join());
  const call = { channel: "voice", callKind: "prerecorded", places: ["US"] };
  const spoken = "This is Acme Shoes with a sale.";
  assert.deepEqual(await kinds({ ...call, text: spoken }), ["wording-missing opt-out"]);
  await fits({ ...call, text: `${spoken} Press 9 to be removed from our list.` });
  const mail = { channel: "email", places: ["US"] };
  const footer = "Acme Shoes, 10 Front Street, Denver CO 80202";
  await fits({ ...mail, text: `20% off.\n--\nUnsubscribe: https://acme.example/u | ${footer}` });
  const missing = await kinds({ ...mail, text: "Acme Shoes: 20% off." });
  assert.deepEqual(missing.sort(), ["wording-missing opt-out", "wording-missing postal-address"]);
  const paid = `20% off.\nTo unsubscribe pay a $2 handling fee: https://acme.example/pay | ${footer}`;
  assert.ok((await kinds({ ...mail, text: paid })).includes("wording-wrong free-of-charge"));
});

test("a number is asked about by its own place", async (t) => {
  const { ask } = await start(t);
  const report = await ask({ to: "+33612345678", text: "Acme : -20%.", senderType: "short-code" });
  assert.equal(report.targets[0]?.target, "+33612345678");
  assert.ok(report.targets[0]?.rules.some((rule) => rule.startsWith("fr/")));
});

test("the finished text passes its own check, and says when it costs more", async (t) => {
  const { ask } = await start(t);
  for (const place of ["US", "FR", "BD", "CA-QC", "IN", "BR", "JP", "PL", "SA", "IL", "TH", "KR"]) {
    for (const senderType of ["long-code", "short-code", "alphanumeric", "toll-free"]) {
      const given = { link: "acme.example/o/1", shortCode: "36111", contact: "acme.example" };
      const body = place === "BD" ? "শাড়িতে ২০% ছাড়।" : "Boots 20%.";
      const question = { places: [place], senderType, ...given, insert: true };
      const report = await ask({ ...question, text: body });
      const what = `${place} ${senderType}: ${JSON.stringify(report)}`;
      assert.deepEqual(report.left, [], what);
      const again = await ask({ ...question, text: report.text });
      assert.equal(again.fit, true, what);
      assert.equal(again.text, report.text, what);
      assert.deepEqual(again.targets[0]?.advice, [], what);
    }
  }
  const long = await ask({ places: ["US"], text: `Acme: ${"x".repeat(150)}`, insert: true });
  assert.deepEqual([long.segments?.before.segments, long.segments?.after.segments], [1, 2]);
  assert.ok(long.notes.includes("It goes out as 2 SMS instead of 1."), long.notes.join());
});

test("what cannot be put in is said, and what to give", async (t) => {
  const { ask } = await start(t);
  const report = await ask({
    ...{ places: ["FR"], senderType: "alphanumeric", insert: true },
    text: "Acme : -20%.",
  });
  assert.equal(report.text, null);
  assert.equal(report.left[0]?.element, "opt-out");
  assert.match(report.notes.join(" "), /Give `shortCode`/u);
  const wrong = await ask({
    ...{ places: ["FR"], senderType: "alphanumeric", insert: true, shortCode: "36111" },
    text: "Acme : -20%. STOP au 12345",
  });
  assert.equal(wrong.text, null, "two numbers are no clearer than a wrong one");
});

test("a way out in words that nobody reads there is advised against, not refused", async (t) => {
  const { ask } = await start(t);
  const text = "Acme Shoes, acme.example: 20% off. Reply STOP to opt out.";
  const [quebec, poland] = (await ask({ places: ["CA-QC", "PL"], text })).targets;
  assert.deepEqual(quebec?.advice, [], "English is read in Quebec too");
  assert.deepEqual(poland?.faults, []);
  assert.match(poland?.advice[0] ?? "", /English.*Polish/u);
  const [french] = (await ask({ places: ["CA"], language: "fr-CA", text })).targets;
  assert.match(french?.advice[0] ?? "", /French/u);
});

test("a confirmation says who confirms and advertises nothing", async (t) => {
  const { kinds } = await start(t);
  const confirmation = { kind: "confirmation", places: ["US"] };
  const plain = "Acme Shoes: you are unsubscribed and will get no more messages.";
  for (const text of [
    `${plain} Questions: 800 555 0199`,
    `${plain} Help: help@acme.example`,
    `${plain} Reply START to get them again.`,
    "Acme Shoes: no more offers. Delivery texts continue.",
  ]) {
    assert.deepEqual(await kinds({ ...confirmation, text }), [], text);
  }
  for (const text of [
    `${plain} Come back today!`,
    `${plain} 20% off your next order.`,
    `${plain} Shop acme.example/boots`,
    `${plain} Boots from $20`,
  ]) {
    const found = await kinds({ ...confirmation, text });
    assert.deepEqual(found, ["marketing-in-confirmation marketing"], text);
  }
  const nameless = await kinds({ ...confirmation, text: "You are unsubscribed." });
  assert.deepEqual(nameless, ["wording-missing sender"]);
});

test("the greeting after an opt-in says what CTIA wants it to say", async (t) => {
  const { ask, kinds } = await start(t);
  const greeting = { kind: "opt-in", places: ["US"], senderType: "short-code" };
  const whole =
    "Acme Shoes alerts: 4 msgs/month. Msg & data rates may apply. Reply HELP for help, STOP to opt out.";
  assert.deepEqual(await kinds({ ...greeting, text: whole }), []);
  const bare = await kinds({ ...greeting, text: "Welcome to Acme Shoes alerts." });
  for (const element of ["help", "frequency", "rates", "opt-out"]) {
    assert.ok(bare.includes(`wording-missing ${element}`), `${element}: ${bare.join()}`);
  }
  const frequency = "4 msgs/month.";
  const text = "Welcome to Acme Shoes alerts.";
  const made = await ask({ ...greeting, text, frequency, insert: true });
  assert.deepEqual(made.left, [], JSON.stringify(made));
});

test("a question that cannot be answered says what to do", async (t) => {
  const { post } = await start(t);
  const text = "Acme: hi";
  const cases: [object, string][] = [
    [{ text, places: ["US"], sender: "nobody" }, "unknown-sender"],
    [{ text, places: ["XX"] }, "invalid-request"],
    [{ text }, "invalid-request"],
    [{ text, to: "12" }, "invalid-address"],
    [{ text, places: ["US"], shortCode: "abc" }, "invalid-request"],
    [{ places: ["US"] }, "invalid-request"],
  ];
  for (const [payload, problem] of cases) {
    const response = await post(payload);
    assert.match(response.json().type, new RegExp(`${problem}$`, "u"), response.body);
    assert.ok(response.statusCode < 500);
  }
});
