/** All commands of `heed`, one file each under `commands/`. */
import { Command } from "commander";
import { registerAcceptGap } from "./commands/accept-gap.ts";
import { registerArea } from "./commands/area.ts";
import { registerBackup } from "./commands/backup.ts";
import { registerCheck } from "./commands/check.ts";
import { registerDestination } from "./commands/destination.ts";
import { registerDoctor } from "./commands/doctor.ts";
import { registerErase } from "./commands/erase.ts";
import { registerExport } from "./commands/export.ts";
import { registerHistory } from "./commands/history.ts";
import { registerImport } from "./commands/import.ts";
import { registerKey } from "./commands/key.ts";
import { registerLink } from "./commands/link.ts";
import { registerMessage } from "./commands/message.ts";
import { registerObligations } from "./commands/obligations.ts";
import { registerPacks } from "./commands/packs.ts";
import { registerRecognize } from "./commands/recognize.ts";
import { registerRecord } from "./commands/record.ts";
import { registerRegistry } from "./commands/registry.ts";
import { registerRestore } from "./commands/restore.ts";
import { registerReview } from "./commands/review.ts";
import { registerRotate } from "./commands/rotate.ts";
import { registerScrub } from "./commands/scrub.ts";
import { registerSender } from "./commands/sender.ts";
import { registerSends } from "./commands/sends.ts";
import { registerDev, registerServe } from "./commands/serve.ts";
import { registerSource } from "./commands/source.ts";
import { registerVerify } from "./commands/verify.ts";
import type { Context } from "./context.ts";
import { withExamples } from "./flags.ts";
import { visibleLines } from "./print.ts";

/** In the order of the help. */
const REGISTER = [
  ...[registerServe, registerDev, registerCheck, registerRecord, registerHistory, registerReview],
  ...[registerObligations, registerErase],
  ...[registerScrub, registerImport, registerExport, registerLink, registerRecognize],
  registerMessage,
  ...[registerSender, registerSource, registerDestination, registerKey, registerRegistry],
  ...[registerArea, registerSends],
  registerPacks,
  registerDoctor,
  registerVerify,
  registerRotate,
  registerBackup,
  registerRestore,
  registerAcceptGap,
];

export function buildProgram(context: Context): Command {
  const program = new Command("heed")
    .description("Every opt-out, heeded: everywhere, at once, provably.")
    .option("--data <folder>", "data folder (HEED_DATA; default: ./data)")
    .showHelpAfterError("(`--help` after a command says how it is used)")
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(visibleLines(text)),
      outputError: (text, write) => write(text.replace(/^error: /, "heed: ")),
    })
    .exitOverride();
  withExamples(
    program,
    [
      "heed dev",
      "heed check +12125550123 --sender acme --for sms",
      "heed scrub contacts.csv --for sms --sender acme --out clean.csv --removed removed.csv",
      "HEED_URL=https://heed.example.com HEED_API_KEY=heed_… heed history +12125550123",
    ],
    "Commands speak to the server in HEED_URL (with the key in HEED_API_KEY), else to the one that\n" +
      "runs on the data folder, else they do the work themselves.\n" +
      "Results go to standard output, everything else to standard error.\n" +
      "Exit codes: 0 done, 1 failure, 2 wrong usage; some commands have more.",
  );
  for (const register of REGISTER) register(program, context);
  return program;
}
