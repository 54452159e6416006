/**
 * What a command may reach for. Results go to standard output, everything else to standard error.
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
