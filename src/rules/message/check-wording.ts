/**
 * Whether a text says what a rule wants it to say. One pure function, asked by the check of a send
 * and by the check of a text alike. What cannot be seen in the text is not taken to be there.
 */
import type { WordingElement } from "../rule-kinds.ts";
import { BURDENS, findBurdens } from "./burdens.ts";
import { checkOptOut } from "./opt-out-element.ts";
import { hasPostalAddress } from "./postal-address.ts";
import { isInScript } from "./script.ts";
import { namesSender } from "./sender-name.ts";
import { type Reading, readWording } from "./ways-out.ts";
import type { WordingFault, WordingQuestion } from "./wording.ts";

/** The faults of a text, in the order of the rule. Empty: it says all that is required. */
export function checkWording(
  requires: readonly WordingElement[],
  asked: WordingQuestion,
): readonly WordingFault[] {
  const reading = readWording(asked.text);
  return requires.flatMap((element) => checkElement(element, asked, reading) ?? []);
}

function missing(element: string, text: string): WordingFault {
  return { kind: "wording-missing", element, text };
}

function checkElement(
  required: WordingElement,
  asked: WordingQuestion,
  reading: Reading,
): WordingFault | null {
  switch (required.element) {
    case "opt-out":
      return checkOptOut(required, asked, reading);
    case "free-of-charge":
      return checkFree(reading);
    case "sender":
      return checkSender(asked, reading);
    case "contact":
      return checkContact(reading);
    case "postal-address":
      if (hasPostalAddress(reading)) return null;
      return missing(
        "postal-address",
        "It has no postal address: street and number, or a box, and the place.",
      );
    case "script":
      return checkScript(required.script, asked, reading);
    case "label": {
      const lower = reading.text.toLowerCase();
      if (required.anyOf.some((label) => lower.includes(label.toLowerCase()))) return null;
      return missing("label", `It is not labelled ${required.anyOf.join(" or ")}.`);
    }
    default:
      return checkPhrase(required.element, reading);
  }
}

function checkFree(reading: Reading): WordingFault | null {
  const [burden] = findBurdens(reading);
  if (burden === undefined) return null;
  const text = `The way out ${BURDENS[burden.kind]} ("${burden.quote}"), and it has to be free and open to everybody.`;
  return { kind: "wording-wrong", element: "free-of-charge", text };
}

function checkSender(asked: WordingQuestion, reading: Reading): WordingFault | null {
  // An alphanumeric sender is a name, and the phone shows it above the text.
  if (asked.channel === "sms" && asked.senderType === "alphanumeric") return null;
  if (asked.senderName !== null && namesSender(reading, asked.senderName)) return null;
  const who = asked.senderName === null ? "its sender" : `its sender, ${asked.senderName}`;
  return missing("sender", `It does not name ${who}.`);
}

/**
 * A link, an address or a number by which the sender is reached. What only leads out is none, but
 * beside a word to reply a link is there for something else.
 */
function checkContact(reading: Reading): WordingFault | null {
  const { ways, words } = reading;
  const hasReply = ways.some(({ kind }) => kind === "keyword");
  const leadsOut = (at: number) =>
    ways.some(
      ({ kind, start, end }) =>
        (kind === "link" || kind === "phone") && !hasReply && start <= at && at < end,
    );
  const isContact = words.some(
    ({ kind }, at) => (kind === "url" || kind === "email" || kind === "phone") && !leadsOut(at),
  );
  if (isContact || hasPostalAddress(reading)) return null;
  return missing("contact", "It says no address, number or page by which its sender is reached.");
}

function checkScript(
  script: string,
  asked: WordingQuestion,
  reading: Reading,
): WordingFault | null {
  if (isInScript(reading, script, asked.senderName)) return null;
  const name = new Intl.DisplayNames("en", { type: "script" }).of(script) ?? script;
  const text = `Too little of it is written in the ${name} script.`;
  return { kind: "wrong-script", element: "script", text };
}

/** What CTIA wants in the text that greets a new subscriber. */
const PHRASES = {
  help: "It does not say how to get help.",
  frequency: "It does not say how often messages come.",
  rates: "It does not say that message and data rates may apply.",
} as const;

function checkPhrase(element: keyof typeof PHRASES, reading: Reading): WordingFault | null {
  if (reading.found.some(({ role }) => role === element)) return null;
  return missing(element, PHRASES[element]);
}
