/** Flags that several commands share, reading their values, and examples in the help. */
import { type Command, InvalidArgumentError, Option } from "commander";
import { CHANNELS } from "../domain/words.ts";
import { CliFailure, EXIT } from "./failure.ts";

export function withJson(command: Command): Command {
  return command.option("--json", "print one JSON document instead of words");
}

/** Puts notes, if any, and examples under the help of a command. */
export function withExamples(
  command: Command,
  examples: readonly string[],
  notes?: string,
): Command {
  const lines = examples.map((example) => `  $ ${example.replaceAll("\n", "\n      ")}`);
  const title = examples.length === 1 ? "Example:" : "Examples:";
  const above = notes === undefined ? [] : [notes, ""];
  return command.addHelpText("after", ["", ...above, title, ...lines].join("\n"));
}

export function channelOption(description: string): Option {
  return new Option("--for <channel>", description).choices([...CHANNELS]);
}

/** An instant as the API takes it. A date without a zone is refused: it means too many instants. */
export function readInstant(text: string): string {
  const isInstant = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/.test(
    text,
  );
  if (isInstant && !Number.isNaN(Date.parse(text))) return text;
  throw new InvalidArgumentError(
    "Use an instant with its zone, such as 2026-11-21T14:00:00-05:00.",
  );
}

export function readPositiveInteger(text: string): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(number) && number > 0) return number;
  throw new InvalidArgumentError("Use a whole number above 0.");
}

/** Settings of an adapter. The text is never repeated: it may hold a secret. */
export function readObject(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  } catch {
    // Said below.
  }
  throw new CliFailure(
    'the settings must be a JSON object in quotes, such as \'{"url":"https://crm.example.com"}\'',
    EXIT.usage,
  );
}

/** `a,b , c` -> ["a", "b", "c"] */
export function readNames(text: string): string[] {
  return text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}
