/**
 * How commands speak to Heed: always through its public API. With HEED_URL that is a server
 * elsewhere; else the server that runs on the data folder; else one that this process starts on a
 * free port of the loopback interface and stops again. So there is one behaviour, not two.
 */
import { existsSync } from "node:fs";
import path from "node:path";
import type { Config } from "../runtime/config.ts";
import { readServerFile } from "../runtime/server-file.ts";
import { isSwitching } from "../runtime/staging.ts";
import { CliFailure } from "./failure.ts";

export interface ApiRequest {
  readonly method?: "GET" | "POST" | "PUT" | "DELETE";
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly json?: unknown;
  readonly stream?: AsyncIterable<Uint8Array>;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Client {
  readonly url: string;
  /** Sends a request; a problem document becomes a `CliFailure` in words. */
  fetch(path: string, request?: ApiRequest): Promise<Response>;
  json<T>(path: string, request?: ApiRequest): Promise<T>;
  close(): Promise<void>;
}

type Env = Readonly<Record<string, string | undefined>>;

/** `fail` ends the process: it is called when the store of a server in this process breaks. */
export async function connect(
  config: Config,
  env: Env,
  fail: (error: unknown) => never,
): Promise<Client> {
  if (env.HEED_URL !== undefined && env.HEED_URL !== "") return elsewhere(env.HEED_URL, env);
  const running = await readServerFile(config.dataFolder);
  if (running !== null && (await answers(running.url))) {
    return clientOf(running.url, running.key, async () => undefined);
  }
  refuseNewFolder(config);
  return await alone(config, env, fail);
}

function elsewhere(written: string, env: Env): Client {
  const url = URL.canParse(written) ? new URL(written) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new CliFailure(
      `HEED_URL is \`${written}\`, which is no URL; write it like https://heed.example.com`,
    );
  }
  if (env.HEED_API_KEY === undefined || env.HEED_API_KEY === "") {
    throw new CliFailure("HEED_URL is set, so HEED_API_KEY must be too: an API key of that server");
  }
  return clientOf(written.replace(/\/+$/, ""), env.HEED_API_KEY, async () => undefined);
}

/** In a mistyped folder an opt-out would be on record where nobody looks it up. */
export function refuseNewFolder(config: Config): void {
  if (config.databaseUrl !== null || existsSync(path.join(config.dataFolder, "heed.db"))) return;
  // A restore was interrupted; whoever opens the folder finishes it.
  if (isSwitching(config.dataFolder)) return;
  throw new CliFailure(
    `there is no Heed in ${config.dataFolder}. Start one with \`heed serve\` or \`heed dev\`, or ` +
      "say where it is: --data or HEED_DATA, or HEED_URL and HEED_API_KEY.",
  );
}

/** The server's code is loaded only here: most commands find one that runs. */
async function alone(config: Config, env: Env, fail: (error: unknown) => never): Promise<Client> {
  const { serve } = await import("../runtime/serve.ts");
  const { createLog } = await import("../runtime/log.ts");
  process.on("uncaughtException", fail);
  const level = (env.HEED_LOG_LEVEL ?? "") === "" ? "warn" : config.logLevel;
  const own = await serve({ ...config, host: "127.0.0.1", port: 0 }, env, createLog(level), {
    onBroken: fail,
    asServer: false,
  });
  return clientOf(own.url, own.key, () => own.stop());
}

/** A port that nobody listens on says so at once; only a server with too much to do is slow. */
const ANSWERS_WITHIN_MS = 10_000;

export async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/health`, {
      signal: AbortSignal.timeout(ANSWERS_WITHIN_MS),
    });
    return response.ok;
  } catch {
    return false;
  }
}

function clientOf(url: string, key: string, close: () => Promise<void>): Client {
  const attempt = (path: string, request: ApiRequest) =>
    fetch(withQuery(`${url}${path}`, request.query), {
      method: request.method ?? (request.json !== undefined || request.stream ? "POST" : "GET"),
      headers: {
        authorization: `Bearer ${key}`,
        ...(request.json === undefined ? {} : { "content-type": "application/json" }),
        ...(request.contentType === undefined ? {} : { "content-type": request.contentType }),
        ...request.headers,
      },
      ...bodyOf(request),
    });
  const send = async (path: string, request: ApiRequest = {}): Promise<Response> => {
    const response = await attempt(path, request).catch(async (error: unknown) => {
      if (request.stream !== undefined) {
        // A server that refuses a list answers before it has read it and hangs up; where that cuts
        // our writing short, its answer is lost. A list without rows changes nothing anywhere.
        const again = await attempt(path, { ...request, stream: nothing() }).catch(() => null);
        if (again !== null && !again.ok) return again;
      }
      throw new CliFailure(`${url} does not answer (${causeOf(error)}). Is the server running?`);
    });
    if (!response.ok) throw await failureOf(response);
    return response;
  };
  return {
    url,
    fetch: send,
    json: async <T>(path: string, request?: ApiRequest) =>
      (await (await send(path, request)).json()) as T,
    close,
  };
}

async function* nothing(): AsyncIterable<Uint8Array> {}

function bodyOf(request: ApiRequest): RequestInit {
  if (request.json !== undefined) return { body: JSON.stringify(request.json) };
  if (request.stream === undefined) return {};
  return { body: ReadableStream.from(request.stream), duplex: "half" } as RequestInit;
}

function withQuery(url: string, query: ApiRequest["query"]): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined) parameters.set(name, String(value));
  }
  const text = parameters.toString();
  return text === "" ? url : `${url}?${text}`;
}

function causeOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return (cause as NodeJS.ErrnoException).code ?? (cause instanceof Error ? cause.message : "");
}

interface ProblemDocument {
  readonly title?: string;
  readonly detail?: string;
  readonly errors?: readonly { readonly pointer?: string; readonly message?: string }[];
}

/** In one line: what is wrong, or all that is wrong. */
async function failureOf(response: Response): Promise<CliFailure> {
  const problem = (await response.json().catch(() => ({}))) as ProblemDocument;
  const faults = problem.errors ?? [];
  const said =
    faults.length > 1
      ? faults.map(({ pointer, message }) => `\`${pointer}\` ${message}`).join("; ")
      : (problem.detail ?? problem.title ?? `the server answered ${response.status}`);
  return new CliFailure(said);
}
