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
function handOverTo(
  t: HasAfter,
  program: string,
  within = (_command: string): [string, string[]] | null => null,
): ChildProcess {
  const folder = temporaryFolder(t);
  const target = join(folder, "program.mjs");
  writeFileSync(target, program);
  const script = join(folder, "script.mjs");
  writeFileSync(
    script,
    `import { handOver } from ${JSON.stringify(join(REPOSITORY, "scripts", "run.mjs"))};
     handOver(process.execPath, [${JSON.stringify(target)}]);`,
  );
  const wrapped = within(`'${process.execPath}' '${script}'`);
  const [command, words] = wrapped ?? [process.execPath, [script]];
  return spawn(command, words, {
    stdio: ["pipe", "pipe", "ignore"],
    env: { ...process.env, npm_lifecycle_event: wrapped === null ? "" : "start" },
  });
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

test("a program started by npm ends when npm is ended", POSIX_ONLY, async (t) => {
  const child = handOverTo(
    t,
    `process.on("SIGTERM", () => {
       console.log("ending");
       process.exit();
     });
     setInterval(() => {}, 1000);
     console.log("ready");`,
    // As npm does: a shell between, which passes no signal on. The second command keeps it there.
    (command) => ["/bin/sh", ["-c", `${command}; exit 3`]],
  );
  assert.equal(String(await once(child.stdout!, "data")), "ready\n");
  child.kill("SIGTERM");
  assert.equal(String(await once(child.stdout!, "data")), "ending\n");
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
