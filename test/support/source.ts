// The project's own files as rules about code need them: their text, their imports, and their code
// with comments and strings blanked, so that a word in a comment breaks no rule.
// LIMIT: a scanner, no parser. It tells a regular expression from a division by what stands before.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";

export const REPOSITORY = dirname(dirname(import.meta.dirname));

export interface SourceFile {
  /** From the repository's root, with `/`. */
  path: string;
  text: string;
}

const NOT_OURS = new Set([".git", "node_modules", "data", "tmp"]);
const BINARY = /\.(png|jpe?g|gif|ico|woff2?|gz|br|zip|tgz|db|parquet)$/u;

/** The text files that git tracks or would track; where git will not say, those that lie there. */
export function everyFile(): SourceFile[] {
  return paths()
    .filter((path) => !BINARY.test(path))
    .flatMap((path) => {
      try {
        return [{ path, text: readFileSync(join(REPOSITORY, path), "utf8") }];
      } catch {
        // Deleted since it was listed.
        return [];
      }
    });
}

function paths(): string[] {
  try {
    const flags = ["ls-files", "--cached", "--others", "--exclude-standard", "-z"];
    const listed = execFileSync("git", flags, {
      cwd: REPOSITORY,
      stdio: ["ignore", "pipe", "ignore"],
    });
    return listed
      .toString()
      .split("\0")
      .filter((path) => path !== "");
  } catch {
    return [...walk("")];
  }
}

function* walk(folder: string): Generator<string> {
  for (const item of readdirSync(join(REPOSITORY, folder), { withFileTypes: true })) {
    if (NOT_OURS.has(item.name)) continue;
    const path = posix.join(folder, item.name);
    if (item.isDirectory()) yield* walk(path);
    else yield path;
  }
}

/**
 * What the file imports: static, dynamic, `import type` and `export … from`, as written and, for
 * its neighbours, as a path from the repository's root.
 */
export function importsOf(file: SourceFile): string[] {
  const text = blank(file.text, { strings: false });
  const pattern =
    /(?:^|[;{}\s])(?:import|export)\b[^;'"`()]*?\bfrom\s*(["'])(.+?)\1|\bimport\s*(["'])(.+?)\3|\bimport\s*\(\s*(["'`])(.+?)\5/gmu;
  return [...text.matchAll(pattern)].map((found) => {
    const specifier = found[2] ?? found[4] ?? found[6] ?? "";
    return specifier.startsWith(".") ? posix.join(posix.dirname(file.path), specifier) : specifier;
  });
}

/** The code alone: comments and the insides of strings as spaces, every line where it was. */
export function codeOf(file: SourceFile): string {
  return blank(file.text, { strings: true });
}

const STRING = /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/uy;
const COMMENT = /\/\/[^\n]*|\/\*[\s\S]*?\*\//uy;
const REGULAR_EXPRESSION = /\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*/uy;
const MAY_PRECEDE_EXPRESSION = /(?:^|[=(,:;!&|?{}[+\-*%<>~^]|\b(?:return|typeof|case|of|in))\s*$/u;

function blank(text: string, { strings }: { strings: boolean }): string {
  let result = "";
  /** How many braces are open inside each template's `${…}` that we are in. */
  const templates: number[] = [];
  const take = (length: number, hide: boolean) => {
    const part = text.slice(result.length, result.length + length);
    result += hide ? part.replace(/[^\n]/gu, " ").padEnd(part.length) : part;
  };
  const match = (pattern: RegExp) => {
    pattern.lastIndex = result.length;
    return pattern.exec(text)?.[0].length ?? 0;
  };
  while (result.length < text.length) {
    const next = text[result.length]!;
    if (match(COMMENT) > 0) take(match(COMMENT), true);
    else if (match(STRING) > 0) take(match(STRING), strings);
    else if (next === "`" || (next === "}" && templates.at(-1) === 0)) {
      if (next === "}") templates.pop();
      const end = endOfTemplatePart(text, result.length + 1);
      take(end - result.length, strings);
      if (text[end - 1] === "{") templates.push(0);
    } else if (match(REGULAR_EXPRESSION) > 0 && MAY_PRECEDE_EXPRESSION.test(result.slice(-20))) {
      take(match(REGULAR_EXPRESSION), strings);
    } else {
      if (templates.length > 0 && next === "{") templates[templates.length - 1]! += 1;
      if (templates.length > 0 && next === "}") templates[templates.length - 1]! -= 1;
      take(1, false);
    }
  }
  return result;
}

/** After the closing backtick, or after the `${` that interrupts the template. */
function endOfTemplatePart(text: string, from: number): number {
  for (let at = from; at < text.length; at += 1) {
    if (text[at] === "\\") at += 1;
    else if (text[at] === "`") return at + 1;
    else if (text.startsWith("${", at)) return at + 2;
  }
  return text.length;
}
