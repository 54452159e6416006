/**
 * What a command may reach for, and how it speaks: results on standard output, everything else on
 * standard error, `--json` for machines, exit codes that a script can rely on.
 */
import type { Readable, Writable } from "node:stream";
import type { Config, Flags } from "../runtime/config.ts";
import type { Client } from "./client.ts";

export interface Context {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Sets the exit code of the process; the last call wins. */
  exitWith(code: number): void;
  /** The configuration from flags and environment, for production if nothing else is said. */
  config(flags: Flags, mode?: Config["mode"]): Config;
  /** The server that runs on the data folder, or one that lives as long as the command. */
  connect(flags: Flags): Promise<Client>;
}

/** 1 is a failure; 2 is wrong usage, as in most tools; checks have their own codes. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  deny: 10,
  defer: 11,
  unknown: 12,
  partly: 13,
} as const;

/** A failure that is explained in one line, without a stack. */
export class CliFailure extends Error {
  override readonly name = "CliFailure";
  readonly exitCode: number;

  constructor(message: string, exitCode: number = EXIT.failed) {
    super(message);
    this.exitCode = exitCode;
  }
}
