// A script that runs Heed must end as Heed ends, and pass on what Heed is told: a supervisor's
// SIGTERM has to reach the program that knows how to lose nothing.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { REPOSITORY } from "../support/source.ts";
import { type HasAfter, temporaryFolder } from "../support/temp-folder.ts";

const POSIX_ONLY = { skip: process.platform === "win32" ? "Windows has no signals" : false };

/** A process that hands over to `program`, with pipes, so that no terminal sends signals itself. */
function handOverTo(t: HasAfter, program: string): ChildProcess {
  const folder = temporaryFolder(t);
  const target = join(folder, "program.mjs");
  writeFileSync(target, program);
  const script = join(folder, "script.mjs");
  writeFileSync(
    script,
    `import { handOver } from ${JSON.stringify(join(REPOSITORY, "scripts", "run.mjs"))};
     handOver(process.execPath, [${JSON.stringify(target)}]);`,
  );
  return spawn(process.execPath, [script], { stdio: ["pipe", "pipe", "ignore"] });
}

test("a signal reaches the program once, and its exit code comes back", POSIX_ONLY, async (t) => {
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
    const child = handOverTo(
      t,
      `let told = 0;
       process.on(${JSON.stringify(signal)}, () => {
         told += 1;
         setTimeout(() => process.exit(40 + told), 200);
       });
       setInterval(() => {}, 1000);
       console.log("ready");`,
    );
    await once(child.stdout!, "data");
    child.kill(signal);
    assert.deepEqual(await once(child, "exit"), [41, null], signal);
  }
});

test("a program ended by a signal ends its script by the same one", POSIX_ONLY, async (t) => {
  const child = handOverTo(t, "process.kill(process.pid, 'SIGTERM'); setInterval(() => {}, 1000);");
  assert.deepEqual(await once(child, "exit"), [null, "SIGTERM"]);
});

test("input goes to the program and its output comes back unchanged", async (t) => {
  const child = handOverTo(t, "process.stdin.pipe(process.stdout);");
  child.stdin!.end("+15551234567\r\n\u0000\n");
  let out = "";
  child.stdout!.on("data", (chunk) => {
    out += chunk;
  });
  await once(child, "close");
  assert.equal(out, "+15551234567\r\n\u0000\n");
});
