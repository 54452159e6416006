// The tree is the architecture, and this keeps it so: which folder may import which, what pure code
// may not touch, and what every file looks like. Each rule is also run on an example that breaks it.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { codeOf, everyFile, importsOf, REPOSITORY, type SourceFile } from "./support/source.ts";
import { temporaryFolder } from "./support/temp-folder.ts";

/**
 * A folder imports from itself and from folders before it. `runtime` wires everything into a
 * running Heed, and `cli` is what a person starts: nothing stands above it.
 */
const ORDER =
  "domain address recognize rules ledger sets scrub store inbound outbound app http runtime cli".split(
    " ",
  );
const PURE = new Set(["domain", "address", "recognize", "rules", "ledger"]);
const PURE_NODE_MODULES = new Set(["node:assert", "node:assert/strict", "node:crypto"]);
const MOST_LINES_OF_A_FILE = 400;
const MOST_LINES_OF_A_FUNCTION = 70;

/** Files allowed to be longer. A ratchet: this list only gets shorter. */
const LONGER_FILES: string[] = [];

type Rule = (files: SourceFile[]) => string[];

/** Holds on every file of ours; `broken` shows that it could fail. */
function rule(name: string, check: Rule, broken: SourceFile[]): void {
  test(name, () => {
    assert.deepEqual(check(FILES), []);
    for (const example of broken) {
      assert.notDeepEqual(check([example]), [], `not noticed: ${example.path}: ${example.text}`);
    }
  });
}

const FILES = everyFile();

function folderOf(path: string): string {
  const [top, folder = ""] = path.split("/");
  return top === "src" ? folder : "";
}

function isCode(file: SourceFile): boolean {
  return /^(src|test|bench|prove|scripts|examples)\/.*\.(ts|mjs)$/u.test(file.path);
}

function inSource(files: SourceFile[]): SourceFile[] {
  return files.filter((file) => file.path.startsWith("src/") && file.path.endsWith(".ts"));
}

/** `path` imports `imported`, for every pair of which `isWrong` says so. */
function wrongImports(
  files: SourceFile[],
  isWrong: (path: string, imported: string) => boolean,
): string[] {
  return inSource(files).flatMap((file) =>
    importsOf(file)
      .filter((imported) => isWrong(file.path, imported))
      .map((imported) => `${file.path} imports ${imported}`),
  );
}

rule(
  "a folder imports only from itself and from folders below it",
  (files) =>
    wrongImports(files, (path, imported) => {
      if (imported.startsWith("node:") || !/^(src|test|bench|scripts)\//u.test(imported)) {
        return false;
      }
      const here = ORDER.indexOf(folderOf(path));
      const there = ORDER.indexOf(folderOf(imported));
      return here === -1 || there === -1 || there > here;
    }),
  [
    { path: "src/domain/a.ts", text: `import { b } from "../app/b.ts";` },
    { path: "src/rules/a.ts", text: `import type {\n  B,\n} from "../store/b.ts";` },
    { path: "src/store/a.ts", text: `export * from "../http/b.ts";` },
    { path: "src/sets/a.ts", text: `const b = await import("../app/b.ts");` },
    { path: "src/app/a.ts", text: `import "../runtime/b.ts";` },
    { path: "src/app/a.ts", text: `import { b } from "../../test/b.ts";` },
    { path: "src/another/a.ts", text: `import { b } from "../domain/b.ts";` },
  ],
);

rule(
  "only the runtime knows which database stands behind the store",
  (files) =>
    wrongImports(files, (path, imported) => {
      const isDriver = /^src\/store\/(sqlite|postgres)/u.test(imported) || imported === "pg";
      return isDriver && !/^src\/(store|runtime)\//u.test(path);
    }),
  [
    { path: "src/app/a.ts", text: `import { open } from "../store/sqlite/sqlite-store.ts";` },
    { path: "src/http/a.ts", text: `import pg from "pg";` },
  ],
);

rule(
  "an adapter never touches the store",
  (files) =>
    wrongImports(
      files,
      (path, imported) => /^src\/(in|out)bound\//u.test(path) && /^src\/store\//u.test(imported),
    ),
  [{ path: "src/inbound/a.ts", text: `import type { Store } from "../store/store.ts";` }],
);

