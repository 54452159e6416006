/** `heed restore`: puts a copy of the ledger back, after every check, and loses nothing by it. */
import { randomBytes } from "node:crypto";
import path from "node:path";
import type { Command } from "commander";
import type { RestoreReport } from "../../runtime/restore-report.ts";
import type { Context } from "../context.ts";
import { CliFailure, EXIT } from "../failure.ts";
import { withExamples, withJson } from "../flags.ts";
import { printJson, printLine } from "../print.ts";

export function registerRestore(program: Command, context: Context): void {
  const command = withJson(
    program
      .command("restore")
      .description("put a copy of the ledger back; the server must be stopped")
      .argument("<copy>", "a backup, or the data folder or heed.db of a stopped server"),
  );
  withExamples(
    command,
    ["heed restore /backups/heed-2026-11-21", "heed --data /var/lib/heed restore /mnt/old/data"],
    "Everything is checked first. The present ledger is kept in a folder replaced-… beside it; the\n" +
      "opt-outs, holds and erasures in it that the copy lacks are carried over, and nothing that\n" +
      "allows. Where the ledger is then behind its anchor, the server starts locked: it takes\n" +
      "opt-outs and denies everything.\n" +
      "Exit codes: 0 done, 1 failure and nothing was changed, 2 wrong usage, 14 done, and the server\n" +
      "will start locked.",
  ).action(async (written: string, _, command: Command) => {
    const flags = command.optsWithGlobals();
    const config = context.config(flags);
    if ((context.env.HEED_URL ?? "") !== "") {
      throw new CliFailure(
        `a restore is for the data folder of this machine (${config.dataFolder}), and HEED_URL names a ` +
          "server elsewhere. Run it there, or unset HEED_URL",
      );
    }
    const { restore } = await import("../../runtime/restore.ts");
    const { systemClock } = await import("../../runtime/clock.ts");
    const report = await restore({
      ...{ config, env: context.env, place: path.resolve(context.cwd, written) },
      clock: systemClock,
      random: (length) => new Uint8Array(randomBytes(length)),
    });
    if (flags.json) printJson(context.stdout, shown(report));
    else for (const line of tell(report)) printLine(context.stdout, line);
    if (report.lock !== null) context.exitWith(EXIT.locked);
  });
}

function shown(report: RestoreReport) {
  const { madeAt, carried } = report;
  return {
    ...report,
    madeAt: madeAt === null ? null : new Date(madeAt).toISOString(),
    carried: carried === null ? null : { ...carried, optIns: carried.optIns.length },
  };
}

function tell(report: RestoreReport): string[] {
  const { kind, madeAt, entries, size, lock } = report;
  const when = madeAt === null ? "" : `, as of ${new Date(madeAt).toISOString()}`;
  return [
    `Put back: a ${kind} with ${count(entries)}${when}. Every entry of it was checked.`,
    ...report.unchecked.map((what) => `Not checked: ${what}.`),
    ...tellCarried(report),
    ...tellKeys(report),
    ...(report.replacedIn === null
      ? []
      : [
          `The ledger that was there is kept in ${report.replacedIn}; \`heed restore\` with that folder ` +
            "goes back to it. Erasures do not reach it: remove it when you do not need it any more.",
        ]),
    ...(lock === null
      ? [`The ledger has ${count(size)} now and is what its anchor says.`]
      : [
          `THE SERVER WILL START LOCKED: it takes opt-outs and denies everything. ${lock.text}`,
          ...lock.waysOut.map((way) => `- ${way}`),
        ]),
  ];
}

function tellCarried({ carried, notCarried }: RestoreReport): string[] {
  if (notCarried !== null) {
    return [`Nothing was carried over from the ledger that was there: ${notCarried}`];
  }
  if (carried === null) return ["There was no ledger here to carry anything over from."];
  const { missing, optIns, optOuts, holds, erasures, known, damaged, unreadable } = carried;
  const { dealings, sends } = carried;
  const lines = [
    missing === 0
      ? "The ledger that was there had nothing that this one lacks."
      : `The ledger that was there had ${count(missing)} that this one lacks at their places. ` +
        `Carried over: ${optOuts} opt-outs, ${holds} holds, ${erasures} erasures; ${known} are in it ` +
        `already. What allows is never carried over: ${optIns.length} opt-ins.`,
  ];
  const others = [
    ...(dealings > 0 ? [`${dealings} refusals and requests to opt in`] : []),
    ...(sends > 0 ? [`${sends} recorded sends, which count against the caps`] : []),
  ];
  if (others.length > 0) lines.push(`Carried over as well: ${others.join(", ")}.`);
  if (damaged + unreadable > 0) {
    lines.push(
      `${damaged + unreadable} of its entries are damaged and could not be carried over. Ask again ` +
        "for what providers and other systems still know.",
    );
  }
  return lines;
}

function tellKeys({ revokedKeys }: RestoreReport): string[] {
  if (revokedKeys === 0) return [];
  return [`${revokedKeys} API keys that had been ended since the copy was made stay ended.`];
}

function count(entries: number): string {
  return entries === 1 ? "1 entry" : `${entries} entries`;
}
