/** Flags that several commands share, and reading their values. */
import { type Command, InvalidArgumentError, Option } from "commander";
import { CHANNELS } from "../domain/words.ts";

export function withJson(command: Command): Command {
  return command.option("--json", "print one JSON document instead of words");
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
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw new InvalidArgumentError("Use a whole number above 0.");
}

/** `a,b , c` -> ["a", "b", "c"] */
export function readNames(text: string): string[] {
  return text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}