rule(
  "pure folders import nothing of Node that knows a clock, a disk, a network or dice",
  (files) =>
    inSource(files)
      .filter((file) => PURE.has(folderOf(file.path)))
      .flatMap((file) => {
        const wrong = importsOf(file).filter(
          (name) =>
            name.startsWith("node:") &&
            !PURE_NODE_MODULES.has(name) &&
            !(name === "node:url" && folderOf(file.path) === "address"),
        );
        const dice = /\b(random\w*|generateKey\w*|getRandomValues)\b/u.exec(codeOf(file))?.[0];
        const fromCrypto = importsOf(file).includes("node:crypto") && dice;
        return [...wrong, ...(fromCrypto ? [dice] : [])].map((name) => `${file.path} uses ${name}`);
      }),
  [
    { path: "src/rules/a.ts", text: `import { readFileSync } from "node:fs";` },
    { path: "src/domain/a.ts", text: `import { domainToASCII } from "node:url";` },
    { path: "src/ledger/a.ts", text: `import { createHash, randomBytes } from "node:crypto";` },
  ],
);

const IMPURE =
  /\bDate\.now\b|\bnew Date\(\s*\)|\bDate\(\s*\)|\bMath\.random\b|\bprocess\.|\bset(Timeout|Interval|Immediate)\b|\bfetch\(|\bTemporal\.Now\b|\bperformance\.|\bcrypto\.(getRandomValues|randomUUID)\b/u;

rule(
  "pure folders ask no clock, no dice, no process and no network",
  (files) =>
    inSource(files)
      .filter((file) => PURE.has(folderOf(file.path)))
      .flatMap((file) => {
        const found = IMPURE.exec(codeOf(file))?.[0];
        return found === undefined ? [] : [`${file.path} says ${found}`];
      }),
  [
    { path: "src/domain/a.ts", text: "const at = Date.now();" },
    { path: "src/domain/a.ts", text: 'const url = "http://a"; const at = new Date();' },
    { path: "src/rules/a.ts", text: "const at = `$" + "{`a` + Math.random()}`;" },
    { path: "src/ledger/a.ts", text: "/* fine */ if (process.env.HOME) later();" },
    { path: "src/address/a.ts", text: "const half = a / 2; setTimeout(later, b / 2);" },
    { path: "src/recognize/a.ts", text: 'const quote = /["\'`]/u; await fetch("http://a");' },
    { path: "src/rules/a.ts", text: "const at = Temporal.Now.instant();" },
  ],
);

test("a word in a comment or in a string breaks no rule", () => {
  const text = '// Date.now()\nconst a = "Math.random()"; /* fetch() */ const b = `process.env`;';
  assert.equal(IMPURE.test(codeOf({ path: "src/domain/a.ts", text })), false);
  assert.equal(IMPURE.test(codeOf({ path: "src/domain/a.ts", text: `${text} Date.now()` })), true);
});

/** What stands in a file beside its imports and what it only passes on. */
function ownCode(file: SourceFile): string {
  return codeOf(file).replace(/^(import|export)\b[^;=()]*?\bfrom\b[^;]*;/gmu, "");
}

rule(
  "there are no barrels: no file only passes on what others define",
  (files) =>
    files
      .filter(isCode)
      .filter(
        (file) =>
          /\/index\.(ts|mjs)$/u.test(file.path) ||
          /^export\s*\*/mu.test(codeOf(file)) ||
          ownCode(file).trim() === "",
      )
      .map((file) => `${file.path} is a barrel`),
  [
    { path: "src/domain/index.ts", text: "export const a = 1;" },
    {
      path: "src/domain/a.ts",
      text: `export { b } from "./b.ts";\nexport type { c } from "./c.ts";`,
    },
    { path: "src/domain/a.ts", text: `export * from "./b.ts";\nexport const a = 1;` },
  ],
);

rule(
  `a file outside the tests has at most ${MOST_LINES_OF_A_FILE} lines`,
  (files) =>
    files
      .filter((file) => isCode(file) && !file.path.startsWith("test/"))
      .filter((file) => !LONGER_FILES.includes(file.path))
      .map((file) => ({ path: file.path, lines: file.text.trimEnd().split("\n").length }))
      .filter(({ lines }) => lines > MOST_LINES_OF_A_FILE)
      .map(({ path, lines }) => `${path} has ${lines} lines`),
  [{ path: "src/app/a.ts", text: "a();\n".repeat(MOST_LINES_OF_A_FILE + 1) }],
);

rule(
  "every source file opens with its promise",
  (files) =>
    files
      .filter(isCode)
      .filter((file) => !/^(#![^\n]*\n)?\s*(\/\/|\/\*)/u.test(file.text))
      .map((file) => `${file.path} opens without a comment`),
  [{ path: "src/app/a.ts", text: `import { b } from "./b.ts";` }],
);

rule(
  "file names are kebab-case",
  (files) =>
    files
      .filter(isCode)
      .filter((file) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+)+$/u.test(basename(file.path)))
      .map((file) => file.path),
  [
    { path: "src/app/recordActs.ts", text: "" },
    { path: "src/app/record_acts.ts", text: "" },
  ],
);

rule(
  "no file is named for nothing in particular",
  (files) =>
    files
      .filter(isCode)
      .filter((file) =>
        basename(file.path)
          .split(/[-.]/u)
          .some((word) => /^(data|info|managers?|helpers?|utils?|common|misc)$/u.test(word)),
      )
      .map((file) => file.path),
  [
    { path: "src/app/act-manager.ts", text: "" },
    { path: "src/http/utils.ts", text: "" },
  ],
);

/** Written so that this line does not match itself. */
const PRIVATE_PLACE =
  /\/wor[k]\/(main|shared)\b|\/wor[k]\/[.]library|registry[.]npmjs[.]org|\bartifac[t]ory\b|codeartifac[t]/iu;

rule(
  "nothing names one workplace's paths or registry",
  (files) =>
    files.flatMap((file) => {
      const found = PRIVATE_PLACE.exec(file.text)?.[0];
      return found === undefined ? [] : [`${file.path} names ${found}`];
    }),
  [
    { path: "README.md", text: ["", "work", "main", "src"].join("/") },
    { path: "package-lock.json", text: ["https://registry", "npmjs", "org/heed"].join(".") },
  ],
);

rule(
  "the lock file names no registry, so that everybody's own is used",
  (files) =>
    files
      .filter((file) => file.path === "package-lock.json" && /"resolved":/u.test(file.text))
      .map((file) => `${file.path} has "resolved"`),
  [{ path: "package-lock.json", text: `{ "resolved": "https://example.com/a.tgz" }` }],
);

/** Biome parses, so this counts functions as the language knows them. */
function longFunctions(t: TestContext, folder: string): string[] {
  const config = temporaryFolder(t);
  const noExcessiveLinesPerFunction = {
    level: "error",
    options: { maxLines: MOST_LINES_OF_A_FUNCTION },
  };
  const rules = { preset: "none", complexity: { noExcessiveLinesPerFunction } };
  const files = { includes: ["**/*.ts"] };
  writeFileSync(
    join(config, "biome.json"),
    JSON.stringify({ root: true, linter: { rules }, files }),
  );
  const biome = join(REPOSITORY, "node_modules", "@biomejs", "biome");
  const { bin } = JSON.parse(readFileSync(join(biome, "package.json"), "utf8"));
  const flags = ["lint", `--config-path=${config}`, "--reporter=json", "--max-diagnostics=none"];
  const output = runAnyway([join(biome, bin.biome), ...flags, "."], folder);
  const { diagnostics, summary } = JSON.parse(output);
  assert.ok(summary.unchanged > 0, "Biome read no file");
  return diagnostics.map(
    (found: { location: { path: string; start: { line: number } } }) =>
      `${found.location.path}:${found.location.start.line} is too long`,
  );
}

/** Standard output also when the program exits with an error, as a linter that found something. */
function runAnyway(command: string[], cwd: string): string {
  try {
    return execFileSync(process.execPath, command, { cwd, stdio: "pipe" }).toString();
  } catch (error) {
    return String((error as { stdout: Buffer }).stdout);
  }
}

test(`a function has at most ${MOST_LINES_OF_A_FUNCTION} lines`, (t) => {
  assert.deepEqual(longFunctions(t, join(REPOSITORY, "src")), []);

  const bad = join(temporaryFolder(t), "src", "app", "long.ts");
  mkdirSync(dirname(bad), { recursive: true });
  const body = "  console.log(1);\n".repeat(MOST_LINES_OF_A_FUNCTION + 1);
  writeFileSync(bad, `export function long(): void {\n${body}}\n`);
  assert.equal(longFunctions(t, dirname(bad)).length, 1);
});
