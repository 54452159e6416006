/**
 * A rule in words, for the people who review it: the reference, `heed packs explain` and `diff`. From
 * the data alone, so that what a lawyer reads is what is applied.
 */
import type { RulePack } from "./pack.ts";
import type { Rule, WordingElement } from "./rule-kinds.ts";
import type { Ground } from "./rule-parts.ts";
import { WEEKDAYS } from "./rule-parts.ts";
import { describeWindows } from "./windows.ts";

const DAY_NAMES = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"] as const;

const STOP_SCOPES = {
  "every-channel": "A plain STOP on any channel covers this too.",
  "every-address": "An opt-out at one address of a person covers all of them.",
  sharing: "An opt-out of being contacted covers passing the data on too.",
} as const;

/** What a rule says, in one or a few sentences. */
export function describeRule(rule: Rule): string {
  switch (rule.kind) {
    case "hours":
      return describeHours(rule);
    case "consent":
      return `Needs ${joinOr(rule.accepts.map(describeGround))}.`;
    case "list":
      return describeList(rule);
    case "reassigned":
      return `Not to a number that \`${rule.list}\` says went to somebody else after the consent.`;
    case "cap":
      return describeCap(rule);
    case "cooling-off": {
      const about = rule.afterUse === "share" ? " of sharing" : "";
      const what = rule.after === "refusal" ? "a no in a call" : `an opt-out${about}`;
      return `Not within ${describeDuration(rule.lasts)} after ${what}.${lifted(rule.unless)}`;
    }
    case "ban":
      return `Not allowed.${lifted(rule.unless)}`;
    case "suspension":
      return `Suspended during ${joinOr(rule.events.map(spaced))} there.${lifted(rule.unless)}`;
    case "stop-scope":
      return STOP_SCOPES[rule.covers];
    case "wording":
      return `The text has to have ${rule.requires.map(describeElement).join("; ")}.`;
    case "deadline":
      return describeDeadline(rule);
    case "duty":
      return `${rule.value}${rule.value.endsWith(".") ? "" : "."}`;
  }
}

/** Which messages a rule binds: `sms, voice; marketing; consumers`. */
export function describeReach({ appliesTo }: Rule): string {
  const { channels, classes, uses, callKinds, regions, exceptRegions, counties } = appliesTo;
  const { subscribers, numberTypes, senderTypes, topics, exceptTopics } = appliesTo;
  const parts = [
    channels.join(", "),
    classes.join(", "),
    uses?.includes("share") === true ? `use: ${uses.join(", ")}` : null,
    callKinds && `calls: ${callKinds.join(", ")}`,
    senderTypes && `sent from: ${senderTypes.join(", ")}`,
    numberTypes && `to numbers: ${numberTypes.join(", ")}`,
    subscribers && `to: ${subscribers.join(", ")}`,
    topics && `about: ${topics.join(", ")}`,
    exceptTopics && `not about: ${exceptTopics.join(", ")}`,
    regions && `in ${regions.join(", ")}`,
    exceptRegions && `not in ${exceptRegions.join(", ")}`,
    counties && `in the counties ${counties.join(", ")}`,
  ];
  return parts.filter((part) => typeof part === "string").join("; ");
}

function describeHours(rule: Extract<Rule, { kind: "hours" }>): string {
  const clock = rule.zone === "recipient" ? "where the person is" : `by the clock of ${rule.zone}`;
  const special = [
    rule.holidays && `on ${spaced(rule.holidays.calendar)} ${shownWindows(rule.holidays.windows)}`,
    rule.eves && `the day before ${shownWindows(rule.eves.windows)}`,
  ].filter((part) => typeof part === "string");
  const days = special.length === 0 ? "" : `; ${special.join("; ")}`;
  return `${describeWeek(rule.week)}${days}; ${clock}.${lifted(rule.unless)}`;
}

/** `Mon-Fri from 10:00 to 13:00 and from 14:00 to 20:00; Sat, Sun closed`. */
function describeWeek(week: Extract<Rule, { kind: "hours" }>["week"]): string {
  const runs: { from: number; to: number; windows: string }[] = [];
  for (const [index, day] of WEEKDAYS.entries()) {
    const windows = shownWindows(week[day]);
    const last = runs.at(-1);
    if (last?.windows === windows) last.to = index;
    else runs.push({ from: index, to: index, windows });
  }
  return runs
    .map(({ from, to, windows }) => {
      const last = from === to ? "" : `-${DAY_NAMES[to]}`;
      return `${DAY_NAMES[from]}${last} ${windows}`;
    })
    .join("; ");
}

function shownWindows(windows: readonly string[]): string {
  return windows.length === 0 ? "closed" : describeWindows(windows);
}

function describeList(rule: Extract<Rule, { kind: "list" }>): string {
  const { list, maxAgeDays, graceDays, lapsesAfter } = rule;
  const parts = [
    `Not to whom \`${list}\` lists`,
    maxAgeDays === null ? null : `by a copy or an answer no older than ${maxAgeDays} days`,
    graceDays === 0 ? null : `from ${graceDays} days after the listing`,
    lapsesAfter === null ? null : `for ${describeDuration(lapsesAfter)}`,
  ];
  return `${parts.filter((part) => part !== null).join(", ")}.${lifted(rule.unless)}`;
}

