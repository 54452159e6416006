/**
 * Everything that a command prints. Terminals obey control characters, so what other people wrote
 * is shown with escapes in their place (ASVS 16.4.1): here, once, for every command.
 *
 * LIMIT: columns count characters, so wide ones (Chinese, emoji) push what follows to the right.
 */
import type { Writable } from "node:stream";

/**
 * Controls, line separators, private and broken characters, and those that turn the direction of
 * a text. The two joiners stay: Bengali, Persian and emoji are spelt with them.
 */
const STEERING = /[\p{Cc}\p{Co}\p{Cs}\p{Zl}\p{Zp}]|(?![\u200c\u200d])\p{Cf}/gu;

/** One line: a line break inside is shown as an escape too. */
export function visible(text: string): string {
  return text.replace(STEERING, (character) => `\\u{${codeOf(character).toString(16)}}`);
}

/** The same for a text of several lines. */
export function visibleLines(text: string): string {
  return text.split("\n").map(visible).join("\n");
}

export function printLine(stream: Writable, text: string): void {
  stream.write(`${visible(text)}\n`);
}

export function printLines(stream: Writable, text: string): void {
  stream.write(`${visibleLines(text)}\n`);
}

/** One line of JSON. Beyond what JSON must escape, everything that a terminal could obey. */
export function jsonLine(value: unknown): string {
  const json = JSON.stringify(value).replace(STEERING, (character) =>
    // By UTF-16 unit, as JSON writes what lies beyond the first plane.
    character
      .split("")
      .map((unit) => `\\u${codeOf(unit).toString(16).padStart(4, "0")}`)
      .join(""),
  );
  return `${json}\n`;
}

export function printJson(stream: Writable, value: unknown): void {
  stream.write(jsonLine(value));
}

/** Columns under their headings; the last one is as wide as it likes. */
export function printTable(
  stream: Writable,
  headings: readonly string[],
  rows: readonly (readonly string[])[],
): void {
  const lines = [headings, ...rows.map((row) => row.map(visible))];
  const widths = headings.map((_, at) =>
    Math.max(...lines.map((cells) => [...(cells[at] ?? "")].length)),
  );
  for (const cells of lines) {
    const padded = cells.map((cell, at) => cell.padEnd(widths[at] ?? 0));
    stream.write(`${padded.join("  ").trimEnd()}\n`);
  }
}

/** `2026-11-21T14:00:00.123Z` as people read it: `2026-11-21 14:00:00Z`. */
export function shownInstant(instant: string): string {
  return instant.replace("T", " ").replace(/\.\d+Z$/, "Z");
}

function codeOf(character: string): number {
  return character.codePointAt(0) ?? 0;
}
