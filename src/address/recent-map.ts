/**
 * A memory of bounded size that forgets what was not asked for lately. It keeps two generations:
 * when the young one is full it becomes the old one, and the old one is let go. What is asked for
 * moves back to the young one, so nothing in use is ever forgotten at once.
 */
export class RecentMap<Key, Value> {
  private readonly generationSize: number;
  private young = new Map<Key, Value>();
  private old = new Map<Key, Value>();

  /** At most twice `generationSize` entries are held. */
  constructor(generationSize: number) {
    this.generationSize = generationSize;
  }

  get(key: Key): Value | undefined {
    const value = this.young.get(key);
    if (value !== undefined) return value;
    const older = this.old.get(key);
    if (older !== undefined) this.set(key, older);
    return older;
  }

  set(key: Key, value: Value): void {
    if (this.young.size >= this.generationSize) {
      this.old = this.young;
      this.young = new Map();
    }
    this.young.set(key, value);
  }

  get size(): number {
    return this.young.size + this.old.size;
  }
}
