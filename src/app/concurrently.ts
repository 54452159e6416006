/** Work on many items, a few at a time. */

/**
 * Runs `work` over the items, at most `limit` at once, each begun in order. After a failure no
 * other is begun, and it rejects only when all that were under way have ended: whoever tries again
 * must not find the first try still at work.
 */
export async function forEachConcurrently<T>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = items.values();
  const failures: unknown[] = [];
  const worker = async () => {
    for (const item of queue) {
      if (failures.length > 0) return;
      await work(item).catch((error: unknown) => failures.push(error));
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  if (failures.length > 0) throw failures[0];
}
