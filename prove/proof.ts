// What every proof in this folder hands back, so that prove/run.ts can print it and judge it.
// A proof is a file that exports `name`, `promise` and `run`. It breaks something on purpose and
// counts what is lost; its controls do the same to a product without the safety, and must lose.

export interface ProofOptions {
  /** How much to do, in the proof's own unit; it has a usual amount. */
  readonly rounds?: number | undefined;
  /** Repeats the choices of an earlier run. */
  readonly seed?: number | undefined;
  /** The share that runs inside `npm test`, in seconds. */
  readonly ci?: boolean | undefined;
}

/** A product without the safety. When it is not caught, the proof proves nothing. */
export interface Control {
  readonly name: string;
  readonly caught: boolean;
  /** What was seen, in numbers. */
  readonly found: string;
}

export interface ProofResult {
  /** Why nothing could be shown here, or `null`. */
  readonly skipped: string | null;
  readonly seed: number;
  /** What was done and what was found, one line each. */
  readonly lines: readonly string[];
  /** How the promise was broken; empty when it held. */
  readonly broken: readonly string[];
  readonly controls: readonly Control[];
}

/** The shape of a proof's file. */
export interface Proof {
  readonly name: string;
  readonly promise: string;
  run(options: ProofOptions): Promise<ProofResult>;
}

export function skippedProof(why: string, seed: number): ProofResult {
  return { skipped: why, seed, lines: [], broken: [], controls: [] };
}

/** What is wrong with it, one line each; empty when the promise held and every control was caught. */
export function faultsOf({ broken, controls }: ProofResult): string[] {
  const asleep = controls.filter(({ caught }) => !caught);
  return [
    ...broken,
    ...asleep.map(({ name, found }) => `the control was not caught: ${name} (${found})`),
  ];
}
