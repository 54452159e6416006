/** Windows of a day, as written in a pack: `10:00-13:00`, half-open, in local clock time. */

export interface Window {
  /** Milliseconds of the local clock after 00:00. */
  readonly fromMs: number;
  /** The first instant that is closed again. `24:00` is 86,400,000. */
  readonly toMs: number;
}

const MINUTE_MS = 60_000;

function readTime(written: string): number {
  return (Number(written.slice(0, 2)) * 60 + Number(written.slice(3, 5))) * MINUTE_MS;
}

/** Reads a window that matches the schema's pattern. */
export function readWindow(written: string): Window {
  return { fromMs: readTime(written.slice(0, 5)), toMs: readTime(written.slice(6)) };
}

const two = (count: number) => String(count).padStart(2, "0");
/** Every minute of a day, and its end. */
const WRITTEN_MINUTES: readonly string[] = Array.from(
  { length: 24 * 60 + 1 },
  (_, minute) => `${two(Math.floor(minute / 60))}:${two(minute % 60)}`,
);

/** `10:00` of what `readWindow` read, or of any instant of a day: the minute that it is in. */
export function writeTime(ofDayMs: number): string {
  return WRITTEN_MINUTES[Math.floor(ofDayMs / MINUTE_MS)]!;
}

/** `from 10:00 to 13:00 and from 14:00 to 20:00`, for the pages about packs. */
export function describeWindows(written: readonly string[]): string {
  return written.map((window) => `from ${window.replace("-", " to ")}`).join(" and ");
}
