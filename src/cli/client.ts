/**
 * How commands speak to Heed: always through its public API. With HEED_URL that is a server
 * elsewhere; else the server that runs on the data folder; else one that this process starts on a
 * free port of the loopback interface and stops again. So there is one behaviour, not two.
 */
import type { Log } from "../app/deps.ts";
import type { Config } from "../runtime/config.ts";
import { serve } from "../runtime/serve.ts";
import { readServerFile } from "../runtime/server-file.ts";
import { CliFailure } from "./context.ts";

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

export async function connect(
  config: Config,
  env: Readonly<Record<string, string | undefined>>,
  log: Log,
): Promise<Client> {
  if (env.HEED_URL !== undefined && env.HEED_URL !== "") {
    if (env.HEED_API_KEY === undefined || env.HEED_API_KEY === "") {
      throw new CliFailure(
        "HEED_URL is set, so HEED_API_KEY must be too: an API key of that server",
      );
    }
    return clientOf(env.HEED_URL.replace(/\/+$/, ""), env.HEED_API_KEY, async () => undefined);
  }
  const running = await readServerFile(config.dataFolder);
  if (running !== null && (await answers(running.url))) {
    return clientOf(running.url, running.key, async () => undefined);
  }
  const own = await serve({ ...config, host: "127.0.0.1", port: 0 }, env, log, {
    onBroken: (error) => {
      throw error;
    },
    asServer: false,
  });
  return clientOf(own.url, own.key, () => own.stop());
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(2000) });
    return response.ok;
  } catch {
    return false;
  }
}

function clientOf(url: string, key: string, close: () => Promise<void>): Client {
  const send = async (path: string, request: ApiRequest = {}): Promise<Response> => {
    const response = await fetch(withQuery(`${url}${path}`, request.query), {
      method: request.method ?? (request.json !== undefined || request.stream ? "POST" : "GET"),
      headers: {
        authorization: `Bearer ${key}`,
        ...(request.json === undefined ? {} : { "content-type": "application/json" }),
        ...(request.contentType === undefined ? {} : { "content-type": request.contentType }),
        ...request.headers,
      },
      ...bodyOf(request),
    }).catch((error: unknown) => {
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

async function failureOf(response: Response): Promise<CliFailure> {
  const problem = (await response.json().catch(() => ({}))) as ProblemDocument;
  const faults = (problem.errors ?? []).map(
    (fault) => `\n  ${fault.pointer ?? ""} ${fault.message}`,
  );
  const said = problem.detail ?? problem.title ?? `the server answered ${response.status}`;
  return new CliFailure(`${said}${faults.join("")}`);
}
