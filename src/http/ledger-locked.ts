/** What is said when nothing of the ledger may be signed or served. */
import type { HeadGuard, LockKind } from "../app/head-guard.ts";
import { HttpProblem } from "./http-problem.ts";

const RETRY_AFTER_S = "60";

/** Strangers may read this: no number and no path of this machine. `heed doctor` says more. */
const WHY: Readonly<Record<LockKind, string>> = {
  behind: "the ledger has fewer entries than its anchor",
  differs: "the ledger has other entries than its anchor",
  "other-log": "its anchor is that of another log",
  "anchor-missing": "its anchor is gone",
  damaged: "an entry is not what the ledger committed to",
  "keys-missing": "a key of the ledger is missing on this server",
};

export function ledgerLocked({ lock }: Pick<HeadGuard, "lock">): HttpProblem {
  const why = lock === null ? "this server does not have the key that signs it" : WHY[lock.kind];
  return new HttpProblem(
    "locked",
    `Nothing of the ledger is signed or served now: ${why}. \`heed doctor\` says what to do.`,
    { headers: { "retry-after": RETRY_AFTER_S } },
  );
}
