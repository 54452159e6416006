/** What is asked about the words of a message, and what is answered. */
import type { Channel } from "../../domain/words.ts";
import type { CallKind, SenderType } from "../facts.ts";

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
