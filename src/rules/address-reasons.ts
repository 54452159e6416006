/** Whether a message can reach this kind of address at all. */
import type { NumberType } from "../domain/place.ts";
import type { Reason } from "../domain/verdict.ts";
import { channelsOf, kindOfAddress } from "../domain/words.ts";
import type { Facts } from "./facts.ts";

/** Kinds of number that get no texts. `fixed-line-or-mobile` and unknown ones may. */
const NO_TEXTS: ReadonlySet<NumberType> = new Set([
  "fixed-line",
  "toll-free",
  "premium-rate",
  "shared-cost",
  "uan",
  "voicemail",
  "pager",
]);

export function decideAddress(facts: Facts): readonly Reason[] {
  const { send, address, place } = facts;
  if (send.use !== "contact") return [];
  const kind = kindOfAddress(address);
  if (!channelsOf(kind).includes(send.channel)) {
    const what = kind === "phone" ? "A phone number" : "An e-mail address";
    const text = `${what} cannot be reached by ${send.channel}.`;
    return [{ kind: "wrong-address", answer: "deny", text }];
  }
  if (send.channel === "sms" && NO_TEXTS.has(place.numberType)) {
    const text = `This is a ${place.numberType} number, which gets no texts.`;
    return [{ kind: "wrong-number-type", answer: "deny", text }];
  }
  return [];
}
