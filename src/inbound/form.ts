/**
 * Form bodies (`application/x-www-form-urlencoded`) read strictly: broken percent-encoding, bytes
 * that are not UTF-8 and pairs without `=` are refused, where the usual parsers guess. What was
 * signed and what is read are then the same thing. Problems never quote the body.
 */
import { decodeUtf8, type Parsed } from "./strict-json.ts";

/** Every value that came for a name, in the order in which they came. */
export type Form = ReadonlyMap<string, readonly string[]>;

export function parseForm(body: Uint8Array, maxBytes: number): Parsed<Form> {
  if (body.length > maxBytes) return { problem: `the body is larger than ${maxBytes} bytes` };
  const text = decodeUtf8(body);
  if (text === null) return { problem: "the form is not valid UTF-8" };
  const form = new Map<string, string[]>();
  for (const pair of text === "" ? [] : text.split("&")) {
    const equals = pair.indexOf("=");
    if (equals < 1) return { problem: "the form has a pair without a name or without `=`" };
    const name = decodePart(pair.slice(0, equals));
    const value = decodePart(pair.slice(equals + 1));
    if (name === null || value === null) {
      return { problem: "the form has broken percent-encoding" };
    }
    const values = form.get(name);
    if (values === undefined) form.set(name, [value]);
    else values.push(value);
  }
  return { value: form };
}

/** `null` for a `%` without two hex digits, and for escapes that are not UTF-8. */
function decodePart(part: string): string | null {
  try {
    return decodeURIComponent(part.replaceAll("+", " "));
  } catch {
    return null;
  }
}
