// `npm start`: set up, then run Heed in development mode, with the sandbox. Arguments go on to it.
import { join } from "node:path";
import { handOver, script } from "./run.mjs";
import { ROOT, setUp } from "./setup.mjs";

script(async () => {
  const node = await setUp("production");
  handOver(node, [join(ROOT, "src", "cli", "main.ts"), "dev", ...process.argv.slice(2)]);
});
