/**
 * JSON as it should have been: one meaning for one text, or a refusal. `JSON.parse` lets the last
 * of two equal keys win, makes a member of `__proto__`, and passes NUL and lone surrogates on to
 * stores that cannot hold them (OWASP ASVS 5.0: 1.5.2, 1.5.3, 15.3.6). All of them are refused.
 * Problems name what is wrong and never quote the text: they end in logs.
 */
export type Parsed<T> = { readonly value: T } | { readonly problem: string };

export interface JsonLimits {
  readonly maxBytes: number;
  /** Containers inside each other; `[[1]]` has a depth of 2. */
  readonly maxDepth: number;
}

/** Parses UTF-8 bytes. Never throws. */
export function parseStrictJson(bytes: Uint8Array, limits: JsonLimits): Parsed<unknown> {
  if (bytes.length > limits.maxBytes) {
    return { problem: `the body is larger than ${limits.maxBytes} bytes` };
  }
  const text = decodeUtf8(bytes);
  if (text === null) return { problem: "the body is not valid UTF-8" };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { problem: "the body is not valid JSON" };
  }
  const problem = findAmbiguity(text, limits.maxDepth);
  return problem === null ? { value } : { problem };
}

/** `null` when the bytes are not UTF-8. A byte order mark is kept, so that JSON refuses it. */
export function decodeUtf8(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/**
 * Walks a text that is known to be valid JSON: strings and brackets are all there is to see. Every
 * character is looked at once: the walk costs no more than the parse did.
 */
function findAmbiguity(text: string, maxDepth: number): string | null {
  // One set of keys for each open object; arrays have one too, which stays empty.
  const open: Set<string>[] = [];
  let at = 0;
  while (at < text.length) {
    const character = text[at];
    if (character === "{" || character === "[") {
      open.push(new Set());
      if (open.length > maxDepth) return `the JSON is nested deeper than ${maxDepth} levels`;
    } else if (character === "}" || character === "]") {
      open.pop();
    } else if (character === '"') {
      const end = endOfString(text, at);
      const problem = checkString(text, at, end, open.at(-1));
      if (problem !== null) return problem;
      at = end;
      continue;
    }
    at += 1;
  }
  return null;
}

/** Index after the closing quote of the string that opens at `start`. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return at + 1;
}

function checkString(
  text: string,
  start: number,
  end: number,
  keys: Set<string> | undefined,
): string | null {
  const literal = text.slice(start, end);
  const string: string = literal.includes("\\") ? JSON.parse(literal) : literal.slice(1, -1);
  if (string.includes("\0")) return "the JSON has a NUL character in a string";
  if (!string.isWellFormed()) return "the JSON has an unpaired surrogate in a string";
  if (keys === undefined || !isKey(text, end)) return null;
  if (string === "__proto__") return "the JSON has a member `__proto__`";
  if (keys.has(string)) return "the JSON has the same key twice in one object";
  keys.add(string);
  return null;
}

/** In valid JSON a string followed by a colon is a key, and nothing else is. */
function isKey(text: string, end: number): boolean {
  const colon = /[ \t\r\n]*:/y;
  colon.lastIndex = end;
  return colon.test(text);
}
