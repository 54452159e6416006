/**
 * Canonical JSON (RFC 8785, JCS): one value, one byte string, so that a hash of it can be checked
 * by anybody, with any JSON library.
 *
 * LIMIT: numbers must be safe integers. Heed writes no others, and refusing them keeps the
 * number-formatting part of the RFC out of the proof.
 */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json | undefined };

/** Members whose value is `undefined` are left out, as in `JSON.stringify`. */
export function canonicalJson(value: Json): string {
  // What was read from canonical JSON is in order already, and the built-in writer is ten times as
  // quick. It matters where every entry of a ledger is checked.
  return isInOrder(value) ? JSON.stringify(value) : inOrder(value);
}

/**
 * Whether all members are sorted and every text and number is one that can be written, so that
 * `JSON.stringify` writes canonical JSON: RFC 8785 §3.2.2 took its spelling from there.
 */
function isInOrder(value: Json): boolean {
  if (typeof value === "string") return value.isWellFormed();
  if (typeof value === "number") return Number.isSafeInteger(value);
  if (value === null || typeof value === "boolean") return true;
  if (typeof value !== "object") return false;
  if (isArray(value)) {
    for (const item of value) if (!isInOrder(item)) return false;
    return true;
  }
  let previous: string | null = null;
  for (const key of Object.keys(value)) {
    const member = value[key];
    if (member === undefined) continue;
    if (previous !== null && previous >= key) return false;
    if (!key.isWellFormed() || !isInOrder(member)) return false;
    previous = key;
  }
  return true;
}

function inOrder(value: Json): string {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "string") return quote(value);
  if (typeof value === "number") {
    if (!Number.isSafeInteger(value)) throw new RangeError(`not a safe integer: ${value}`);
    return String(value);
  }
  if (isArray(value)) return `[${value.map(inOrder).join(",")}]`;
  const members: string[] = [];
  // RFC 8785 §3.2.3 sorts by UTF-16 code units, which is what the default sort compares.
  for (const key of Object.keys(value).sort()) {
    const member = value[key];
    if (member !== undefined) members.push(`${quote(key)}:${inOrder(member)}`);
  }
  return `{${members.join(",")}}`;
}

function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function quote(text: string): string {
  // A lone surrogate has no UTF-8 form; two texts would share one hash (RFC 8785 §3.2.2.2).
  if (!text.isWellFormed()) throw new RangeError("text with an unpaired surrogate");
  return JSON.stringify(text);
}
