// How the address column and the header are found, and when people are asked instead.
import assert from "node:assert/strict";
import { test } from "node:test";
import { namesAddress } from "../../src/scrub/column-names.ts";
import { findColumn, looksLikeHeader } from "../../src/scrub/columns.ts";
import { addressReader } from "../../src/scrub/read-address.ts";

const read = addressReader("US");
const PHONE = "+14155550100";

const NAMES: readonly { name: string; phone?: true; email?: true }[] = [
  { name: "phone", phone: true },
  { name: "Phone Number", phone: true },
  { name: "customerPhone", phone: true },
  { name: "MOBILE_PHONE_1", phone: true },
  { name: "Cell #", phone: true },
  { name: "msisdn", phone: true },
  { name: "Téléphone portable", phone: true },
  { name: "N° de téléphone", phone: true },
  { name: "Teléfono móvil", phone: true },
  { name: "Número de celular", phone: true },
  { name: "Telemóvel", phone: true },
  { name: "Handynummer", phone: true },
  { name: "মোবাইল নম্বর", phone: true },
  { name: "ফোন", phone: true },
  { name: "رقم الهاتف", phone: true },
  { name: "手机号码", phone: true },
  { name: "E-Mail", email: true },
  { name: "email_address", email: true },
  { name: "Correo electrónico", email: true },
  { name: "Adresse e-mail", email: true },
  { name: "Courriel", email: true },
  { name: "ইমেইল", email: true },
  { name: "البريد الإلكتروني", email: true },
  { name: "name" },
  { name: "id" },
  { name: "hotel" },
  { name: "excellent" },
  { name: "" },
];

for (const { name, phone = false, email = false } of NAMES) {
  const what = phone ? "a phone" : email ? "an e-mail" : "no address";
  test(`a column called \`${name}\` is ${what} column`, () => {
    assert.equal(namesAddress(name, "phone"), phone);
    assert.equal(namesAddress(name, "email"), email);
  });
}

function find(header: string[] | null, rows: string[][], given?: string | number) {
  return findColumn({ header, rows, kind: "phone", read, given });
}

test("a column beside the phone column that is only about phones is no candidate", () => {
  const rows = [["mobile", "1", PHONE, "2025-01-01"]];
  const header = ["phone type", "phone country code", "phone", "phone verified at"];
  assert.deepEqual(find(header, rows), { index: 2, name: "phone", foundBy: "name" });
});

test("two phone columns are a question, never a guess", () => {
  const rows = [["Ana", PHONE, "+14155550101"]];
  assert.throws(() => find(["name", "home phone", "mobile"], rows), {
    name: "UnreadableFile",
    problem: "several-columns",
    message:
      "More than one column can be the phone number column: 2 `home phone`, 3 `mobile`. " +
      "Say which one is meant, by its name or its number.",
  });
  assert.throws(() => find(null, rows), /: 2, 3\./u);
});

test("without a telling name the content decides, else it is a question", () => {
  const rows = [
    ["1001", "Ana", "(415) 555-0100"],
    ["1002", "Bea", ""],
  ];
  assert.deepEqual(find(["id", "who", "reach"], rows), {
    index: 2,
    name: "reach",
    foundBy: "content",
  });
  assert.throws(
    () => find(["id", "who"], [["1", "Ana"]]),
    /No phone number column.* 1 `id`, 2 `who`/u,
  );
});

test("a given column is taken by exact name, by similar name and by number", () => {
  const header = ["Téléphone", "telephone", "3"];
  const rows = [["a", "b", "c"]];
  assert.equal(find(header, rows, "telephone").index, 1);
  assert.equal(find(["x", "Téléphone"], rows, "TELEPHONE").index, 1);
  assert.deepEqual(find(header, rows, "3"), { index: 2, name: "3", foundBy: "given-name" });
  assert.deepEqual(find(header, rows, "1"), {
    index: 0,
    name: "Téléphone",
    foundBy: "given-number",
  });
  assert.equal(find(header, rows, 2).foundBy, "given-number");
});

test("a given column that is not there, or there twice, is said with what there is", () => {
  assert.throws(
    () => find(["a", "b"], [], "phone"),
    /no column `phone`\. The file has 1 `a`, 2 `b`/u,
  );
  assert.throws(() => find(["a", "b"], [], 3), /no column `3`/u);
  assert.throws(() => find(["a", "b"], [], "0"), /no column `0`/u);
  assert.throws(() => find(["p", "p"], [], "p"), /2 columns called `p`.* number .*: 1, 2/u);
});

test("a row with an address or a long number in it is no header", () => {
  assert.equal(looksLikeHeader(["name", "phone"], read), true);
  assert.equal(looksLikeHeader(["Ana", PHONE], read), false);
  assert.equal(looksLikeHeader(["Ana", "ana@example.com"], read), false);
  assert.equal(looksLikeHeader(["Ana", "12345678"], read), false);
  assert.equal(looksLikeHeader(["1", "2"], read), false);
});
