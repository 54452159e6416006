/** What lists say of an address: copies, answers about the one number, and which of the two counts. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { findingsOf } from "../../src/app/list-findings.ts";
import type { NamedList } from "../../src/app/lists.ts";
import { registryStatus } from "../../src/app/registry-status.ts";
import type { Place } from "../../src/domain/place.ts";
import type { AddressKey, Channel } from "../../src/domain/words.ts";
import type { RulePack } from "../../src/rules/pack.ts";
import type { ListRule } from "../../src/rules/rule-kinds.ts";
import { AddressListBuilder, type AddressListSettings } from "../../src/sets/address-list.ts";
import { type Answer, AnswerBook } from "../../src/sets/answer-book.ts";
import { type Listing, PLAIN_LISTING } from "../../src/sets/listing.ts";
import { tokensOf } from "../sets/entries.ts";

const DAY = 24 * 60 * 60 * 1000;
const AS_OF = Date.UTC(2026, 10, 1);
const ONE = "+12125550101" as AddressKey;
const TWO = "+12125550102" as AddressKey;
const US = { countries: ["US"], regions: [], zones: [] } as unknown as Place;

function listOf(
  more: Partial<AddressListSettings>,
  listed: readonly [AddressKey, Listing?][],
  answers: readonly [AddressKey, Partial<Answer>][] = [],
): NamedList {
  const settings: AddressListSettings = {
    ...{ name: "au-dncr", kind: "national", asOf: AS_OF, maxAgeDays: 30 },
    ...{ countries: [], channels: ["sms", "voice"] },
    ...more,
  };
  const builder = new AddressListBuilder(settings, tokensOf);
  for (const [address, listing] of listed) builder.add(address, listing);
  return { name: settings.name, copy: builder.finish(), answers: bookOf(answers) };
}

function bookOf(answers: readonly [AddressKey, Partial<Answer>][]): AnswerBook {
  const book = new AnswerBook("au-dncr", tokensOf);
  const base: Answer = { listed: false, asOf: AS_OF, listing: PLAIN_LISTING, consentAt: null };
  for (const [address, answer] of answers) book.take(address, { ...base, ...answer });
  return book;
}

const ask = (list: NamedList, address = ONE, channel: Channel = "sms", place = US) =>
  findingsOf({ named: [list] }, address, place, channel);

test("a finding has what the list says of the address, and its age", () => {
  const listing: Listing = { since: AS_OF - DAY, channels: ["voice"], sectors: ["banking"] };
  const list = listOf({}, [[ONE, listing]]);
  assert.deepEqual(ask(list), [
    {
      ...{ list: "au-dncr", kind: "national", listed: true, asOf: AS_OF, maxAgeDays: 30 },
      ...{ listedSince: AS_OF - DAY, channels: ["voice"], sectors: ["banking"], consentAt: null },
    },
  ]);
  const [absent] = ask(list, TWO);
  assert.deepEqual([absent?.listed, absent?.asOf, absent?.maxAgeDays], [false, AS_OF, 30]);
  assert.equal(ask(list, TWO)[0], absent, "it is made once for everybody");
});

test("a list for other countries or channels says nothing, also through its answers", () => {
  const answers: [AddressKey, Partial<Answer>][] = [[ONE, { listed: true, asOf: AS_OF + DAY }]];
  const list = listOf({ countries: ["AU"], channels: ["voice"] }, [[ONE]], answers);
  const australia = { ...US, countries: ["AU"] };
  assert.deepEqual(ask(list), []);
  assert.deepEqual(ask(list, ONE, "sms", australia), []);
  assert.equal(ask(list, ONE, "voice", australia)[0]?.listed, true, "the control");
});

test("of numbers in an area code that nobody got, nothing is known", () => {
  const list = listOf({ areaCodes: ["212"] }, [[ONE]]);
  const [finding] = ask(list, "+14155550101" as AddressKey);
  assert.deepEqual([finding?.listed, finding?.asOf], [null, null]);
  assert.equal(ask(list, TWO)[0]?.listed, false);
});

for (const { name, answer, listed, asOf } of [
  {
    name: "a newer answer counts more than the copy",
    ...{ answer: { listed: false, asOf: AS_OF + DAY }, listed: false, asOf: AS_OF + DAY },
  },
  {
    name: "an older answer counts less",
    ...{ answer: { listed: false, asOf: AS_OF - DAY }, listed: true, asOf: AS_OF },
  },
  {
    name: "of one instant the stricter counts",
    ...{ answer: { listed: false, asOf: AS_OF }, listed: true, asOf: AS_OF },
  },
  {
    name: "an answer about calls says nothing about texts",
    answer: {
      listed: false,
      asOf: AS_OF + DAY,
      listing: { ...PLAIN_LISTING, channels: ["voice" as const] },
    },
    ...{ listed: true, asOf: AS_OF },
  },
  {
    name: "no data says nothing against the copy",
    ...{ answer: { listed: null, asOf: AS_OF + DAY }, listed: true, asOf: AS_OF },
  },
]) {
  test(name, () => {
    const [finding] = ask(listOf({}, [[ONE]], [[ONE, answer]]));
    assert.deepEqual([finding?.listed, finding?.asOf], [listed, asOf]);
  });
}

test("without a copy only those who were asked about have a finding, and no data is one", () => {
  const book = bookOf([[ONE, { listed: null, consentAt: AS_OF - 90 * DAY }]]);
  const list: NamedList = { name: "us-reassigned-numbers", copy: null, answers: book };
  const [finding] = ask(list);
  assert.equal(finding?.listed, null);
  assert.equal(finding?.asOf, AS_OF);
  assert.equal(finding?.consentAt, AS_OF - 90 * DAY);
  assert.deepEqual(ask(list, TWO), []);
});

const RULE = {
  ...{ id: "registry", title: "t", kind: "list", list: "au-dncr", maxAgeDays: 30, graceDays: 0 },
  ...{ lapsesAfter: null, unless: [], basis: "law", status: "in-force", citation: "c" },
  ...{ appliesTo: { channels: ["voice"], classes: ["marketing"] }, sources: [] },
  ...{ reviewed: "2026-01-01", effectiveFrom: "2020-01-01", effectiveUntil: null },
} as unknown as ListRule;
const PACK = {
  ...{ format: 2, id: "au", version: "2026.1.0", title: "Australia", binds: ["AU"], zone: "UTC" },
  ...{ classes: [], topics: [], calendars: {} },
  registries: [
    { id: "au-dncr", title: "Register", access: "wash", channels: ["voice"], sources: [] },
    { id: "bd-dnd", title: "DND", access: "operator-side", channels: ["sms"], sources: [] },
  ],
  rules: [
    RULE,
    { ...RULE, id: "stricter", maxAgeDays: 7 },
    { ...RULE, id: "ended", maxAgeDays: 1, effectiveUntil: "2024-01-01" },
    { ...RULE, id: "gone", list: "fr-bloctel", effectiveUntil: "2024-01-01" },
  ],
} as unknown as RulePack;

const statusOf = (named: readonly NamedList[], now: number) =>
  Object.fromEntries(
    registryStatus([PACK], named, now).map((one) => [one.name, one] as const),
  ) as Record<string, ReturnType<typeof registryStatus>[number] | undefined>;

test("the status names every registry of a pack and says when a copy is due, by the strictest rule in force", () => {
  const none = statusOf([], AS_OF);
  assert.deepEqual(Object.keys(none), ["au-dncr", "bd-dnd", "fr-bloctel"]);
  assert.equal(none["au-dncr"]?.state, "missing");
  assert.match(none["au-dncr"]?.inWords ?? "", /`unknown`/);
  assert.deepEqual(none["au-dncr"]?.neededBy, ["au/registry@2026.1.0", "au/stricter@2026.1.0"]);
  assert.equal(none["bd-dnd"]?.state, "unreadable");
  assert.match(none["fr-bloctel"]?.inWords ?? "", /no rule in force needs it/);
  const copy = listOf({}, [[ONE]]);
  const fresh = statusOf([copy], AS_OF + 7 * DAY)["au-dncr"];
  assert.deepEqual([fresh?.state, fresh?.limitDays, fresh?.dueAt], ["loaded", 7, AS_OF + 7 * DAY]);
  assert.equal(statusOf([copy], AS_OF + 7 * DAY + 1)["au-dncr"]?.state, "stale");
  const answered: NamedList = { ...copy, copy: null, answers: bookOf([[ONE, {}]]) };
  const asked = statusOf([answered], AS_OF)["au-dncr"];
  assert.deepEqual([asked?.state, asked?.answers], ["answered", 1]);
});
