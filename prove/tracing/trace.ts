// Reads what strace wrote (`-f -y -xx -ttt`): system calls with their arguments as bytes, in the
// order of the log. A call that another thread interrupted stands in it twice and is put together.

export interface Call {
  /** Thread. */
  readonly thread: number;
  readonly name: string;
  /** Between the parentheses, as written. */
  readonly words: string;
  /** What it returned; -1 for an error, `null` when it never did (the process was killed). */
  readonly result: number | null;
  /** What follows the result: the error's name, or that strace made it up. */
  readonly remark: string;
  /** Its places in the log: where it began and where it had ended. */
  readonly begun: number;
  readonly ended: number;
  /** Seconds, when it began. */
  readonly at: number;
}

/** A thread that is no more. */
export interface End {
  readonly thread: number;
  /** `exited with 1`, `killed by SIGKILL`. */
  readonly how: string;
  readonly at: number;
}

export interface Trace {
  /** In the order in which they ended. */
  readonly calls: readonly Call[];
  readonly ends: readonly End[];
}

interface Open {
  readonly text: string;
  readonly begun: number;
  readonly at: number;
}

const LINE = /^(\d+) +([\d.]+) (.*)$/su;
const RESUMED = /^<\.\.\. (\w+) resumed>(.*)$/su;
const WHOLE = /^(\w+)\((.*)\) += (-?\d+|0x[0-9a-f]+|\?)(.*)$/su;
const UNFINISHED = " <unfinished ...>";

export function parseTrace(text: string): Trace {
  const calls: Call[] = [];
  const ends: End[] = [];
  const open = new Map<number, Open>();
  for (const [place, line] of text.split("\n").entries()) {
    const [, thread = "", at = "", rest = ""] = LINE.exec(line) ?? [];
    if (rest === "" || rest.startsWith("---")) continue;
    const id = Number(thread);
    if (rest.startsWith("+++")) {
      ends.push({ thread: id, how: rest.replaceAll("+", "").trim(), at: Number(at) });
    } else if (rest.endsWith(UNFINISHED)) {
      const begun = rest.slice(0, -UNFINISHED.length);
      open.set(id, { text: begun, begun: place, at: Number(at) });
    } else {
      calls.push(callOf(id, rest, place, Number(at), open));
    }
  }
  for (const [thread, { text: begun, ...when }] of open) {
    const [name = "", ...words] = begun.split("(");
    calls.push({
      ...{ thread, name, words: words.join("("), result: null, remark: "" },
      ...{ ...when, ended: Number.POSITIVE_INFINITY },
    });
  }
  return { calls, ends };
}

function callOf(
  thread: number,
  rest: string,
  ended: number,
  at: number,
  open: Map<number, Open>,
): Call {
  const resumed = RESUMED.exec(rest);
  const before = resumed === null ? undefined : open.get(thread);
  open.delete(thread);
  const whole = resumed === null ? rest : (before?.text ?? `${resumed[1]}(`) + resumed[2];
  const [, name = "", words = "", result = "", remark = ""] = WHOLE.exec(whole) ?? [];
  // INVARIANT: a line that cannot be read would be a change of the disk that is not replayed.
  if (name === "") throw new Error(`strace said what cannot be read: ${whole.slice(0, 200)}`);
  const outcome = result === "?" ? null : Number(result);
  const begun = before?.begun ?? ended;
  return { thread, name, words, result: outcome, remark, begun, ended, at: before?.at ?? at };
}

/** Every string among the words, as bytes. */
export function stringsOf({ words }: Call): Buffer[] {
  if (words.includes('"...')) throw new Error("strace cut a string short");
  return [...words.matchAll(/"((?:\\x[0-9a-f]{2})*)"/gu)].map(([, hex = ""]) => bytesOf(hex));
}

/** The words that are no strings, such as descriptors and lengths, without what `-y` adds. */
export function plainWordsOf({ words }: Call): string[] {
  return words
    .replaceAll(/"[^"]*"/gu, '""')
    .replaceAll(/<[^>]*>/gu, "")
    .split(",")
    .map((word) => word.trim());
}

/** The path that `-y` wrote behind the first descriptor among the words, or `null`. */
export function pathOf({ words }: Call): string | null {
  const [, hex] = /^\w+<((?:\\x[0-9a-f]{2})+)>/u.exec(words) ?? [];
  return hex === undefined ? null : bytesOf(hex).toString();
}

function bytesOf(hex: string): Buffer {
  return Buffer.from(hex.replaceAll("\\x", ""), "hex");
}
