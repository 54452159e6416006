/** Whether a message can reach this kind of address at all. */
import type { NumberType } from "../domain/place.ts";
import type { Reason } from "../domain/verdict.ts";
import { channelsOf, kindOfAddress } from "../domain/words.ts";
import type { Facts } from "./facts.ts";
import { sayPart } from "./phrasebook.ts";
import { plainReason } from "./saying.ts";

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

/** `null`: it can, as far as anybody knows. */
export function decideAddress(facts: Facts): Reason | null {
  const { send, address, place, language } = facts;
  if (send.use !== "contact") return null;
  const kind = kindOfAddress(address);
  if (!channelsOf(kind).includes(send.channel)) {
    const channel = sayPart(language, `channel.${send.channel}`);
    return plainReason(facts, "wrong-address", "deny", `address.${kind}`, { channel });
  }
  if (send.channel === "sms" && NO_TEXTS.has(place.numberType)) {
    const type = place.numberType;
    return plainReason(facts, "wrong-number-type", "deny", "address.no-texts", { type });
  }
  return null;
}
