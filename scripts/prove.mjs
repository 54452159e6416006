// `npm run prove`: set up, then list the proofs; `-- <name>` runs one of them. See prove/ and
// docs/guides/proving.md.
import { join } from "node:path";
import { handOver, script } from "./run.mjs";
import { ROOT, setUp } from "./setup.mjs";

script(async () => {
  const node = await setUp("all");
  handOver(node, [join(ROOT, "prove", "run.ts"), ...process.argv.slice(2)]);
});
