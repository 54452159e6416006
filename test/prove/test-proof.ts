// Runs the small share of a proof as a test: its promise has to hold and its controls to be caught.
// HEED_PROVE_SEED repeats an earlier run.
import assert from "node:assert/strict";
import { test } from "node:test";
import { faultsOf, type Proof } from "../../prove/proof.ts";

export function testProof({ name, promise, run }: Proof): void {
  test(`${name}: ${promise}`, async (t) => {
    const given = process.env.HEED_PROVE_SEED;
    const seed = given === undefined ? undefined : Number(given);
    const result = await run({ ci: true, seed });
    if (result.skipped !== null) {
      t.skip(result.skipped);
      return;
    }
    t.diagnostic(`seed ${result.seed}`);
    for (const line of result.lines) t.diagnostic(line);
    for (const control of result.controls)
      t.diagnostic(`control: ${control.name}: ${control.found}`);
    assert.deepEqual(faultsOf(result).slice(0, 10), [], `HEED_PROVE_SEED=${result.seed}`);
  });
}
