/** How a command ends when it fails, with exit codes that a script can rely on. */

/** 1 is a failure; 2 is wrong usage, as in most tools; checks have their own codes. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  deny: 10,
  defer: 11,
  unknown: 12,
  partly: 13,
  locked: 14,
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
