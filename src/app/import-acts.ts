/**
 * The life of an import: opt-outs, opt-ins and dealings of another system, streamed from a CSV file. Imports
 * are claims as of a date. They can only add restrictions, or consent where nothing is against it:
 * no import ever lifts an opt-out. Rows that cannot be used go to the rejects, the others are kept.
 */
import { canAllow, type PersonsAct } from "../domain/act.ts";
import { isOptedOut, optOutsAgainst } from "../domain/fold.ts";
import type { Scope } from "../domain/scope.ts";
import { ALL, type All, type Channel } from "../domain/words.ts";
import type { Json } from "../ledger/canonical.ts";
import type { RowProblem } from "../scrub/act-row.ts";
import {
  formatReject,
  type ImportedKind,
  messageIdOf,
  type ParsedActRow,
  REJECTS_HEADER,
  readActRows,
} from "../scrub/csv-acts.ts";
import { addressReader } from "../scrub/read-address.ts";
import type { Deps } from "./deps.ts";
import { Problem } from "./problem.ts";
import { recordActs } from "./record-acts.ts";
import { scopesOfChoice } from "./record-choice.ts";
import { scopesOfDealing } from "./record-dealing.ts";
import { withoutUndefined } from "./record-told.ts";

export interface ImportRequest {
  /** The sender that rows are about when they name none, or `all`. */
  readonly sender: string | All;
  /** What rows are, and about which channel, when they do not say. */
  readonly kind?: ImportedKind;
  readonly channel?: Channel | All;
  /** Name of the import, such as the file's; kept as evidence with every entry. */
  readonly name: string;
  /** What proves the opt-ins of the whole file, in words, when the rows do not. */
  readonly evidence?: string;
  readonly column?: string | number;
  readonly delimiter?: string;
  readonly defaultRegion?: string;
  /** IANA zone of times without an offset. */
  readonly zone?: string;
  /** Says what would happen and records nothing. */
  readonly dryRun: boolean;
}

export interface ImportReport {
  readonly version: 1;
  readonly dryRun: boolean;
  readonly rows: number;
  readonly optOuts: number;
  readonly optIns: number;
  /** Purchases, inquiries, refusals and requests to opt in. */
  readonly dealings: number;
  /** New entries; in a dry run what would be tried. */
  readonly recorded: number;
  /** Rows whose act was imported before. */
  readonly known: number;
  /** Opt-ins against which there is an opt-out: they are on record and lift nothing. */
  readonly conflicts: number;
  /** Opt-ins, purchases and inquiries that nothing proves: on record, and nothing rests on them. */
  readonly withoutEvidence: number;
  readonly rejected: number;
}

/** Appends under way at once: enough to share commits, few enough to hold in memory. */
const WINDOW = 1000;

const COUNTED_AS: Partial<Record<ImportedKind, "optOuts" | "optIns">> = {
  "opt-out": "optOuts",
  "opt-in": "optIns",
};

/** `rejects` gets the rejects file, piece by piece. Throws `UnreadableFile` for no CSV file. */
export async function importActs(
  deps: Deps,
  request: ImportRequest,
  input: AsyncIterable<Uint8Array>,
  rejects: (text: string) => Promise<void>,
): Promise<ImportReport> {
  const counts = {
    rows: 0,
    optOuts: 0,
    optIns: 0,
    dealings: 0,
    recorded: 0,
    known: 0,
    rejected: 0,
  };
  const doubts = { conflicts: 0, withoutEvidence: 0 };
  await deps.live.refresh();
  const underWay = new Set<Promise<void>>();
  let failure: unknown;
  const reject = async (line: number, problem: RowProblem, raw: string) => {
    counts.rejected += 1;
    if (counts.rejected === 1) await rejects(REJECTS_HEADER);
    await rejects(formatReject(line, problem, raw));
  };
  for await (const row of readActRows(input, rowOptions(deps, request))) {
    if (failure !== undefined) throw failure;
    counts.rows += 1;
    if ("problem" in row) {
      await reject(row.line, row.problem, row.raw);
      continue;
    }
    const act = actOfRow(deps, request, row.act, row.row);
    if ("problem" in act) {
      await reject(row.line, act, row.act.address.display);
      continue;
    }
    counts[COUNTED_AS[row.act.kind] ?? "dealings"] += 1;
    if (isInConflict(deps, act)) doubts.conflicts += 1;
    if (canAllow(act.kind) && act.evidence === undefined) doubts.withoutEvidence += 1;
    if (request.dryRun) {
      counts.recorded += 1;
      continue;
    }
    const work = recordRow(deps, act, row.act.claimedAt !== null)
      .then((isNew) => {
        counts[isNew ? "recorded" : "known"] += 1;
      })
      .catch((error: unknown) => {
        failure ??= error;
      })
      .finally(() => underWay.delete(work));
    underWay.add(work);
    if (underWay.size >= WINDOW) await Promise.race(underWay);
  }
  await Promise.all(underWay);
  if (failure !== undefined) throw failure;
  return { version: 1, dryRun: request.dryRun, ...counts, ...doubts };
}

