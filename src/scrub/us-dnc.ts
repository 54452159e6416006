/**
 * Lists of the US National Do Not Call Registry, as telemarketing.donotcall.gov gives them out: the
 * full list and the change list, each as a flat text file or as an XML tagged file, for one area
 * code, a state or the country. A full list has an area code and a number a line, separated by a comma;
 * a change list has a date and `A` (added) or `D` (deleted) as well. In XML, `<ac val="212">` holds
 * the elements `<ph val="5550101"/>`, in a change list with two attributes more.
 *
 * The FTC's help pages say that much and show no more, so flag and date are known by what they look
 * like and not by their place.
 */
import { isProblem } from "../address/parse-address.ts";
import type { Instant } from "../domain/words.ts";
import type { ListReading, ListRow, ListRowProblem, ReadListLine } from "./list-rows.ts";
import { splitCells } from "./list-rows.ts";
import { dateReader } from "./listing-cells.ts";
import { addressReader } from "./read-address.ts";

const FLAGS: ReadonlyMap<string, "add" | "delete"> = new Map([
  ["a", "add"],
  ["add", "add"],
  ["added", "add"],
  ["d", "delete"],
  ["delete", "delete"],
  ["deleted", "delete"],
]);
const NOTHING: readonly ListRow[] = [];
const ATTRIBUTE = /([\w:-]+)\s*=\s*(?:'([^']*)'|"([^"]*)")/gu;

/** Nearly every line of a full list. */
const USUAL = /^\d{3},\d{7}$/u;
const NO_MORE = { change: null, since: null, isUnclear: false } as const;

interface Said {
  /** Ten digits, or `null`. */
  readonly digits: string | null;
  readonly change: "add" | "delete" | null;
  readonly since: Instant | null;
  readonly isUnclear: boolean;
}

type ReadDate = ReturnType<typeof dateReader>;

/** Lines of a flat text file. */
export function usDncLineReader(reading: Pick<ListReading, "asOf">): ReadListLine {
  const readDate = dateReader({ asOf: reading.asOf, monthFirst: true });
  const rowOf = rowMaker();
  let isFirst = true;
  return (line) => {
    const text = line.trim();
    const mayBeHeader = isFirst && !/\d/u.test(text);
    isFirst = false;
    if (text === "" || mayBeHeader) return NOTHING;
    if (USUAL.test(text)) return [rowOf({ ...NO_MORE, digits: text.slice(0, 3) + text.slice(4) })];
    const cells = splitCells(text, delimiterOf(text)).map((cell) => cell.trim());
    return [rowOf(saidBy(cells, readDate))];
  };
}

/** Pieces of an XML file, each up to and without a `>`. */
export function usDncXmlReader(reading: Pick<ListReading, "asOf">): ReadListLine {
  const readDate = dateReader({ asOf: reading.asOf, monthFirst: true });
  const rowOf = rowMaker();
  let ofList = "";
  let areaCode = "";
  return (piece) => {
    const tag = /<(\/?)([a-z]+)/iu.exec(piece);
    if (tag === null) return NOTHING;
    const element = tag[2]!.toLowerCase();
    if (tag[1] === "/") {
      if (element === "ac") areaCode = ofList;
      return NOTHING;
    }
    const values = [...piece.matchAll(ATTRIBUTE)].map(([, name, one, two]) => ({
      name: name!.toLowerCase(),
      value: one ?? two ?? "",
    }));
    const val = values.find(({ name }) => name === "val")?.value ?? "";
    if (element === "ac" || element === "list") {
      areaCode = /^\d{3}$/u.test(val) ? val : "";
      // The list of one area code may leave its element out.
      if (element === "list") ofList = areaCode;
      return NOTHING;
    }
    if (element !== "ph") return NOTHING;
    const others = values
      .filter(({ name, value }) => FLAGS.has(value.toLowerCase()) || /date|time/u.test(name))
      .map(({ value }) => value);
    return [rowOf(saidBy([areaCode, val, ...others], readDate))];
  };
}

function delimiterOf(line: string): string {
  return [",", ";", "\t", "|"].find((one) => line.includes(one)) ?? ",";
}

function saidBy(cells: readonly string[], readDate: ReadDate): Said {
  const { digits, used } = digitsOf(cells);
  let change: Said["change"] = null;
  let since: Instant | null = null;
  let isUnclear = false;
  for (const cell of cells.slice(used)) {
    const flag = FLAGS.get(cell.toLowerCase());
    if (flag !== undefined) change = flag;
    else if (cell !== "") {
      const date = readDate(cell);
      if (date === "bad-date") isUnclear = true;
      else since = date;
    }
  }
  return { digits, change, since, isUnclear };
}

/** In one cell, or in two: the area code and the rest. */
function digitsOf(cells: readonly string[]): { digits: string | null; used: number } {
  const [first = "", second = ""] = cells.map((cell) => cell.replace(/[\s().-]/gu, ""));
  if (/^\d{3}$/u.test(first) && /^\d{7}$/u.test(second)) {
    return { digits: first + second, used: 2 };
  }
  if (first === "" && /^\d{10}$/u.test(second)) return { digits: second, used: 2 };
  const whole = /^(?:\+?1)?(\d{10})$/u.exec(first)?.[1] ?? null;
  return { digits: whole, used: 1 };
}

function rowMaker(): (said: Said) => ListRow | ListRowProblem {
  const read = addressReader(null);
  return ({ digits, change, since, isUnclear }) => {
    if (digits === null) return { problem: "not-an-area-code-and-number" };
    const parsed = read(`+1${digits}`, "phone");
    if (isProblem(parsed)) return { problem: parsed.problem };
    return {
      named: { address: parsed.key },
      listing: { since, channels: [], sectors: [] },
      change,
      unclear: isUnclear ? "bad-date" : null,
    };
  };
}
