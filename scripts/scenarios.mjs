// `npm run scenarios -- FILE [--json] [--only ID]`: set up, then ask every question of a file of worked
// scenarios through the public check. See scenarios/ and docs/guides/scenarios.md.
import { join } from "node:path";
import { handOver, script } from "./run.mjs";
import { ROOT, setUp } from "./setup.mjs";

script(async () => {
  const node = await setUp("all");
  handOver(node, [join(ROOT, "scenarios", "run.ts"), ...process.argv.slice(2)]);
});
