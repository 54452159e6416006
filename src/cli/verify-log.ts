/** What a verification of a whole log found, as one result for people and for programs. */
import type { PublishedReport } from "../app/verify-published.ts";
import type { Wrong } from "../app/verify-report.ts";
import type { FolderReport } from "../runtime/verify-folder.ts";
import type { Context } from "./context.ts";
import { printJson, printLine } from "./print.ts";

/** Members of `--json`, which stay. */
export interface LogResult {
  readonly ok: boolean;
  /** What was verified: `data folder`, `backup`, `database` or `server`. */
  readonly what: string;
  readonly place: string;
  readonly entries: number;
  /** The tree over the entries, base64. */
  readonly root: string | null;
  readonly wrong: readonly Wrong[];
  readonly wrongCount: number;
  readonly findings: readonly string[];
  readonly proven: readonly string[];
  readonly unchecked: readonly string[];
  /** Of a server: the log's name, the keys that signed, and whether it named them itself. */
  readonly origin?: string;
  readonly signedBy?: readonly string[];
  readonly isOwnWord?: boolean;
}

export function resultOfFolder(place: string, report: FolderReport): LogResult {
  const { kind, ledger, proven, unchecked } = report;
  const findings = [...report.findings, ...(ledger?.findings ?? [])];
  const wrongCount = ledger?.wrongCount ?? 0;
  const ok = ledger !== null && wrongCount === 0 && findings.length === 0;
  const { entries = 0, erased = 0 } = ledger ?? {};
  const records = erased === 0 ? "" : `, and the ${erased} erased ones were erased by an erasure`;
  return {
    ok,
    what: kind,
    place,
    entries,
    root: ledger === null ? null : Buffer.from(ledger.tree.root).toString("base64"),
    wrong: ledger?.wrong ?? [],
    wrongCount,
    findings,
    proven: ok
      ? [
          `Every entry is what the ledger committed to${records}.`,
          "The tree over all entries has every hash that is kept of it.",
          ...(kind === "database" ? [] : ["The database is sound, in every table and index."]),
          ...proven,
        ]
      : proven,
    unchecked,
  };
}

export function resultOfServer(place: string, report: PublishedReport): LogResult {
  const { origin, size, root, signedBy, isOwnWord, entries, wrong, wrongCount } = report;
  const ok = wrongCount === 0 && report.findings.length === 0;
  const since = report.since === null ? [] : [`It begins with the ${report.since} entries before.`];
  const key = signedBy.join(", ");
  return {
    ok,
    what: "server",
    place,
    entries,
    root: Buffer.from(root).toString("base64"),
    wrong,
    wrongCount,
    findings: report.findings,
    proven: ok
      ? [
          `Its ${size} entries give the root that was signed, and so do all its tiles.`,
          `The log is ${origin}, and ${key} signed it.`,
          ...since,
        ]
      : [],
    unchecked: [
      "Whether the records, which hold personal data and are not published, are those of the entries.",
      ...(isOwnWord
        ? ["Whether the key is the log's: it named it itself. Give yours with --key."]
        : []),
      ...(report.since === null
        ? ["Whether it is the log of before, shown to everybody: keep its checkpoint with --keep."]
        : []),
    ],
    origin,
    signedBy,
    isOwnWord,
  };
}

const MOST_SHOWN = 20;

export function printResult(context: Context, result: LogResult, asJson: boolean): void {
  if (asJson) printJson(context.stdout, result);
  else for (const line of tellResult(result)) printLine(context.stdout, line);
}

function tellResult(result: LogResult): string[] {
  const { ok, what, place, entries, wrong, wrongCount, findings, proven, unchecked } = result;
  const count = entries === 1 ? "1 entry" : `${entries} entries`;
  const [first] = wrong;
  const lines = ok
    ? [`The ${what} ${place} holds: ${count}, nothing wrong.`]
    : [`The ${what} ${place} does NOT hold.`];
  if (first !== undefined) {
    const which = first.first === first.last ? "The first wrong entry is" : "Wrong are entries";
    lines.push(`${which} ${positionsOf(first)}: ${first.what}`);
  }
  const more = [
    ...wrong.slice(1).map((one) => `Entry ${positionsOf(one)}: ${one.what}`),
    ...findings,
  ];
  lines.push(...more.slice(0, MOST_SHOWN).map((line) => `  ${line}`));
  const left = wrongCount + findings.length - Math.min(more.length, MOST_SHOWN) - (first ? 1 : 0);
  if (left > 0) lines.push(`  and ${left} more`);
  lines.push(...proven.map((line) => `  ${line}`));
  if (unchecked.length > 0) lines.push("Not checked:", ...unchecked.map((line) => `  ${line}`));
  return lines;
}

function positionsOf({ first, last }: Wrong): string {
  return first === last ? `${first}` : `${first} to ${last}`;
}
