/** Whether a text says what a rule wants it to say. One pure function for the check and the editor. */
import type { Channel } from "../../domain/words.ts";
import type { CallKind, SenderType } from "../facts.ts";
import type { WordingElement } from "../pack.ts";

/** A text and what is known about how it is sent. `null`: nobody said. */
export interface WordingQuestion {
  readonly text: string;
  readonly channel: Channel;
  /** The sender's name as people know it. */
  readonly senderName: string | null;
  readonly senderType: SenderType | null;
  readonly callKind: CallKind | null;
  /** BCP 47 tags of the languages that the person reads, best first. Empty: not known. */
  readonly languages: readonly string[];
}

/** One thing that a rule wants and that the text does not have, or not as it has to be. */
export interface WordingFault {
  readonly kind: "wording-missing" | "wording-wrong" | "wrong-script";
  /** The element of the rule, as in `WordingElement`. */
  readonly element: string;
  /** One English sentence that says what is wrong. */
  readonly text: string;
}

/** The faults of a text, in the order of the rule. Empty: it says all that is required. */
export function checkWording(
  requires: readonly WordingElement[],
  asked: WordingQuestion,
): readonly WordingFault[] {
  // Nothing is found yet, so nothing passes: what cannot be evaluated does not (promise 4).
  return requires.map(({ element }) => ({
    kind: "wording-missing" as const,
    element,
    text: `It could not be seen that ${JSON.stringify(asked.text.slice(0, 40))} has what is needed.`,
  }));
}

/** The words in a confirmation that advertise, or `null` when none do (47 CFR 64.1200(a)(12)). */
export function findMarketing(text: string): string | null {
  return /\d\s?%/u.exec(text)?.[0] ?? null;
}
