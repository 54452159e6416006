/**
 * Asks every question of a file of worked scenarios and reports wrong answers by group: wrong allows
 * first, because those are the ones that harm somebody. Exits with 0 when every row is right.
 */
import { parseArgs } from "node:util";
import { askRow, type Got, type Judgement, judge } from "./judge.ts";
import { listOf, type Row, RowProblem, readRows } from "./row.ts";

interface Judged {
  readonly row: Row;
  readonly got: Got;
  readonly judgement: Judgement;
}

const WRONG = ["wrongAllow", "wrongDeny", "wrongInstant", "wrongReason"] as const;
const AT_A_TIME = 3;
const USAGE = "usage: npm run scenarios -- FILE [--json] [--only ID]";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: "boolean", default: false }, only: { type: "string" } },
});
process.exitCode = await main();

async function main(): Promise<number> {
  const [file] = positionals;
  if (file === undefined || positionals.length > 1) {
    console.error(USAGE);
    return 2;
  }
  const rows = rowsOf(file);
  if (rows === null) return 2;
  const judged = await askAll(rows);
  if (values.json) printJson(judged);
  else printTable(judged);
  return judged.every(({ judgement }) => judgement === "right") ? 0 : 1;
}

function rowsOf(file: string): readonly Row[] | null {
  try {
    const rows = readRows(file);
    const wanted = rows.filter((row) => values.only === undefined || row.id === values.only);
    if (wanted.length > 0) return wanted;
    console.error(`no row of ${file} has the id \`${values.only ?? ""}\``);
  } catch (error) {
    const isOurs =
      error instanceof RowProblem || (error as NodeJS.ErrnoException).code === "ENOENT";
    if (!isOurs) throw error;
    console.error((error as Error).message);
  }
  return null;
}

/** Several at a time: most of a row's time is a disk that syncs. */
async function askAll(rows: readonly Row[]): Promise<readonly Judged[]> {
  const judged = new Map<Row, Judged>();
  const waiting = [...rows];
  const askOn = async () => {
    for (let row = waiting.shift(); row !== undefined; row = waiting.shift()) {
      const got = await askRow(row);
      judged.set(row, { row, got, judgement: judge(row, got) });
      if (process.stderr.isTTY) process.stderr.write(`\r${judged.size} of ${rows.length} `);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, askOn));
  if (process.stderr.isTTY) process.stderr.write("\r\u001b[K");
  return rows.flatMap((row) => judged.get(row) ?? []);
}

function count(judged: readonly Judged[], judgement: Judgement): number {
  return judged.filter((each) => each.judgement === judgement).length;
}

function printJson(judged: readonly Judged[]): void {
  const totals = [
    ["right", count(judged, "right")],
    ...WRONG.map((one) => [one, count(judged, one)]),
  ];
  const failures = judged
    .filter(({ judgement }) => judgement !== "right")
    .map(({ row, got, judgement }) => ({ id: row.id, judgement, got }));
  console.log(JSON.stringify({ rows: judged.length, ...Object.fromEntries(totals), failures }));
}

function printTable(judged: readonly Judged[]): void {
  const groups = [...new Set(judged.map(({ row }) => row.group))].sort();
  const columns = ["rows", "right", "allow", "deny", "instant", "reason"];
  console.log(
    `${"group".padEnd(16)}${columns.map((name) => name.padStart(9)).join("")}   (wrong: allow, deny, instant, reason)`,
  );
  for (const group of [...groups, null]) {
    const its = judged.filter(({ row }) => group === null || row.group === group);
    const numbers = [its.length, count(its, "right"), ...WRONG.map((one) => count(its, one))];
    console.log(
      `${(group ?? "all").padEnd(16)}${numbers.map((n) => String(n).padStart(9)).join("")}`,
    );
  }
  for (const { row, got, judgement } of judged) {
    if (judgement !== "right") printFailure(row, got, judgement);
  }
}

function printFailure(row: Row, got: Got, judgement: Judgement): void {
  const { expect } = row;
  const opens = got.notBefore === null ? "" : ` until ${got.notBefore}`;
  const wanted = [expect.notBefore, expect.notBeforeMin].flatMap(listOf).join(" or ");
  console.log(`\n${judgement}: ${row.id}: ${row.title}`);
  console.log(
    `  expected ${listOf(expect.action).join(" or ")} ${wanted} ${expect.reasonAny?.join(", ") ?? ""}`,
  );
  console.log(`  got ${got.answer}${opens}: ${got.reasons.join(", ")}`);
  for (const sentence of got.said) console.log(`    ${sentence}`);
}
