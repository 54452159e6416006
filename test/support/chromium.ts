// A real Chromium for browser tests: what the machine has, else what npm brought (Linux on x64).
// Every launch has a fresh profile of its own, so tests may run beside each other.
// LIMIT: it runs without Chromium's sandbox, which root cannot use: open only pages of our own.
import { execFile } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { type Browser, chromium } from "playwright-core";
import { cachedFolder } from "./cached-folder.ts";

const run = promisify(execFile);

interface ChromiumProgram {
  path: string;
  /** As the program prints it, such as `Chromium 153.0.8010.0`. */
  version: string;
  environment: Record<string, string>;
}

export const NO_CHROMIUM =
  "No Chromium was found, neither on this machine nor from npm (which has one for Linux on x64). " +
  "Install one (Debian: `apt-get install chromium`; macOS: Google Chrome), or set CHROMIUM_PATH " +
  "to its program.";

/** What `launchChromium` would start, such as `Chromium 153.0.8010.0 at /…`; `null`: nothing. */
export async function hasChromium(): Promise<string | null> {
  const found = await findChromium();
  return found && `${found.version} at ${found.path}`;
}

/** Close the browser after the test. Throws, naming what to install, when there is none. */
export async function launchChromium(): Promise<Browser> {
  const found = await findChromium();
  if (found === null) throw new Error(NO_CHROMIUM);
  return await chromium.launch({
    executablePath: found.path,
    env: { ...environmentStrings(), ...found.environment },
    args: [
      "--no-sandbox",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      // Containers give /dev/shm 64 MB, too little for a page's bitmaps.
      "--disable-dev-shm-usage",
    ],
  });
}

async function findChromium(): Promise<ChromiumProgram | null> {
  const chosen = process.env.CHROMIUM_PATH;
  if (chosen) return chosen === "npm" ? await fromNpm() : await usable(chosen, {});
  for (const path of systemPrograms()) {
    const found = await usable(path, {});
    if (found) return found;
  }
  return await fromNpm();
}

function systemPrograms(): string[] {
  const names = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome"];
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/bin", "/snap/bin"];
  const apps = ["Google Chrome", "Chromium"].map(
    (name) => `/Applications/${name}.app/Contents/MacOS/${name}`,
  );
  const windows = ["ProgramFiles", "ProgramFiles(x86)", "LocalAppData"].map((name) =>
    join(process.env[name] ?? "", "Google", "Chrome", "Application", "chrome.exe"),
  );
  const onPath = folders.flatMap((folder) => names.map((name) => join(folder, name)));
  return [...new Set([...onPath, ...apps, ...windows])].filter((path) => existsSync(path));
}

/** `null` when it does not run: another machine's program, a missing library, an empty wrapper. */
async function usable(
  path: string,
  environment: Record<string, string>,
): Promise<ChromiumProgram | null> {
  // On Windows, Chrome opens a window instead of printing its version.
  if (process.platform === "win32") return { path, version: "Chrome", environment };
  try {
    const { stdout } = await run(path, ["--version"], {
      env: { ...process.env, ...environment },
      timeout: 30_000,
    });
    return { path, version: stdout.trim(), environment };
  } catch {
    return null;
  }
}

/** The package unpacks into TMPDIR under a fixed name, so a process with a TMPDIR of its own does. */
async function fromNpm(): Promise<ChromiumProgram | null> {
  if (process.platform !== "linux" || process.arch !== "x64") return null;
  const packageFolder = installedFolder("@sparticuz/chromium");
  if (packageFolder === null) return null;
  const { version } = JSON.parse(readFileSync(join(packageFolder, "package.json"), "utf8"));
  const folder = await cachedFolder(tmpdir(), `chromium-${version}`, async (target) => {
    const script = `
      const { default: chromium, inflate } = await import("@sparticuz/chromium");
      await chromium.executablePath();
      await inflate(process.argv[1]);`;
    const libraries = join(packageFolder, "bin", "al2023.tar.br");
    await run(process.execPath, ["--input-type=module", "--eval", script, libraries], {
      cwd: import.meta.dirname,
      env: { ...process.env, TMPDIR: target },
    });
    writeFileSync(join(target, "fonts", "fonts.conf"), FONTS);
  });
  const path = join(folder, "chromium");
  const fonts = { FONTCONFIG_FILE: join(folder, "fonts", "fonts.conf") };
  const ownLibraries = { ...fonts, LD_LIBRARY_PATH: join(folder, "al2023", "lib") };
  // The machine's own libraries where it has them; slim images have no libnss3.
  return (await usable(path, fonts)) ?? (await usable(path, ownLibraries));
}

/** The machine's fonts where it has some, and the package's one otherwise. */
const FONTS = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir prefix="relative">fonts</dir>
</fontconfig>
`;

function installedFolder(name: string): string | null {
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(name)));
  } catch {
    return null;
  }
}

function environmentStrings(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).filter((pair): pair is [string, string] => pair[1] !== undefined),
  );
}
