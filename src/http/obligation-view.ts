/** What the API shows of obligations: deadlines, and how long it took here and downstream. */
import { type Static, Type } from "typebox";
import { tellObligation } from "../app/obligation-words.ts";
import type { Obligation } from "../app/obligations.ts";
import { BASES, STATUSES } from "../rules/rule-parts.ts";
import { writeInstant, writeInstantOrNull } from "./instants.ts";
import { InstantText, Name, PositionNumber } from "./schemas.ts";

const closed = { additionalProperties: false } as const;
const MaybeInstant = (description: string) =>
  Type.Union([InstantText, Type.Null()], { description });
const Took = (description: string) => Type.Integer({ description });

const DueSchema = Type.Object(
  {
    rule: Type.String({ description: "`<pack>/<rule>@<version>`, in force when they asked." }),
    place: Type.String(),
    citation: Type.String(),
    basis: Type.Enum([...BASES], { description: "Whose word it is; `practice` is our own." }),
    status: Type.Enum([...STATUSES]),
    notice: Type.Optional(Type.String()),
    about: Type.Enum(["opt-out", "sharing", "confirmation", "answer"]),
    words: Type.String({ description: "What the rule allows, and until when." }),
    dueAt: InstantText,
    dueOn: Type.String({ description: "The date of `dueAt` in the zone of the rule." }),
    doneAt: MaybeInstant("`null`: not done everywhere, or nobody keeps since when."),
    state: Type.Enum(["met", "late", "open", "overdue", "unseen"], {
      description:
        "`late`: done after the time. `open`: not done, in time. `overdue`: not done, out of time. " +
        "`unseen`: an answer to the person that Heed knows nothing of.",
    }),
  },
  closed,
);
const DownstreamSchema = Type.Object(
  {
    destination: Name,
    state: Type.Enum(["done", "waiting", "dead", "off"]),
    arrivedAt: MaybeInstant("`null`: not there, or nobody keeps since when."),
    tookMs: Type.Union([Took("From `askedAt`."), Type.Null()]),
  },
  closed,
);
export const ObligationSchema = Type.Object(
  {
    position: PositionNumber,
    kind: Type.Enum(["opt-out", "hold"]),
    state: Type.Enum(["met", "late", "open", "overdue"]),
    askedAt: InstantText,
    receivedAt: InstantText,
    inForceAt: InstantText,
    tookMs: Took("From `askedAt` until it was in force here."),
    confirmation: Type.Object(
      {
        confirmedAt: MaybeInstant("When the one confirmation went out."),
        by: Type.Union([Type.Enum(["heed", "provider", "sender"]), Type.Null()]),
      },
      closed,
    ),
    due: Type.Array(DueSchema),
    downstream: Type.Array(DownstreamSchema),
    inWords: Type.Array(Type.String()),
  },
  { ...closed, description: "What the law allowed for an opt-out, and how long it took." },
);

export function showObligation(one: Obligation): Static<typeof ObligationSchema> {
  return {
    position: one.position,
    kind: one.kind as "opt-out" | "hold",
    state: one.state,
    askedAt: writeInstant(one.askedAt),
    receivedAt: writeInstant(one.receivedAt),
    inForceAt: writeInstant(one.inForceAt),
    tookMs: one.tookMs,
    confirmation: {
      confirmedAt: writeInstantOrNull(one.confirmation.confirmedAt),
      by: one.confirmation.by,
    },
    due: one.due.map(({ overdueAfter: _, dueAt, doneAt, notice, ...rest }) => ({
      ...rest,
      ...(notice === null ? {} : { notice }),
      dueAt: writeInstant(dueAt),
      doneAt: writeInstantOrNull(doneAt),
    })),
    downstream: one.downstream.map((each) => ({
      ...each,
      arrivedAt: writeInstantOrNull(each.arrivedAt),
    })),
    inWords: [...tellObligation(one)],
  };
}
