// `npm run bench`: set up, then run every benchmark. `-- --full` takes the sizes the documentation
// quotes; a word runs only the benchmarks whose file name has it.
import { join } from "node:path";
import { handOver, script } from "./run.mjs";
import { ROOT, setUp } from "./setup.mjs";

script(async () => {
  const node = await setUp("all");
  handOver(node, [join(ROOT, "bench", "run.ts"), ...process.argv.slice(2)]);
});
