// Loaded into a process (`node --import`), it ends that process with kill -9 in front of one call that
// changes files: the one whose number HEED_TEST_KILL_AT says. The number of calls that there were goes to
// HEED_TEST_CALLS when the process ends by itself.
import { writeFileSync } from "node:fs";
import fs from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";

const killAt = Number(process.env.HEED_TEST_KILL_AT ?? 0);
let calls = 0;

for (const name of ["mkdir", "open", "rename", "rm", "link", "writeFile"] as const) {
  const real = fs[name] as (...given: unknown[]) => unknown;
  const counted = (...given: unknown[]) => {
    calls += 1;
    if (calls === killAt) process.kill(process.pid, "SIGKILL");
    return real(...given);
  };
  Object.assign(fs, { [name]: counted });
}
syncBuiltinESMExports();

process.on("exit", () => {
  const file = process.env.HEED_TEST_CALLS;
  if (file !== undefined) writeFileSync(file, String(calls));
});
