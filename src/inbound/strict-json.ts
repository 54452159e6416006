/**
 * JSON as it should have been: one meaning for one text, or a refusal. `JSON.parse` lets the last of
 * two equal keys win, makes a member of `__proto__`, and passes NUL and lone surrogates on to stores
 * that cannot hold them (OWASP ASVS 5.0: 1.5.2, 1.5.3, 15.3.6). This says no to all of them.
 * Problems name what is wrong and where, and never quote the text: they end in logs.
 */
export type Parsed<T> = { readonly value: T } | JsonProblem;

export interface JsonProblem {
  readonly problem: string;
  /** Where in the text, in UTF-16 units. */
  readonly offset?: number;
  /** JSON Pointer (RFC 6901). It holds keys of the text, so it goes to the sender and to no log. */
  readonly pointer?: string;
}

export interface JsonLimits {
  readonly maxBytes: number;
  /** Containers inside each other; `[[1]]` has a depth of 2. */
  readonly maxDepth: number;
  /** Refuses integers that JavaScript cannot hold, instead of rounding them. */
  readonly exactNumbers?: boolean;
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
  } catch (error) {
    return { problem: "the body is not valid JSON", offset: offsetOf(error, text) };
  }
  return new Walk(text, limits).findAmbiguity() ?? { value };
}

/** `null` when the bytes are not UTF-8. A byte order mark is kept, so that JSON refuses it. */
export function decodeUtf8(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** V8 says where in its message; without that, the text ended too early. */
function offsetOf(error: unknown, text: string): number {
  const [, position] = /at position (\d+)/.exec(String(error)) ?? [];
  return position === undefined ? text.length : Number(position);
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;

/** The four characters that JSON takes for blank (RFC 8259 §2). */
function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d;
}

interface Container {
  /** `null` for an array. */
  readonly keys: Set<string> | null;
  /** The member that is being read. */
  key: string;
  index: number;
}

/**
 * Walks a text that is known to be valid JSON, so that strings, numbers and brackets are all there
 * is to see. Every character is looked at once: the walk costs no more than the parse did.
 */
class Walk {
  readonly #text: string;
  readonly #limits: JsonLimits;
  readonly #open: Container[] = [];

  constructor(text: string, limits: JsonLimits) {
    this.#text = text;
    this.#limits = limits;
  }

  findAmbiguity(): JsonProblem | null {
    const text = this.#text;
    let at = 0;
    while (at < text.length) {
      const character = text[at] as string;
      let problem: JsonProblem | null = null;
      let next = at + 1;
      if (character === '"') {
        next = this.#endOfString(at);
        problem = this.#checkString(at, next);
      } else if (character === "{" || character === "[") {
        problem = this.#enter(character, at);
      } else if (character === "}" || character === "]") {
        this.#open.pop();
      } else if (character === ",") {
        const container = this.#open.at(-1);
        if (container !== undefined) container.index += 1;
      } else if (character === "-" || (character >= "0" && character <= "9")) {
        next = this.#endOfNumber(at);
        problem = this.#checkNumber(at, next);
      }
      if (problem !== null) return problem;
      at = next;
    }
    return null;
  }

  #enter(bracket: string, at: number): JsonProblem | null {
    const { maxDepth } = this.#limits;
    if (this.#open.length >= maxDepth) {
      return this.#problem(`the JSON is nested deeper than ${maxDepth} levels`, at);
    }
    this.#open.push({ keys: bracket === "{" ? new Set() : null, key: "", index: 0 });
    return null;
  }

  /** Index after the closing quote of the string that opens at `start`. */
  #endOfString(start: number): number {
    const text = this.#text;
    let at = start + 1;
    for (let code = text.charCodeAt(at); code !== QUOTE; code = text.charCodeAt(at)) {
      at += code === BACKSLASH ? 2 : 1;
    }
    return at + 1;
  }

  #endOfNumber(start: number): number {
    const number = /[-+.0-9eE]+/y;
    number.lastIndex = start;
    number.test(this.#text);
    return number.lastIndex;
  }

  #checkString(start: number, end: number): JsonProblem | null {
    const isKey = this.#open.at(-1)?.keys != null && this.#isKey(end);
    const literal = this.#text.slice(start, end);
    // The bytes were UTF-8 and the text is JSON: without an escape nothing else can be in a value.
    if (!isKey && !literal.includes("\\")) return null;
    const string: string = literal.includes("\\") ? JSON.parse(literal) : literal.slice(1, -1);
    if (string.includes("\0"))
      return this.#problem("the JSON has a NUL character in a string", start);
    if (!string.isWellFormed()) {
      return this.#problem("the JSON has an unpaired surrogate in a string", start);
    }
    const container = this.#open.at(-1);
    if (!isKey || container === undefined || container.keys === null) return null;
    const parent = this.#open.at(-2);
    const isPrototype = string === "prototype" && parent?.key === "constructor";
    container.key = string;
    if (string === "__proto__") return this.#problem("the JSON has a member `__proto__`", start);
    if (isPrototype) return this.#problem("the JSON has a member `constructor.prototype`", start);
    if (container.keys.has(string)) {
      return this.#problem("the JSON has the same key twice in one object", start);
    }
    container.keys.add(string);
    return null;
  }

  /** In valid JSON a string followed by a colon is a key, and nothing else is. */
  #isKey(end: number): boolean {
    let at = end;
    while (isBlank(this.#text.charCodeAt(at))) at += 1;
    return this.#text.charCodeAt(at) === COLON;
  }

  #checkNumber(start: number, end: number): JsonProblem | null {
    if (this.#limits.exactNumbers !== true) return null;
    const literal = this.#text.slice(start, end);
    const isRounded = /^-?\d+$/.test(literal) && String(Number(literal)) !== literal;
    if (!isRounded || literal === "-0") return null;
    return this.#problem("the JSON has a number with more digits than can be kept", start);
  }

  #problem(problem: string, offset: number): JsonProblem {
    const path = this.#open.map(({ keys, key, index }) => (keys === null ? String(index) : key));
    // Inside an object whose first key has not come yet there is no member to point to.
    const steps = path.filter((step, at) => step !== "" || this.#open[at]?.keys?.has("") === true);
    const pointer = steps.map((step) => `/${step.replaceAll("~", "~0").replaceAll("/", "~1")}`);
    return { problem, offset, pointer: pointer.join("") };
  }
}
