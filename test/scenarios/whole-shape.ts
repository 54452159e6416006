// Scenarios of what the packs' own do not speak of, so that everything that the shape can say has been
// told to a real Heed. The law is beside the point here: the doors and the pure function agree.
import { parseScenarios, type Scenario } from "../../src/rules/scenario.ts";

const text = { at: "2026-10-14T12:00:00-05:00", to: "+13125550163", channel: "sms" };
const sale = { ...text, class: "marketing" };
const mail = { ...sale, to: "dana.reyes@example.com", channel: "email" };
const illinois = { residence: "US-IL", timezone: "America/Chicago" };
const [before, later] = ["2026-03-02T10:00:00Z", "2026-04-02T10:00:00Z"];
const optIn = { kind: "opt-in", at: before, level: "written" };
const ours = { list: "ours", kind: "do-not-contact", asOf: later };
const stopped = { answer: "deny", reasons: ["opted-out"] };

function after(event: object): { events: readonly object[] } {
  return { events: [optIn, { at: later, ...event }] };
}

export const WHOLE_SHAPE: readonly Scenario[] = parseScenarios(
  [
    {
      ...{ ...sale, name: "held by staff", ...after({ kind: "hold", by: "staff" }) },
      expect: { answer: "deny", reasons: ["on-hold"] },
    },
    {
      ...{ ...text, name: "a receipt while marketing is held", class: "transactional" },
      ...after({ kind: "hold", by: "staff" }),
      expect: { answer: "allow", reasons: ["consent-not-needed"] },
    },
    {
      ...{ ...sale, name: "erased", ...after({ kind: "erasure" }) },
      expect: { answer: "deny", reasons: ["erased"] },
    },
    {
      ...{ ...sale, name: "on a list of our own", consent: "written" },
      lists: [{ ...ours, listed: true }],
      expect: { answer: "deny", reasons: ["listed"] },
    },
    {
      ...{ ...sale, name: "a list of our own that is too old by its own word", consent: "written" },
      lists: [{ ...ours, listed: false, maxAgeDays: 30 }],
      expect: { answer: "unknown", reasons: ["list-stale"] },
    },
    {
      ...{
        ...sale,
        name: "listed for another line of business",
        consent: "written",
        topic: "shoes",
      },
      lists: [{ ...ours, listed: true, listedSince: before, channels: ["sms"], sectors: ["bank"] }],
      expect: { answer: "allow", reasons: ["consented"] },
    },
    {
      ...{ ...sale, name: "of no more use in the morning", channel: "voice", consent: "written" },
      ...{ at: "2026-10-14T22:00:00-05:00", usefulUntil: "2026-10-14T23:00:00-05:00" },
      expect: { answer: "deny", reasons: ["too-late"] },
    },
    {
      ...{ ...sale, name: "a program that was stopped", program: "alerts" },
      ...after({ kind: "opt-out", scope: { program: "alerts" } }),
      expect: stopped,
    },
    {
      ...{ ...sale, name: "another program", program: "news" },
      ...after({ kind: "opt-out", scope: { program: "alerts" } }),
      expect: { answer: "allow", reasons: ["consented"] },
    },
    {
      ...{ ...sale, name: "every sender was stopped" },
      ...after({ kind: "opt-out", scope: { sender: "all" } }),
      expect: { answer: "deny", reasons: ["do-not-contact"] },
    },
    {
      ...{ ...sale, name: "STOP in a call", channel: "voice" },
      ...after({ kind: "opt-out", stopOn: "voice" }),
      expect: stopped,
    },
    {
      ...{ ...mail, name: "STOP by e-mail", known: illinois },
      ...after({ kind: "opt-out", stopOn: "email" }),
      expect: stopped,
    },
    {
      ...{ ...mail, name: "STOP at another e-mail address", known: illinois },
      ...after({ kind: "opt-out", stopOn: "email", otherAddress: true }),
      expect: { answer: "allow", reasons: [] },
    },
    {
      ...{ ...sale, name: "an import lifts nothing" },
      events: [
        { kind: "opt-out", at: before, by: "provider" },
        { ...optIn, at: later, by: "import" },
      ],
      expect: stopped,
    },
    {
      ...{ ...text, name: "a purchase that nothing proves", class: "transactional" },
      callKind: "auto",
      events: [{ kind: "purchase", at: later, by: "import", evidence: false }],
      expect: { answer: "deny", reasons: ["no-consent"] },
    },
    {
      ...{ ...text, name: "a sender of another name", class: "transactional", isReply: true },
      ...{ senderName: "Blue Bikes", text: "Blue Bikes: it is done." },
      expect: { answer: "allow", reasons: ["consent-not-needed"] },
    },
  ],
  "whole-shape.ts",
);
