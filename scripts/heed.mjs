#!/usr/bin/env node
// The command `heed`: set up if need be, then run it with the same arguments, input and output.
import { join } from "node:path";
import { handOver, script } from "./run.mjs";
import { ROOT, setUp } from "./setup.mjs";

script(async () => {
  const node = await setUp("production");
  handOver(node, [join(ROOT, "src", "cli", "main.ts"), ...process.argv.slice(2)]);
});