function rowOptions(deps: Deps, request: ImportRequest) {
  return {
    read: addressReader(request.defaultRegion ?? deps.defaultRegion),
    pause: () => new Promise<void>((resolve) => setImmediate(resolve)),
    ...withoutUndefined({
      kind: request.kind,
      column: request.column,
      delimiter: request.delimiter,
      zone: request.zone,
    }),
  };
}

function actOfRow(
  deps: Deps,
  request: ImportRequest,
  row: ParsedActRow,
  rowNumber: number,
): PersonsAct | RowProblem {
  const sender = row.sender ?? request.sender;
  const channel = row.channel ?? request.channel ?? ALL;
  const filled = { ...row, sender, channel: channel === ALL ? null : channel };
  const receivedAt = deps.clock.now();
  const evidence = evidenceOf(request, row, rowNumber);
  try {
    return {
      kind: row.kind,
      address: row.address.key,
      scopes: scopesOfRow(deps, row, sender, channel),
      by: "import",
      via: "import",
      source: "import",
      claimedAt: row.claimedAt ?? receivedAt,
      receivedAt,
      messageId: messageIdOf(filled),
      ...withoutUndefined({
        level: row.kind === "opt-in" ? (row.level ?? "express") : undefined,
        language: row.language ?? undefined,
        note: row.note ?? undefined,
        evidence,
      }),
    };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return { problem: error.code, message: error.message };
  }
}

function scopesOfRow(
  deps: Deps,
  { kind, program, class: cls }: ParsedActRow,
  sender: string | All,
  channel: Channel | All,
): readonly Scope[] {
  if (kind !== "opt-out" && kind !== "opt-in")
    return scopesOfDealing(deps, { kind, sender, channel });
  return scopesOfChoice(deps, {
    kind,
    sender,
    channel,
    ...(program === null ? {} : { program }),
    ...(cls === null ? {} : { class: cls }),
  });
}

/** An opt-out needs no proof, but where it came from is worth keeping; what can allow needs some. */
function evidenceOf(
  request: ImportRequest,
  row: ParsedActRow,
  rowNumber: number,
): PersonsAct["evidence"] {
  const origin = { kind: "import", file: request.name, row: rowNumber };
  if (row.evidence !== null) return { ...row.evidence, ...origin };
  if (request.evidence !== undefined) return { ...origin, statement: request.evidence };
  return canAllow(row.kind) ? undefined : origin;
}

function isInConflict(deps: Deps, act: PersonsAct): boolean {
  if (act.kind !== "opt-in") return false;
  const standing = deps.live.standing(act.address);
  return act.scopes.some(
    (scope) =>
      optOutsAgainst(standing, {
        sender: scope.sender,
        channel: scope.channel as Channel,
        program: scope.program === ALL ? null : scope.program,
        class: scope.class === ALL ? "marketing" : scope.class,
        use: "contact",
      }).length > 0,
  );
}

/**
 * Whether the act was new. A row with a date says the same thing every time. One without says "is
 * opted out", and when the person has come back since it was said last, it says so anew.
 */
async function recordRow(deps: Deps, act: PersonsAct, isDated: boolean): Promise<boolean> {
  if (await recordUnder(deps, `import:${act.messageId}`, act)) return true;
  if (act.kind !== "opt-out" || isDated) return false;
  const standing = deps.live.standing(act.address);
  if (isOptedOut(standing, act.scopes)) return false;
  const returns = standing.filter((mark) => mark.lifts).map((mark) => mark.position);
  return recordUnder(deps, `import:${act.messageId}#${Math.max(0, ...returns)}`, act);
}

async function recordUnder(deps: Deps, key: string, act: PersonsAct): Promise<boolean> {
  // The key is made of everything that the act says, so the body has nothing to add.
  const outcome = await recordActs(deps, { key, body: act.messageId as Json, acts: [act] });
  return outcome.status === "recorded";
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/** The report in words, for people. */
export function summariseImport(report: ImportReport): string {
  const lines = [
    `${count(report.rows, "row")}: ${count(report.optOuts, "opt-out")}, ` +
      `${count(report.optIns, "opt-in")}, ` +
      (report.dealings > 0 ? `${count(report.dealings, "dealing")}, ` : "") +
      `${report.rejected} rejected.`,
    report.dryRun
      ? "This was a dry run: nothing was recorded."
      : `${report.recorded} were recorded, ${report.known} were on record already.`,
  ];
  if (report.conflicts > 0) {
    lines.push(
      `${count(report.conflicts, "opt-in")} of people who opted out. These lift nothing: only the ` +
        "person's own act does.",
    );
  }
  if (report.withoutEvidence > 0) {
    lines.push(
      `${count(report.withoutEvidence, "row")} without the evidence that an opt-in, a purchase or an ` +
        "inquiry needs. Nothing rests on these. Add a column " +
        "`evidence`, or say what proves them all with --evidence.",
    );
  }
  return lines.join("\n");
}
