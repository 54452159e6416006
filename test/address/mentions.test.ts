/** Texts that name an address, and those that only look as if. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { mentions } from "../../src/address/mentions.ts";
import type { AddressKey } from "../../src/domain/words.ts";

const FRENCH = "+33612345678";
const EMAIL = "zoé.m@xn--exmple-cua.org";

const CASES: readonly [address: string, named: readonly string[], notNamed: readonly string[]][] = [
  [
    FRENCH,
    [
      "+33612345678",
      "call 06 12 34 56 78 back",
      "06.12.34.56.78",
      "(0)6-12-34-56-78",
      "0033 6 12 34 56 78",
      "%2B33612345678",
      "＋３３６１２３４５６７８",
      "٠٦١٢٣٤٥٦٧٨",
      "06 – 12 – 34 – 56 – 78",
      "tel:+33-6-12-34-56-78;ext=1",
    ],
    ["", "ticket 4711 of 2026-11-21", "+33612345679", "on 06/12 at 34 rue X, 56 people, 78 km"],
  ],
  ["+12125550123", ["(212) 555-0123", "1-212-555-0123", "2125550123."], ["555-0123", "212 555"]],
  // In Argentina a mobile is 9 11 … from abroad and 011 15-… at home.
  ["+5491123456789", ["011 15-2345-6789", "+54 9 11 2345 6789"], ["2345-6789"]],
  [
    EMAIL,
    ["<Zoé.M@exämple.org>", "ZOÉ.M@XN--EXMPLE-CUA.ORG", "zo%C3%A9.m%40ex%C3%A4mple.org"],
    ["zoé.m", "exämple.org", "zoe.m@exämple.org"],
  ],
  ['"+46701234567"@example.com', ["+46701234567@example.com"], ["+46701234567"]],
];

for (const [address, named, notNamed] of CASES) {
  test(`texts that name ${address}`, () => {
    for (const text of named) assert.ok(mentions(text, address as AddressKey), text);
    for (const text of notNamed) assert.ok(!mentions(text, address as AddressKey), text);
  });
}

test("a text of any length is read in no time", () => {
  const long = "6 1 2 3 4 5 6 7 ".repeat(20_000);
  const startedAt = performance.now();
  assert.ok(!mentions(long, FRENCH as AddressKey));
  assert.ok(performance.now() - startedAt < 2000);
});
