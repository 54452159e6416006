// docs/reference/cli.md, made from the program's own help.
import { Writable } from "node:stream";
import type { Command } from "commander";
import type { Context } from "../../src/cli/context.ts";
import { buildProgram } from "../../src/cli/program.ts";

const WIDTH = 96;

/** The program, printing nothing and able to do nothing. */
export function programForReading(): Command {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const refuse = () => {
    throw new Error("only the help is read here");
  };
  const context: Context = {
    env: {},
    cwd: "/",
    stdin: process.stdin,
    stdout: nowhere,
    stderr: nowhere,
    exitWith: refuse,
    config: refuse,
    connect: refuse,
  };
  return buildProgram(context);
}

/** A command and everything below it, in the order of the help. */
export function everyCommand(command: Command): Command[] {
  return [command, ...command.commands.flatMap(everyCommand)];
}

/** `heed record opt-out` */
export function fullName(command: Command): string {
  return command.parent === null ? command.name() : `${fullName(command.parent)} ${command.name()}`;
}

/** What `--help` prints, on a terminal of a fixed width. */
export function helpOf(command: Command): string {
  let text = "";
  command.configureOutput({
    ...command.configureOutput(),
    writeOut: (part) => {
      text += part;
    },
    getOutHelpWidth: () => WIDTH,
    getOutHasColors: () => false,
  });
  command.outputHelp();
  return text.trimEnd();
}

export function referenceText(program: Command): string {
  const sections = everyCommand(program).map((command) => {
    const level = "#".repeat(Math.min(3, fullName(command).split(" ").length + 1));
    return `${level} ${fullName(command)}\n\n\`\`\`text\n${helpOf(command)}\n\`\`\`\n`;
  });
  const opening =
    "# The command line\n\n" +
    "This page is the program's own help, command by command. `test/cli/help.test.ts` keeps it equal;\n" +
    "`HEED_WRITE_REFERENCE=1 npm test -- test/cli/help.test.ts` writes it anew.\n";
  return [opening, ...sections].join("\n");
}
