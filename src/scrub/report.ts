/** What a scrub did, as stable JSON for programs and in words for people. No address is in it. */
import type { Channel } from "../domain/words.ts";
import type { FoundColumn } from "./columns.ts";
import { REJECT_REASONS, type RemovalNote } from "./reasons.ts";
import type { Dialect } from "./sniff.ts";

const EXAMPLES = 5;

export interface ReasonCount {
  readonly reason: RemovalNote["reason"];
  readonly rows: number;
  /** Numbers of the first rows, as in `heed_row`. */
  readonly examples: readonly number[];
}

export interface ScrubReport {
  readonly version: 1;
  readonly channel: Channel;
  readonly encoding: Dialect["encoding"];
  readonly delimiter: string;
  readonly hasHeader: boolean;
  /** `null` for a file without rows. `number` counts from 1. */
  readonly column: {
    readonly number: number;
    readonly name: string | null;
    readonly foundBy: FoundColumn["foundBy"];
  } | null;
  /** The header is no row. INVARIANT: total = clean + removed + rejected. */
  readonly rows: {
    readonly total: number;
    readonly clean: number;
    readonly removed: number;
    readonly rejected: number;
  };
  /** Empty lines; they are in neither file. */
  readonly blankLines: number;
  readonly bytes: { readonly read: number; readonly clean: number; readonly removed: number };
  /** The most frequent first. */
  readonly reasons: readonly ReasonCount[];
  /** `false`: there were more addresses than are remembered; later duplicates may be left. */
  readonly allDuplicatesFound: boolean;
  readonly durationMs: number;
}

/** Counts rows by reason. */
export class Tally {
  readonly #counts = new Map<RemovalNote["reason"], { rows: number; examples: number[] }>();

  add(reason: RemovalNote["reason"], rowNumber: number): void {
    let count = this.#counts.get(reason);
    if (count === undefined) {
      count = { rows: 0, examples: [] };
      this.#counts.set(reason, count);
    }
    count.rows += 1;
    if (count.examples.length < EXAMPLES) count.examples.push(rowNumber);
  }

  result(): ReasonCount[] {
    return [...this.#counts]
      .map(([reason, count]) => ({ reason, ...count }))
      .sort((a, b) => b.rows - a.rows || a.reason.localeCompare(b.reason, "en"));
  }
}

const IN_WORDS: Partial<Record<RemovalNote["reason"], string>> = {
  "opted-out": "opted out from this sender",
  "do-not-contact": "opted out from every sender",
  erased: "erased at the person's request, and suppressed since",
  "on-hold": "on hold until somebody has read what the person wrote",
  "no-consent": "no consent on record",
  listed: "on a do-not-contact list",
  "wrong-address": "the wrong kind of address for this channel",
  "wrong-number-type": "a type of number that takes no such message",
  "unknown-sender": "the sender is not configured",
  "rule-failed": "a rule could not be evaluated",
  "list-missing": "a list that a rule needs was never loaded",
  "list-stale": "a list that a rule needs is too old",
  duplicate: "a duplicate of a row further up",
  "invalid-address": "no valid address",
  "no-address": "no address at all",
  "broken-quoting": "quotes that do not match, so the row cannot be read",
  "row-too-long": "too long to be a row",
  "wrong-encoding": "an address in another encoding than the file",
};

const FOUND_BY: Record<FoundColumn["foundBy"], string> = {
  "given-name": "as you named it",
  "given-number": "as you numbered it",
  name: "found by its name",
  content: "found by what stands in it",
  "only-column": "the only one",
};

const REJECTS: ReadonlySet<string> = new Set(REJECT_REASONS);

/** A few lines for a terminal or a mail. */
export function summariseReport(report: ScrubReport): string {
  const { rows } = report;
  if (rows.total === 0) return "The file has no rows. The clean file has none either.";
  const lines = [
    `${count(rows.total, "row")} read for ${report.channel}: ${count(rows.clean, "row")} clean, ` +
      `${count(rows.removed, "row")} removed, ${count(rows.rejected, "row")} not readable.`,
  ];
  if (report.column !== null) {
    const { number, name, foundBy } = report.column;
    const label = name === null || name === "" ? `${number}` : `${number} \`${name}\``;
    lines.push(`Addresses were read from column ${label}, ${FOUND_BY[foundBy]}.`);
  }
  for (const { reason, rows: number, examples } of report.reasons) {
    const first = `${examples.length > 1 ? "rows" : "row"} ${examples.join(", ")}`;
    const more = number > examples.length ? " …" : "";
    const what = REJECTS.has(reason) ? "not readable" : "removed";
    lines.push(
      `- ${count(number, "row")} ${what}: ${IN_WORDS[reason] ?? reason} (${first}${more})`,
    );
  }
  if (report.blankLines > 0) lines.push(`${count(report.blankLines, "empty line")} left out.`);
  if (!report.allDuplicatesFound) {
    lines.push("The file has too many addresses to find every duplicate; some may be left in it.");
  }
  if (rows.rejected > 0) {
    lines.push("Rows that could not be read are in the removed file. Repair them and scrub again.");
  }
  return lines.join("\n");
}

function count(number: number, what: string): string {
  return `${number.toLocaleString("en")} ${what}${number === 1 ? "" : "s"}`;
}
