// The checks that run no test: Biome for format and lint, the compiler for types. Both at once, and
// their words are shown only when something is wrong.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runQuietly } from "./run.mjs";
import { ROOT } from "./setup.mjs";

/** Prints one line for each check; resolves with the names of those that failed. */
export async function staticChecks(node) {
  const checks = [
    { name: "style", program: binOf("@biomejs/biome", "biome"), rest: ["check", "."] },
    { name: "types", program: binOf("typescript", "tsc"), rest: ["-p", "."] },
  ];
  const outcomes = await Promise.all(
    checks.map(({ program, rest }) => runQuietly(node, [program, ...rest], { cwd: ROOT })),
  );
  const failed = [];
  checks.forEach(({ name }, index) => {
    const { ok, said } = outcomes[index];
    process.stdout.write(ok ? `✔ ${name}\n` : `✖ ${name}\n${said.trim()}\n`);
    if (!ok) failed.push(name);
  });
  return failed;
}

function binOf(packageName, command) {
  const folder = join(ROOT, "node_modules", packageName);
  return join(folder, JSON.parse(readFileSync(join(folder, "package.json"), "utf8")).bin[command]);
}
