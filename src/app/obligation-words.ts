/** Obligations in words: "United States, federal: due by 2026-12-07, done here after 12 ms, …". */
import type { Clock, Downstream, Obligation } from "./obligations.ts";

const SUBJECTS: Readonly<Record<Clock["about"], string>> = {
  "opt-out": "",
  sharing: "end of sharing ",
  answer: "answer to the person ",
  confirmation: "confirmation ",
};

/** One line for each clock; one that says that no deadline is known where there is none. */
export function tellObligation(obligation: Obligation): readonly string[] {
  const { due } = obligation;
  const done = tellDone(obligation);
  if (due.length === 0) return [`No deadline is known: ${done}`];
  return due.map((clock) => `${clock.place}: ${tellClock(clock, obligation, done)}`);
}

function tellClock(clock: Clock, obligation: Obligation, done: string): string {
  const when = clock.dueAt === obligation.askedAt ? "at once" : `by ${clock.dueOn}`;
  const due = `${SUBJECTS[clock.about]}due ${when}`;
  if (clock.about === "opt-out" || clock.about === "sharing") {
    return `${due}, ${done}${SIGNS[clock.state]}`;
  }
  return `${due}, ${tellWord(clock, obligation)}${SIGNS[clock.state]}`;
}

const SIGNS: Readonly<Record<Clock["state"], string>> = {
  met: "",
  open: "",
  unseen: "",
  late: " (LATE)",
  overdue: " (OVERDUE)",
};

function tellWord({ doneAt }: Clock, { askedAt, confirmation: { by } }: Obligation): string {
  if (by === null) return "none from Heed, which knows of no other";
  const who = by === "heed" ? "Heed" : `the ${by}`;
  return doneAt === null
    ? `confirmed by ${who}`
    : `confirmed by ${who} after ${nameLength(doneAt - askedAt)}`;
}

function tellDone({ tookMs, downstream }: Obligation): string {
  return [`done here after ${nameLength(tookMs)}`, ...downstream.map(tellDownstream)].join(", ");
}

function tellDownstream({ destination, state, tookMs }: Downstream): string {
  switch (state) {
    case "waiting":
      return `waiting for ${destination}`;
    case "dead":
      return `given up at ${destination}, a dead letter`;
    case "off":
      return `not at ${destination}, which is off`;
    case "done":
      return tookMs === null
        ? `at ${destination}, nobody keeps since when`
        : `at ${destination} after ${nameLength(tookMs)}`;
  }
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `12 ms`, `3 s`, `5 min`, `7 h`, `2 days`: never more than it was. */
export function nameLength(ms: number): string {
  const length = Math.max(0, ms);
  if (length < SECOND) return `${length} ms`;
  if (length < MINUTE) return `${Math.floor(length / SECOND)} s`;
  if (length < HOUR) return `${Math.floor(length / MINUTE)} min`;
  if (length < 2 * DAY) return `${Math.floor(length / HOUR)} h`;
  return `${Math.floor(length / DAY)} days`;
}
