/**
 * The legal floor: words that are an opt-out whenever they are the whole message. It is code and
 * not data on purpose: no lexicon, no operator's words and no setting can take one of them away.
 */

/**
 * 47 CFR 64.1200(a)(10): a reply of "stop," "quit," "end," "revoke," "opt out," "cancel," or
 * "unsubscribe" is a reasonable means per se to revoke consent, so none of them is ever unclear.
 */
export const FCC_WORDS = [
  "stop",
  "quit",
  "end",
  "revoke",
  "opt out",
  "cancel",
  "unsubscribe",
] as const;

/** CTIA Messaging Principles and Best Practices, and how carriers and people join the words. */
export const CTIA_WORDS = ["stopall", "stop all", "optout"] as const;

const FLOOR: ReadonlyMap<string, string> = new Map(
  [...FCC_WORDS, ...CTIA_WORDS].map((words) => [words, `floor.${words.replace(" ", "-")}`]),
);

/** The rule for a whole message in folded words, or `null` when it is not one of the floor. */
export function floorRuleOf(words: readonly string[]): string | null {
  const [first] = words;
  // Somebody who writes STOP STOP STOP has not said less than somebody who writes it once.
  const once = words.length > 1 && words.every((word) => word === first) ? [first] : words;
  return once.length > 2 ? null : (FLOOR.get(once.join(" ")) ?? null);
}

/** Signs that say stop by themselves: stop sign, no entry, prohibited, raised hand. */
export const STOP_SIGNS: ReadonlySet<string> = new Set(["🛑", "⛔", "🚫", "✋"]);
export const STOP_SIGN_RULE = "floor.stop-sign";
