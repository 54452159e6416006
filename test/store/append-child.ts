// A server's worth of writers, to be killed. Says on standard output what it found when it opened
// the store, and every append as soon as it is acknowledged; ends when standard input does.
import { openPostgresStore } from "../../src/store/postgres/open-postgres-store.ts";
import { openSqliteStore } from "../../src/store/sqlite/open-sqlite-store.ts";
import type { Store } from "../../src/store/store.ts";
import { requestOf } from "./drafts.ts";

export interface ChildPlan {
  readonly kind: "sqlite" | "postgres";
  /** A file or a URL. */
  readonly target: string;
  /** In every key that this child makes up. */
  readonly name: string;
  readonly writers: number;
  /** Entries after this position are listed; `null`: none are. */
  readonly listAfter: number | null;
  /** Keys to send again. */
  readonly retry: readonly string[];
}

// Writes to a pipe are synchronous on POSIX, so what was said cannot be lost in a buffer of ours.
function say(...words: (string | number)[]): void {
  process.stdout.write(`${words.join(" ")}\n`);
}

/** The same key always makes the same request, with one draft or two. */
function requestFor(key: string) {
  return requestOf(key, key, key.endsWith("2") ? 2 : 1);
}

async function list(store: Store, after: number): Promise<void> {
  for (let last = after; ; ) {
    const entries = await store.read(last, 1000);
    if (entries.length === 0) return;
    for (const { position, act } of entries) say("entry", position, act?.messageId ?? "erased");
    last += entries.length;
  }
}

async function write(store: Store, name: string): Promise<void> {
  for (let n = 0; ; n++) {
    const key = `${name}-${n}`;
    const outcome = await store.append(requestFor(key));
    if (outcome.status === "conflict") say("conflict", key);
    else say("ack", key, outcome.entries[0]!.position, outcome.status);
  }
}

async function run(plan: ChildPlan): Promise<void> {
  const onBroken = () => say("told");
  const store =
    plan.kind === "sqlite"
      ? await openSqliteStore({ file: plan.target, onBroken })
      : await openPostgresStore({ url: plan.target, onBroken });
  if (plan.listAfter !== null) await list(store, plan.listAfter);
  say("listed");
  for (const key of plan.retry) {
    const outcome = await store.append(requestFor(key));
    if (outcome.status === "conflict") say("conflict", key);
    else say("retried", key, outcome.entries[0]!.position, outcome.status);
  }
  say("writing");
  const failures = await Promise.allSettled(
    Array.from({ length: plan.writers }, (_, writer) => write(store, `${plan.name}-${writer}`)),
  );
  for (const failure of failures) {
    if (failure.status === "rejected") say("failed", failure.reason.name);
  }
  await store.append(requestFor("after the failure")).catch((error) => say("later", error.name));
}

process.stdin.resume();
process.stdin.on("end", () => process.exit());
run(JSON.parse(process.argv[2] ?? "")).catch((error: Error) => {
  say("refused", error.name, error.message);
  process.exit(1);
});
