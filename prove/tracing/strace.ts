// strace as the recorder of what a program does to its disk, and as the hand that makes calls fail.
// LIMIT: Linux only; a machine without a working strace skips the proofs that need it.
import { spawnSync } from "node:child_process";

/** Calls that change a disk or make its state durable. */
export const DISK_CALLS = [
  ...["openat", "open", "creat", "write", "writev", "pwrite64", "pwritev", "pwritev2"],
  ...["ftruncate", "truncate", "fallocate", "lseek", "close", "mmap", "copy_file_range"],
  ...["unlink", "unlinkat", "rename", "renameat", "renameat2", "link", "linkat", "symlink"],
  ...["mkdir", "mkdirat", "rmdir", "fsync", "fdatasync", "sync_file_range", "syncfs", "sync"],
] as const;

/** Why the proofs with strace cannot run here, or `null`. */
export function whyNoStrace(): string | null {
  if (process.platform !== "linux") return "strace is for Linux only";
  const tried = spawnSync("strace", ["-f", "-o", "/dev/null", "-e", "trace=none", "true"]);
  if (tried.error !== undefined) return "there is no `strace` on this machine; install it";
  if (tried.status === 0) return null;
  const said = String(tried.stderr).trim().split("\n")[0];
  return `\`strace\` may not trace here (${said}); a container needs the capability SYS_PTRACE`;
}

export interface TraceOptions {
  readonly output: string;
  readonly calls: readonly string[];
  /** Only calls on these paths; all of them when empty. */
  readonly paths?: readonly string[];
  /** Such as `fsync:error=EIO:when=3`. */
  readonly inject?: string;
  /** Bytes of a string that are written out. */
  readonly bytes?: number;
}

/** What to put before a command. */
export function straceCommand(options: TraceOptions): string[] {
  const { output, calls, paths = [], inject, bytes = 64 * 1024 * 1024 } = options;
  // Other calls run at full speed with it; but strace 6.1 then forgets to send injected signals.
  const quick = inject?.includes("signal=") ? [] : ["--seccomp-bpf"];
  return [
    ...["strace", "-f", "-q", "-y", "-xx", "-ttt", "-s", String(bytes), ...quick],
    ...["-o", output, "-e", `trace=${calls.map((call) => `?${call}`).join(",")}`],
    ...["-e", "signal=SIGKILL"],
    ...paths.flatMap((path) => ["-P", path]),
    ...(inject === undefined ? [] : ["-e", `inject=${inject}`]),
  ];
}
