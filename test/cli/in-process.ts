// A command of the program in this process, against a server that listens: the same parsing, client,
// output and exit code as a process of its own, without the time that starting one takes.
import { Readable, Writable } from "node:stream";
import { CommanderError } from "commander";
import { connect } from "../../src/cli/client.ts";
import { CliFailure, EXIT } from "../../src/cli/failure.ts";
import { buildProgram } from "../../src/cli/program.ts";
import { readConfig } from "../../src/runtime/config.ts";
import type { Ran } from "./run-heed.ts";

/** `env` says which server, as it does for users: HEED_URL and HEED_API_KEY. */
export async function runInProcess(
  env: Readonly<Record<string, string>>,
  args: readonly string[],
): Promise<Ran> {
  const [stdout, stderr] = [new Written(), new Written()];
  let code: number = EXIT.ok;
  const config = (flags: Parameters<typeof readConfig>[1]) =>
    readConfig(env, flags, "production", process.cwd());
  const program = buildProgram({
    env,
    cwd: process.cwd(),
    stdin: Readable.from([]),
    stdout,
    stderr,
    exitWith: (given) => {
      code = given;
    },
    config,
    connect: (flags) =>
      connect(config(flags), env, (error) => {
        throw error;
      }),
  });
  try {
    await program.parseAsync(["node", "heed", ...args]);
  } catch (error) {
    if (error instanceof CommanderError) code = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    else if (error instanceof CliFailure) {
      code = error.exitCode;
      stderr.write(`heed: ${error.message}\n`);
    } else throw error;
  }
  return { code, stdout: stdout.text, stderr: stderr.text };
}

class Written extends Writable {
  text = "";

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString("utf8");
    done();
  }
}
