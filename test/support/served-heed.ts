/** A server as people start it: a process of its own, on a free port, with a data folder of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type HasAfter, temporaryFolder } from "./temp-folder.ts";

const MAIN = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));
const START_WITHIN_MS = 60_000;

export interface ServedHeed {
  readonly url: string;
  readonly dataFolder: string;
  /** A key with every scope. */
  readonly key: string;
  readonly process: ChildProcess;
  /** Everything it printed on standard output so far. */
  printed(): string;
  /** Everything it printed on standard error, which is the log. */
  complained(): string;
  api<T>(path: string, body?: unknown): Promise<T>;
}

export interface ServeTestOptions {
  readonly command?: "dev" | "serve";
  readonly dataFolder?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export async function serveHeed(t: HasAfter, options: ServeTestOptions = {}): Promise<ServedHeed> {
  const dataFolder = options.dataFolder ?? join(temporaryFolder(t), "data");
  const child = spawn(process.execPath, [MAIN, options.command ?? "dev", "--port", "0"], {
    env: { ...process.env, HEED_DATA: dataFolder, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  t.after(() => child.kill("SIGKILL"));
  let printed = "";
  let complained = "";
  child.stdout.setEncoding("utf8").on("data", (text) => {
    printed += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text) => {
    complained += text;
  });
  const url = await untilListening(
    child,
    () => printed,
    () => complained,
  );
  const { key } = JSON.parse(readFileSync(join(dataFolder, "server.json"), "utf8"));
  return {
    url,
    dataFolder,
    key,
    process: child,
    printed: () => printed,
    complained: () => complained,
    api: async <T>(path: string, body?: unknown) => {
      const response = await fetch(`${url}${path}`, {
        method: body === undefined ? "GET" : "POST",
        headers: {
          authorization: `Bearer ${key}`,
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
      return (await response.json()) as T;
    },
  };
}

async function untilListening(
  child: ChildProcess,
  printed: () => string,
  complained: () => string,
): Promise<string> {
  const ended = once(child, "exit").then(([code]) => {
    throw new Error(`the server ended with ${code}: ${complained()}`);
  });
  const deadline = performance.now() + START_WITHIN_MS;
  const listening = (async () => {
    for (;;) {
      const url = /http:\/\/127\.0\.0\.1:\d+/.exec(printed())?.[0];
      if (url !== undefined && printed().includes("\n")) return url;
      if (performance.now() > deadline) throw new Error(`no server: ${complained()}`);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  })();
  return Promise.race([listening, ended]);
}
