// `npm run check`: what is quick enough to run before every commit: style, types, and the tests of
// the pure folders, which need no database and no browser.
import { runToEnd, script } from "./run.mjs";
import { ROOT, setUp } from "./setup.mjs";
import { staticChecks } from "./static-checks.mjs";

const PURE = ["domain", "address", "recognize", "rules", "ledger"];

script(async () => {
  const node = await setUp("all");
  const failed = await staticChecks(node);
  const files = ["test/architecture.test.ts", ...PURE.map((name) => `test/${name}/**/*.test.ts`)];
  const ok = await runToEnd(node, ["--test", ...files], { cwd: ROOT });
  process.exitCode = ok && failed.length === 0 ? 0 : 1;
});
