// For tests that back up, roll back and restore: the real steps of both, on temporary folders.
import { randomBytes } from "node:crypto";
import { readdirSync } from "node:fs";
import fs from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import path from "node:path";
import type { BackupReport } from "../../src/app/backups.ts";
import { recordChoice } from "../../src/app/record-choice.ts";
import { readConfig } from "../../src/runtime/config.ts";
import { backupsOf } from "../../src/runtime/make-backup.ts";
import { restore } from "../../src/runtime/restore.ts";
import type { RestoreReport } from "../../src/runtime/restore-report.ts";
import { FakeClock, serviceTo, type TestApp } from "../app/support.ts";

export function personAt(number: number): string {
  return `person-${number}@example.com`;
}

/** Opts out of everything from everybody. */
export async function optOut(app: TestApp, address: string): Promise<void> {
  app.clock.pass(1000);
  const choice = { kind: "opt-out", address, sender: "all", by: "person" } as const;
  await recordChoice(app.deps, choice, "test", null);
}

export function isAllowed(app: TestApp, address: string): boolean {
  return serviceTo(app.deps, address, { channel: "email" }).answer === "allow";
}

export function backUp(
  app: TestApp,
  folder: string,
  withKeys = false,
  env: Readonly<Record<string, string>> = {},
): Promise<BackupReport> {
  return backupsOf(app.heed, env).make({ folder, withKeys });
}

export function restoreInto(
  dataFolder: string,
  place: string,
  env: Readonly<Record<string, string>> = {},
): Promise<RestoreReport> {
  return restore({
    config: readConfig({ HEED_DATA: dataFolder, ...env }, {}, "development", "/"),
    ...{ env, place, clock: new FakeClock() },
    random: (length) => new Uint8Array(randomBytes(length)),
  });
}

const CHANGES_FILES = ["mkdir", "open", "rename", "rm", "link", "writeFile"] as const;

/**
 * Runs `work` on a disk that takes no change any more from call number `at` on, as if the process had
 * been killed there. Resolves with the number of calls that there were.
 */
export async function withDeathAt(at: number, work: () => Promise<unknown>): Promise<number> {
  const real = Object.fromEntries(CHANGES_FILES.map((name) => [name, fs[name]]));
  let calls = 0;
  for (const name of CHANGES_FILES) {
    const counted = (...given: unknown[]) => {
      calls += 1;
      if (calls >= at) throw new Error("killed here");
      return (real[name] as (...given: unknown[]) => unknown)(...given);
    };
    Object.assign(fs, { [name]: counted });
  }
  syncBuiltinESMExports();
  try {
    await work();
  } catch (error) {
    if (calls < at) throw error;
  } finally {
    Object.assign(fs, real);
    syncBuiltinESMExports();
  }
  return calls;
}

type Call = "mkdir" | "readFile" | "rename";

/** Does `meanwhile` at the first such call on such a path, as if the process had been slow there. */
export async function slowAt<T>(
  call: { readonly name: Call; readonly path: RegExp },
  meanwhile: () => Promise<void>,
  work: () => Promise<T>,
): Promise<T> {
  const real = fs[call.name] as (...given: unknown[]) => Promise<unknown>;
  let isDone = false;
  const slow = async (...given: unknown[]) => {
    const result = await real(...given);
    if (!isDone && given.some((one) => call.path.test(String(one)))) {
      isDone = true;
      await meanwhile();
    }
    return result;
  };
  Object.assign(fs, { [call.name]: slow });
  syncBuiltinESMExports();
  let result: T;
  try {
    result = await work();
  } finally {
    Object.assign(fs, { [call.name]: real });
    syncBuiltinESMExports();
  }
  if (!isDone) throw new Error(`no ${call.name} of ${call.path}`);
  return result;
}

/** Folders with ledgers that restores put aside. */
export function replacedLedgers(dataFolder: string): readonly string[] {
  const names = readdirSync(dataFolder).filter((name) => name.startsWith("replaced-"));
  return names.sort();
}

export function dataFolderIn(folder: string): string {
  return path.join(folder, "data");
}
