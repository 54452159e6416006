/**
 * What the person's own record says: opt-outs, erasures and holds. They bind every class that they
 * cover, and no rule pack can lift them.
 */
import { holdsAgainst, type Mark, optOutsAgainst } from "../domain/fold.ts";
import { covers, describeScopes, type Scope, type Send } from "../domain/scope.ts";
import type { Reason } from "../domain/verdict.ts";
import { ALL } from "../domain/words.ts";
import type { Facts } from "./facts.ts";

/** `sends`: the message as asked, and as it is bound when its class is not known. */
export function decideStanding(facts: Facts, sends: readonly Send[]): readonly Reason[] {
  const optOuts = sends.flatMap((send) => optOutsAgainst(facts.standing, send));
  const holds = sends.flatMap((send) => holdsAgainst(facts.standing, send));
  const inTheWay = (mark: Mark) =>
    mark.scopes.filter((scope) => sends.some((send) => covers(scope, send)));
  return [
    ...[...new Set(optOuts)].map((mark) => describeOptOut(mark, inTheWay(mark))),
    ...[...new Set(holds)].map(describeHold),
  ];
}

function describeOptOut(mark: Mark, scopes: readonly Scope[]): Reason {
  const entry = mark.position;
  if (mark.erased) {
    const text = `The person's data was erased and they stay suppressed (entry ${entry}).`;
    return { kind: "erased", answer: "deny", text, entry };
  }
  const everySender = scopes.some((scope) => scope.sender === ALL);
  const kind = everySender ? "do-not-contact" : "opted-out";
  const text = `An opt-out covers this: ${describeScopes(scopes)} (entry ${entry}).`;
  return { kind, answer: "deny", text, entry };
}

function describeHold(mark: Mark): Reason {
  const entry = mark.position;
  const text = `A message of the person's waits to be read by somebody (entry ${entry}).`;
  return { kind: "on-hold", answer: "deny", text, entry };
}
