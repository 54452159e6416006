// The guides are run as they stand: every `sh` block by a shell, in order, against a real server.
// The `text` block after it is what must be printed; `…` stands for anything.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { serveHeed } from "../support/served-heed.ts";
import { temporaryFolder } from "../support/temp-folder.ts";

const GUIDES_FOLDER = new URL("../../docs/guides/", import.meta.url);
/** `isFresh`: it begins with a server that has no demo. */
const GUIDES = [
  { name: "getting-started.md", isFresh: false },
  { name: "proof.md", isFresh: false },
  { name: "verifying.md", isFresh: false },
  { name: "wording.md", isFresh: false },
  { name: "backups.md", isFresh: false },
  { name: "registries.md", isFresh: false },
  { name: "obligations.md", isFresh: false },
  { name: "twilio.md", isFresh: true },
  { name: "running-in-production.md", isFresh: true },
];
const MAIN = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));
const FOLDER = temporaryFolder({ after });
const PATH_WITH_NPX = pathWithNpx();

interface Block {
  readonly script: string;
  readonly expected: string | null;
}

function blocksOf(markdown: string): Block[] {
  const blocks = [...markdown.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gmu)].map((match) => ({
    language: match[1] ?? "",
    text: match[2] ?? "",
  }));
  return blocks.flatMap(({ language, text }, at) => {
    if (language !== "sh") return [];
    const next = blocks[at + 1];
    return [{ script: text, expected: next?.language === "text" ? next.text : null }];
  });
}

/** `npx heed` as it is in a clone, without npm's own second of thinking. */
function pathWithNpx(): string {
  const bin = path.join(FOLDER, "bin");
  mkdirSync(bin);
  const script = `#!/bin/sh\nshift\nexec "${process.execPath}" "${MAIN}" "$@"\n`;
  writeFileSync(path.join(bin, "npx"), script, { mode: 0o755 });
  return `${bin}${path.delimiter}${process.env.PATH ?? ""}`;
}

async function runScript(script: string, env: NodeJS.ProcessEnv, cwd: string) {
  const child = spawn("sh", ["-c", script], {
    cwd,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const printed = child.stdout.setEncoding("utf8").toArray();
  const complained = child.stderr.setEncoding("utf8").toArray();
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  return { code, printed: (await printed).join(""), complained: (await complained).join("") };
}

function patternOf(expected: string): RegExp {
  const parts = expected
    .trimEnd()
    .split("…")
    .map((part) => RegExp.escape(part));
  return new RegExp(`^${parts.join("[\\s\\S]*?")}\\s*$`, "u");
}

for (const { name, isFresh } of GUIDES) {
  test(`every command of ${name} works, and prints what the guide says`, async (t) => {
    const curl = await runScript("curl --version", process.env, FOLDER);
    if (curl.code !== 0) return t.skip("curl is missing; install it to have the guides tested");
    const own = { TWILIO_AUTH_TOKEN: randomBytes(16).toString("hex") };
    const served = await serveHeed(t, { command: isFresh ? "serve" : "dev", env: own });
    const env = {
      ...process.env,
      PATH: PATH_WITH_NPX,
      HEED_DATA: served.dataFolder,
      HEED_API_KEY: served.key,
    };
    const blocks = blocksOf(readFileSync(new URL(name, GUIDES_FOLDER), "utf8"));
    assert.ok(blocks.length > 0, "no block was found");
    // A folder of its own: guides make files of the same names.
    const cwd = path.join(FOLDER, path.parse(name).name);
    mkdirSync(cwd);
    for (const { script, expected } of blocks) {
      const here = script
        .replaceAll("http://127.0.0.1:4333", served.url)
        .replace(/^export HEED_API_KEY=.*$/gm, "")
        .replaceAll("AC…", `AC${"0".repeat(32)}`);
      const { code, printed, complained } = await runScript(here, env, cwd);
      // A check that denies, defers or does not know is no failure.
      assert.ok([0, 10, 11, 12].includes(code ?? -1), `${script}\n${complained}`);
      if (expected !== null) assert.match(printed, patternOf(expected), script);
    }
  });
}

test("the control: another answer than the guide's is noticed", () => {
  assert.match("Recorded as entry 7.\n", patternOf("Recorded as entry ….\n"));
  assert.doesNotMatch("Recorded as entry 7, or so\n", patternOf("Recorded as entry ….\n"));
});
