// One installation at a time in a clone: two `npm ci` would delete each other's files. The holder
// touches the lock while it works, so that one left by a crash is known by its age, and at once
// when the process it names is gone.
import {
  mkdirSync,
  readFileSync,
  rmdirSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { problemWith } from "./setup-problem.mjs";

const TOUCH_EVERY_MS = 2000;
const STALE_AFTER_MS = 20_000;
const LOOK_EVERY_MS = 250;

/** Runs `work` while no other process runs it under the same lock file. */
export async function whileLocked(lockFile, work) {
  let told = false;
  while (!take(lockFile)) {
    if (!told) process.stderr.write("Another start is installing here; waiting for it …\n");
    told = true;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  const touching = setInterval(() => touch(lockFile), TOUCH_EVERY_MS);
  // Ctrl-C must not leave the next start waiting.
  const release = () => remove(lockFile);
  process.on("exit", release);
  try {
    return await work();
  } finally {
    clearInterval(touching);
    process.removeListener("exit", release);
    release();
  }
}

function take(lockFile) {
  try {
    mkdirSync(dirname(lockFile), { recursive: true });
    writeFileSync(lockFile, `${process.pid} ${hostname()}\n`, { flag: "wx" });
    return true;
  } catch (error) {
    if (error.code !== "EEXIST") {
      throw problemWith(`${error.code} ${error.message}`, dirname(dirname(lockFile)));
    }
    if (isStale(lockFile)) remove(lockFile);
    return false;
  }
}

function isStale(lockFile) {
  try {
    const [pid, host] = readFileSync(lockFile, "utf8").trim().split(" ");
    if (Date.now() - statSync(lockFile).mtimeMs > STALE_AFTER_MS) return true;
    // A process id of another machine or container says nothing here.
    return host === hostname() && !isAlive(Number(pid));
  } catch {
    return false;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

function touch(lockFile) {
  try {
    utimesSync(lockFile, new Date(), new Date());
  } catch {
    // Somebody cleared it away; the work goes on.
  }
}

function remove(lockFile) {
  try {
    unlinkSync(lockFile);
    rmdirSync(dirname(lockFile));
  } catch {
    // It is gone already, or the folder holds something else.
  }
}