function describeCap(rule: Extract<Rule, { kind: "cap" }>): string {
  const { max, period, counts, whose, perSubject } = rule;
  const time =
    "hours" in period
      ? `${period.hours} hours`
      : `${plural(period.calendarDays, "calendar day", "calendar days")}`;
  const over = counts.otherChannelsOnly === true ? " over another channel" : "";
  const what = `${counts.classes.join(", ")} by ${counts.channels.join(", ")}${over}`;
  const subject = perSubject ? " about the same subject" : "";
  const by = whose === "sender" ? "in the name of the sender" : "from anybody";
  const replies = counts.replies ? "" : " Answers to the person do not count.";
  const most = max === 0 ? "None" : `At most ${max}`;
  return `${most} in ${time} (${what}${subject}), ${by}.${replies}${lifted(rule.unless)}`;
}

const ABOUT = {
  "opt-out": "An opt-out is honoured",
  sharing: "An opt-out of sharing is honoured, and passed on,",
  confirmation: "An opt-out is confirmed",
  answer: "A request is answered",
} as const;

function describeDeadline({ about, within }: Extract<Rule, { kind: "deadline" }>): string {
  if ("immediately" in within) return `${ABOUT[about]} at once.`;
  if ("duration" in within) return `${ABOUT[about]} within ${describeDuration(within.duration)}.`;
  const weekend = within.weekend.join(" and ");
  const holidays = within.calendar === null ? "" : `, without the holidays of ${within.calendar}`;
  const count = plural(within.businessDays, "business day", "business days");
  return `${ABOUT[about]} within ${count} (weekend: ${weekend || "none"}${holidays}).`;
}

export function describeGround(ground: Ground): string {
  switch (ground.ground) {
    case "consent": {
      const after = ground.afterListing === true ? " that was given after the listing" : "";
      return `${ground.level} consent${after}`;
    }
    case "dealing": {
      const what = joinOr(ground.dealings.map((dealing) => `a ${dealing}`.replace("a i", "an i")));
      return ground.within === null ? what : `${what} within ${describeDuration(ground.within)}`;
    }
    case "relationship": {
      const who = joinOr(
        ground.relationships.map((one) =>
          one === "contract" ? "a running contract" : "an existing customer",
        ),
      );
      return ground.topics === undefined
        ? who
        : `${who}, about ${joinOr(ground.topics.map(spaced))}`;
    }
    case "reply":
      return "an answer to the person's own message";
  }
}

function describeElement(element: WordingElement): string {
  switch (element.element) {
    case "opt-out": {
      const code =
        element.shortCode === undefined ? "" : ` (the code fits \`${element.shortCode}\`)`;
      const words = element.keywords === undefined ? "" : ` with ${joinOr(element.keywords)}`;
      return `a way out by ${joinOr(element.ways.map(spaced))}${words}${code}`;
    }
    case "sender":
      return "the name of the sender";
    case "contact":
      return "a way to reach the sender";
    case "help":
      return "how to get help";
    case "frequency":
      return "how often messages come";
    case "rates":
      return "that message and data rates may apply";
    case "postal-address":
      return "a postal address";
    case "free-of-charge":
      return "a way out that costs nothing and asks for nothing more";
    case "script":
      return `the script ${element.script}`;
    case "label":
      return `the label ${joinOr(element.anyOf)}`;
  }
}

function lifted(unless: readonly Ground[]): string {
  return unless.length === 0 ? "" : ` Lifted by ${joinOr(unless.map(describeGround))}.`;
}

const UNITS = {
  Y: ["year", "years"],
  M: ["month", "months"],
  D: ["day", "days"],
  H: ["hour", "hours"],
  m: ["minute", "minutes"],
} as const;

/** `18 months` of `P18M`. */
export function describeDuration(written: string): string {
  const [date = "", time = ""] = written.slice(1).split("T");
  const parts = [
    ...date.matchAll(/([0-9]+)([YMD])/gu),
    ...time.replace("M", "m").matchAll(/([0-9]+)([Hm])/gu),
  ];
  return parts
    .map(([, count, unit]) => {
      const [one, many] = UNITS[unit as keyof typeof UNITS];
      return plural(Number(count), one, many);
    })
    .join(" and ");
}

function plural(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}

function joinOr(words: readonly string[]): string {
  if (words.length <= 1) return words[0] ?? "nothing";
  return `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}

function spaced(name: string): string {
  return name.replaceAll("-", " ");
}

/** How a rule stands at a date: `in force`, `from 2027-01-31`, `until 2026-08-10`. */
export function describeForce(rule: Rule): string {
  const { effectiveFrom, effectiveUntil } = rule;
  return effectiveUntil === null
    ? `from ${effectiveFrom}`
    : `from ${effectiveFrom}, no more from ${effectiveUntil}`;
}

/** `United States, Florida (us-fl)`. */
export function namePack(pack: RulePack): string {
  return `${pack.title} (\`${pack.id}\`)`;
}
