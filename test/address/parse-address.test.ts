/** Two spellings of one address meet under one key, and what is no address says what to do. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import examples from "libphonenumber-js/examples.mobile.json";
import { getCountries, getExampleNumber } from "libphonenumber-js/max";
import { isProblem, parseAddress } from "../../src/address/parse-address.ts";
import { kindOfAddress } from "../../src/domain/words.ts";
import { addressReader } from "../../src/scrub/read-address.ts";

function keyOf(raw: string, defaultRegion: string | null = null): string {
  const parsed = parseAddress(raw, { defaultRegion });
  return isProblem(parsed) ? parsed.problem : parsed.key;
}

test("every country's example number has one key in all its forms", () => {
  for (const country of getCountries()) {
    const example = getExampleNumber(country, examples);
    assert.ok(example !== undefined, country);
    const key = example.number;
    const international = example.formatInternational();
    const forms = [
      key,
      international,
      example.format("RFC3966"),
      international.replaceAll(" ", "."),
      `00${key.slice(1)}`,
      `whatsapp:${key}`,
      `${international} ext. 42`,
    ];
    for (const form of forms) assert.equal(keyOf(form, country), key, `${country} ${form}`);
    assert.equal(keyOf(example.formatNational(), country), key, `${country} national`);
  }
});

test("odd spellings of one number share its key", () => {
  const spellings = [
    "+1 (212) 555-0123",
    "212.555.0123",
    "1-212-555-0123",
    "tel:+1-212-555-0123;ext=9",
    "tel:555-0123;phone-context=+1-212",
    "+1 212 555 0123 x77",
    "＋１２１２５５５０１２３",
    "\u202A+1\u00A0212\u00A0555\u00A00123\u202C",
    "٢١٢٥٥٥٠١٢٣",
    "২১২৫৫৫০১২৩",
    "001 212 555 0123",
    "011 1 212 555 0123",
    "+1 212‑555‑0123\r\n",
  ];
  for (const spelling of spellings) assert.equal(keyOf(spelling, "US"), "+12125550123", spelling);
});

test("a Mexican mobile is one phone with the 1 that WhatsApp still writes and without it", () => {
  const spellings = [
    ...["+525512345678", "+5215512345678", "+52 1 55 1234 5678", "whatsapp:+5215512345678"],
    ...["5215512345678", "00 52 1 55 1234 5678", "55 1234 5678"],
  ];
  for (const spelling of spellings) {
    assert.equal(keyOf(spelling, "MX"), "+525512345678", spelling);
    const read = addressReader("MX")(spelling, "phone");
    assert.equal(isProblem(read) ? read.problem : read.key, "+525512345678", spelling);
  }
  const old = parseAddress("+5215512345678", { defaultRegion: null });
  assert.ok(!isProblem(old) && old.valid);
});

test("a number that lost its plus is read abroad only when it makes no sense at home", () => {
  assert.equal(keyOf("33612345678", "US"), "+33612345678");
  assert.equal(keyOf("12125550123", "FR"), "+12125550123");
  assert.equal(keyOf("2125550123", "US"), "+12125550123");
});

test("a number of an unknown area or country code is a key, and is called invalid", () => {
  for (const number of ["+17295550123", "+14575550126", "+999123456789", "+262639123456"]) {
    const parsed = parseAddress(number, { defaultRegion: null });
    assert.ok(!isProblem(parsed), number);
    assert.deepEqual([parsed.key, parsed.valid], [number, false]);
  }
  assert.equal(keyOf("(729) 555-0123", "US"), "+17295550123");
});

test("what is no address gets a problem that says what to do and does not repeat it", () => {
  const cases: readonly (readonly [string, string | null, string])[] = [
    ["", null, "empty"],
    [" \t\n", null, "empty"],
    ["4".repeat(40), "US", "too-long"],
    [`+${"4".repeat(40)}`, null, "too-long"],
    ["1".repeat(100_000), "US", "too-long"],
    ["555-0123\0", "US", "not-an-address"],
    ["\ud800 212 555 0123", "US", "not-an-address"],
    ["12", "US", "too-short"],
    ["2125550123", null, "needs-region"],
    ["2125550123", "XX", "needs-region"],
    ["call me maybe", "US", "not-an-address"],
    ["+0123456789", null, "not-an-address"],
    ["bob@", null, "not-an-address"],
    ["@example.org", null, "not-an-address"],
    ["b ob@example.com", null, "not-an-address"],
    ["bob@exam ple.com", null, "not-an-address"],
    ["bob@@example.com", null, "not-an-address"],
    ["bob@localhost", null, "not-an-address"],
    ["bob@127.0.0.1", null, "not-an-address"],
    ["bob@example.com/x", null, "not-an-address"],
    ["bob\u0007@example.com", null, "not-an-address"],
    [`${"a".repeat(65)}@example.com`, null, "too-long"],
    [`a@${"b.".repeat(126)}com`, null, "too-long"],
  ];
  for (const [raw, region, problem] of cases) {
    const parsed = parseAddress(raw, { defaultRegion: region });
    assert.ok(isProblem(parsed), raw.slice(0, 60));
    assert.equal(parsed.problem, problem, raw.slice(0, 60));
    if (raw.trim().length > 4) assert.ok(!parsed.message.includes(raw.trim()));
  }
});

test("an e-mail address is compared without case and sent as it was written", () => {
  const parsed = parseAddress(" Bob.O'Neil+News@ExAmple.COM ", { defaultRegion: null });
  assert.ok(!isProblem(parsed));
  assert.equal(parsed.key, "bob.o'neil+news@example.com");
  assert.equal(parsed.display, "Bob.O'Neil+News@example.com");
  assert.equal(keyOf("info@MÜLLER.de"), "info@xn--mller-kva.de");
  assert.equal(keyOf("Jose\u0301@example.com"), keyOf("JOSÉ@example.com"));
  assert.equal(keyOf('"bob"@example.com'), "bob@example.com");
  assert.notEqual(keyOf("b.ob@gmail.com"), keyOf("bob@gmail.com"));
});

test("a key says its own kind, also for a mailbox that begins with a plus", () => {
  const parsed = parseAddress("+tag@example.com", { defaultRegion: null });
  assert.ok(!isProblem(parsed));
  assert.equal(kindOfAddress(parsed.key), "email");
  assert.equal(parsed.display, "+tag@example.com");
});

test("the wanted kind is asked for by name when the other one came", () => {
  assert.ok(isProblem(parseAddress("a@example.com", { defaultRegion: null, kind: "phone" })));
  assert.ok(isProblem(parseAddress("+12125550123", { defaultRegion: null, kind: "email" })));
});

test("no text whatever makes it throw, and a key read again is the same key", () => {
  const texts = fc.oneof(
    fc.string({ unit: "binary", maxLength: 60 }),
    fc.string({ unit: fc.constantFrom(..."+0123456789 ().-x;=/@a".split("")), maxLength: 40 }),
    fc.emailAddress(),
  );
  fc.assert(
    fc.property(texts, fc.constantFrom(null, "US", "FR", "IT", "AR", "MX"), (raw, region) => {
      const parsed = parseAddress(raw, { defaultRegion: region });
      if (isProblem(parsed)) return;
      assert.equal(kindOfAddress(parsed.key), parsed.kind);
      assert.equal(keyOf(parsed.key), parsed.key);
      assert.equal(keyOf(parsed.display, region), parsed.key);
    }),
    { numRuns: 3000 },
  );
});
