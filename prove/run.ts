// Runs one proof, or lists them. `--seed` and `--rounds` go to the proof, `--ci` asks for the share
// that runs inside `npm test`. Exits with 0 when the promise held and every control was caught,
// with 1 when not, and with 2 when nothing could be shown on this machine.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { faultsOf, type Proof, type ProofResult } from "./proof.ts";

const FOLDER = import.meta.dirname;
const MOST_SHOWN = 20;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: "string" },
    rounds: { type: "string" },
    ci: { type: "boolean", default: false },
  },
});
// An exit cleans up: servers that run are killed, and folders removed.
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.once(name, () => process.exit(1));
}
const [wanted] = positionals;
process.exitCode = wanted === undefined ? await list() : await runOne(wanted);

async function list(): Promise<number> {
  const proofs = await allProofs();
  console.log("Proofs, each with a control that must fail. Run one: `npm run prove -- <name>`\n");
  const width = Math.max(...proofs.map(({ name }) => name.length));
  for (const { name, promise } of proofs) console.log(`  ${name.padEnd(width)}  ${promise}`);
  return 0;
}

async function runOne(name: string): Promise<number> {
  const proofs = await allProofs();
  const proof = proofs.find((one) => one.name === name);
  if (proof === undefined) {
    console.error(
      `No proof is called \`${name}\`. There are: ${proofs.map((one) => one.name).join(", ")}.`,
    );
    return 1;
  }
  console.log(`${proof.name}: ${proof.promise}`);
  const startedAt = performance.now();
  const result = await proof.run({
    ci: values.ci,
    seed: numberOf("seed", values.seed),
    rounds: numberOf("rounds", values.rounds),
  });
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
  return print(result, seconds);
}

function print(result: ProofResult, seconds: string): number {
  if (result.skipped !== null) {
    console.log(`  skipped: ${result.skipped}`);
    return 2;
  }
  for (const line of result.lines) console.log(`  ${line}`);
  for (const { name, caught, found } of result.controls) {
    console.log(`${caught ? "✔" : "✖"} control: ${name}: ${found}`);
  }
  const faults = faultsOf(result);
  for (const fault of faults.slice(0, MOST_SHOWN)) console.log(`✖ ${fault}`);
  if (faults.length > MOST_SHOWN) console.log(`✖ and ${faults.length - MOST_SHOWN} more`);
  const verdict = faults.length === 0 ? "✔ the promise held" : "✖ NOT SHOWN";
  console.log(`${verdict} (${seconds} s, repeat with --seed ${result.seed})`);
  return faults.length === 0 ? 0 : 1;
}

/** TypeScript files that export `run`; the folder also holds what several of them share. */
async function allProofs(): Promise<Proof[]> {
  const files = readdirSync(FOLDER).filter(
    (file) =>
      file.endsWith(".ts") &&
      /^export (async )?function run\b/mu.test(readFileSync(join(FOLDER, file), "utf8")),
  );
  return Promise.all(
    files.map(async (file) => (await import(new URL(file, import.meta.url).href)) as Proof),
  );
}

function numberOf(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^[0-9]{1,10}$/u.test(text)) return Number(text);
  throw new Error(`--${flag} is \`${text}\` and must be a whole number`);
}
