/** Whether a text tells a way out that a rule accepts and that works for what sends it. */
import { tokenise } from "../../recognize/tokens.ts";
import type { WordingElement } from "../rule-kinds.ts";
import { BURDENS, findBurdens } from "./burdens.ts";
import type { WayOut } from "./way-out.ts";
import type { Reading } from "./ways-out.ts";
import type { WordingFault, WordingQuestion } from "./wording.ts";

type OptOut = Extract<WordingElement, { readonly element: "opt-out" }>;

function fault(kind: "wording-missing" | "wording-wrong", text: string): WordingFault {
  return { kind, element: "opt-out", text };
}

const wrong = (text: string) => fault("wording-wrong", text);

export function checkOptOut(
  required: OptOut,
  asked: WordingQuestion,
  reading: Reading,
): WordingFault | null {
  const { ways } = reading;
  if (ways.length === 0)
    return fault("wording-missing", `It tells no way out: ${named(required)}.`);
  const badCode = ways.find((way) => way.code !== null && !fitsCode(way.code, required));
  if (badCode !== undefined) {
    return wrong(`"${badCode.code}" is no number at which an opt-out is taken there.`);
  }
  const accepted = ways.filter((way) => isAccepted(way, required));
  if (accepted.length === 0) {
    return wrong(`The way out that it tells is not one of these: ${named(required)}.`);
  }
  const working = accepted.filter((way) => works(way, asked));
  if (working.length === 0) {
    return wrong("A sender that is a name cannot be answered, so a reply is no way out.");
  }
  if (required.keywords !== undefined && !working.some((way) => hasKeyword(way, required))) {
    return wrong(`The word to send has to be ${required.keywords.join(" or ")}.`);
  }
  const [burden] = findBurdens(reading);
  if (burden === undefined) return null;
  return wrong(`The way out ${BURDENS[burden.kind]} ("${burden.quote}").`);
}

const WAYS = {
  keyword: "a word to reply",
  link: "a link",
  "short-code": "a word and the short code to send it to",
  phone: "a telephone number to call",
  "key-press": "a key to press or a word to say",
} as const;

function named({ ways }: OptOut): string {
  return ways.map((way) => WAYS[way]).join(", or ");
}

function fitsCode(code: string, { shortCode }: OptOut): boolean {
  return shortCode === undefined || new RegExp(`^(?:${shortCode})$`, "u").test(code);
}

function isAccepted(way: WayOut, { ways }: OptOut): boolean {
  if (way.kind !== "keyword") return ways.includes(way.kind);
  // A keyword with the number that it goes to is the fuller of the two instructions.
  return ways.includes("keyword") || (way.code !== null && ways.includes("short-code"));
}

/** A reply reaches nobody when the sender is a name. */
function works(way: WayOut, asked: WordingQuestion): boolean {
  const isReply = way.kind === "keyword" && way.code === null;
  return !(isReply && asked.channel === "sms" && asked.senderType === "alphanumeric");
}

function hasKeyword(way: WayOut, { keywords = [] }: OptOut): boolean {
  if (way.kind !== "keyword") return true;
  return keywords.some((keyword) => {
    const folded = tokenise(keyword).tokens.map(({ text }) => text);
    return folded.join(" ") === way.keyword;
  });
}
