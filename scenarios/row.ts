/**
 * A worked scenario: one question, *may this message go to this person now*, with everything on
 * record and the answer that a careful reader of the law would give. One JSON object a line. The
 * shape belongs to no API; `enter.ts` puts what is on record in through the public one.
 */
import { readFileSync } from "node:fs";
import { type Static, Type } from "typebox";
import Value from "typebox/value";

const Text = Type.String();
const MaybeText = Type.Optional(Text);
const Instant = Type.String({
  pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}T.*(Z|[+-][0-9]{2}:[0-9]{2})$",
});

const Scope = Type.Object({
  sender: Text,
  channel: Text,
  program: Text,
  class: Text,
  use: Text,
});
const Event = Type.Object({
  id: MaybeText,
  at: Instant,
  receivedAt: Type.Optional(Instant),
  kind: Text,
  by: Text,
  via: MaybeText,
  channel: MaybeText,
  address: MaybeText,
  sender: MaybeText,
  scope: Type.Optional(Scope),
  level: MaybeText,
  text: MaybeText,
  evidence: MaybeText,
  inReplyTo: MaybeText,
});
const Registry = Type.Object({
  name: Text,
  listed: Type.Optional(Type.Union([Type.Boolean(), Type.Null()])),
  asOf: Type.Optional(Type.Union([Text, Type.Null()])),
  listedSince: MaybeText,
  sectors: Type.Optional(Type.Array(Text)),
  channels: Type.Optional(Type.Array(Text)),
  kind: MaybeText,
  answer: MaybeText,
  consentDate: MaybeText,
});
const PastSend = Type.Object({
  at: Instant,
  channel: Text,
  class: Text,
  sender: Text,
  subject: MaybeText,
  callKind: MaybeText,
  from: MaybeText,
  onBehalfBy: MaybeText,
  inReplyTo: MaybeText,
  by: MaybeText,
  confirms: MaybeText,
});
const AreaEvent = Type.Object({
  kind: Text,
  area: Text,
  county: MaybeText,
  from: Text,
  to: MaybeText,
});

const RowSchema = Type.Object({
  id: Text,
  group: Text,
  title: Text,
  to: Text,
  known: Type.Optional(
    Type.Object({
      residence: MaybeText,
      county: MaybeText,
      timezone: MaybeText,
      language: MaybeText,
      consumerOrBusiness: MaybeText,
      relationship: MaybeText,
      otherAddresses: Type.Optional(Type.Array(Text)),
    }),
  ),
  sender: Text,
  senderType: MaybeText,
  channel: Text,
  callKind: MaybeText,
  class: Text,
  use: MaybeText,
  program: MaybeText,
  topic: MaybeText,
  subject: MaybeText,
  at: Instant,
  confirms: MaybeText,
  text: MaybeText,
  events: Type.Array(Event),
  registries: Type.Optional(Type.Array(Registry)),
  sends: Type.Optional(Type.Array(PastSend)),
  areaEvents: Type.Optional(Type.Array(AreaEvent)),
  expect: Type.Object({
    action: Type.Union([Text, Type.Array(Text)]),
    notBefore: Type.Optional(Type.Union([Text, Type.Array(Text)])),
    notBeforeMin: MaybeText,
    reasonAny: Type.Optional(Type.Array(Text)),
  }),
});

export type Row = Static<typeof RowSchema>;
export type Event = Static<typeof Event>;
export type RowRegistry = Static<typeof Registry>;

/** A file that is no file of scenarios; the message names the line and the member. */
export class RowProblem extends Error {
  override readonly name = "RowProblem";
}

/** Reads a whole file. Throws `RowProblem`. */
export function readRows(file: string): readonly Row[] {
  return readFileSync(file, "utf8")
    .split("\n")
    .flatMap((line, index) => (line.trim() === "" ? [] : [readRow(line, `${file}:${index + 1}`)]));
}

function readRow(line: string, place: string): Row {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    throw new RowProblem(`${place}: is not JSON; each line is one scenario`);
  }
  if (Value.Check(RowSchema, json)) return json;
  const fault = Value.Errors(RowSchema, json)[0];
  throw new RowProblem(`${place}: ${fault?.instancePath ?? ""} ${fault?.message ?? ""}`);
}

/** `["a"]` of both `"a"` and `["a"]`; empty for nothing. */
export function listOf(value: string | readonly string[] | undefined): readonly string[] {
  if (value === undefined) return [];
  return typeof value === "string" ? [value] : value;
}
