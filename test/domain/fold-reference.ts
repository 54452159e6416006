/** The fold by the book: every act is kept and every question goes through all of them. */
import type { Act } from "../../src/domain/act.ts";
import type { Scope, Send } from "../../src/domain/scope.ts";

export interface Kept {
  readonly act: Act;
  readonly position: number;
}

const WEEK = 7 * 86_400_000;
const KEYS = ["sender", "channel", "program", "class", "use"] as const;

function inside(send: Send, scope: Scope): boolean {
  return KEYS.every((key) => scope[key] === "all" || scope[key] === send[key]);
}

function reaches({ act }: Kept, send: Send): boolean {
  return act.kind === "erasure" || act.scopes.some((scope) => inside(send, scope));
}

/** What came before an erasure cannot be read any more: it denies everything, as the erasure does. */
function asRead(kept: Kept, history: readonly Kept[]): Kept {
  const isErased = history.some(
    ({ act, position }) => act.kind === "erasure" && position > kept.position,
  );
  return isErased ? { ...kept, act: { ...kept.act, kind: "erasure" } } : kept;
}

function time({ act }: Kept): number {
  const notInFuture = Math.min(act.claimedAt, act.receivedAt);
  const canAllow = ["opt-in", "purchase", "inquiry"].includes(act.kind);
  return canAllow ? notInFuture : Math.max(notInFuture, act.receivedAt - WEEK);
}

function after(a: Kept, b: Kept): boolean {
  return time(a) > time(b) && a.position > b.position;
}

/** What a history says about a send: the entries in the way, those on hold, those that consent. */
export function answer(written: readonly Kept[], send: Send) {
  const history = written.map((kept) => asRead(kept, written));
  const here = history.filter((kept) => reaches(kept, send));
  const ins = here.filter(({ act }) => act.kind === "opt-in" && act.evidence !== undefined);
  const lifting = ins.filter(({ act }) => act.by === "person");
  const outs = here.filter(({ act }) => act.kind === "opt-out" || act.kind === "erasure");
  return {
    optOuts: outs.filter((out) => !lifting.some((optIn) => after(optIn, out))),
    holds: here.filter(
      (hold) =>
        hold.act.kind === "hold" &&
        !history.some(({ act }) => act.kind === "release" && act.refersTo === hold.position),
    ),
    consents: ins.filter((optIn) => outs.every((out) => after(optIn, out))),
  };
}

/** The latest time of a kind of dealing with whoever sends this; with `proven`, of those with evidence. */
export function latest(written: readonly Kept[], kind: string, send: Send, proven = false) {
  const here = written.map((kept) => asRead(kept, written)).filter((kept) => reaches(kept, send));
  const dealings = here.filter(({ act }) => act.kind === kind && (!proven || act.evidence));
  return Math.max(...dealings.map(time));
}
