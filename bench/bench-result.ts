// What every benchmark in this folder hands back, so that bench/run.ts can print one table and
// hold the promised ratios. A benchmark is a file that exports `title` and `run`.
// LIMIT: absolute values differ from machine to machine; only ratios taken in one run are promises.

/** One measured value, with its unit written out, such as `acts/s` or `bytes/address`. */
export interface BenchRow {
  label: string;
  value: number;
  unit: string;
}

/**
 * How one measured value compares with a named baseline of the same run. With `atLeast` (or
 * `atMost`, where less is better) it is a promise: a run in which it does not hold exits with 1.
 */
export interface BenchRatio {
  label: string;
  value: number;
  atLeast?: number;
  atMost?: number;
}

export interface BenchResult {
  rows: BenchRow[];
  ratios: BenchRatio[];
}

/** `full` asks for the sizes that the documentation quotes; without it a run takes seconds. */
export interface BenchOptions {
  full: boolean;
}

/** The shape of a benchmark file. */
export interface Bench {
  title: string;
  run(options: BenchOptions): Promise<BenchResult>;
}
