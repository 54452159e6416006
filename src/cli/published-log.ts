/** Reads what a log publishes over HTTP: `/ledger/` of a Heed, or any log in the same layout. */
import { setTimeout as sleep } from "node:timers/promises";
import type { PublishedLog } from "../app/verify-published.ts";
import { CliFailure } from "./failure.ts";
import { visible } from "./print.ts";

const TRIES = 4;
const FIRST_PAUSE_MS = 500;
const ANSWERS_WITHIN_MS = 60_000;
/** A full tile of the largest leaves is a little longer. */
const LONGEST_BYTES = 20_000_000;
/** Trying again would find nobody either. */
const NOBODY_THERE = ["ECONNREFUSED", "ENOTFOUND"];

/** `url`: of the server, or of the log itself when it ends with `/ledger`. `key`: an API key. */
export function publishedLogAt(url: string, key: string | null): PublishedLog {
  const base = baseOf(url);
  return { read: (path) => read(`${base}/${path}`, key) };
}

function baseOf(written: string): string {
  const url = URL.canParse(written) ? new URL(written) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new CliFailure(`\`${written}\` is no URL; write it like https://heed.example.com`);
  }
  const trimmed = `${url.origin}${url.pathname}`.replace(/\/+$/, "");
  return trimmed.endsWith("/ledger") ? trimmed : `${trimmed}/ledger`;
}

async function read(url: string, key: string | null): Promise<Uint8Array | null> {
  for (let tried = 1; ; tried += 1) {
    const answer = await attempt(url, key).catch((error: unknown) => {
      if (error instanceof CliFailure) throw error;
      const cause = causeOf(error);
      const failure = new CliFailure(`${url} does not answer (${cause}). Is the server running?`);
      if (NOBODY_THERE.includes(cause)) throw failure;
      return failure;
    });
    if (!(answer instanceof CliFailure)) return answer;
    if (tried === TRIES) throw answer;
    await sleep(FIRST_PAUSE_MS * 2 ** (tried - 1));
  }
}

/** The file, `null` when there is none, or a failure that may be gone at the next try. */
async function attempt(url: string, key: string | null): Promise<Uint8Array | null | CliFailure> {
  const response = await fetch(url, {
    headers: key === null ? {} : { authorization: `Bearer ${key}` },
    signal: AbortSignal.timeout(ANSWERS_WITHIN_MS),
  });
  if (response.ok) return await bodyOf(url, response);
  const said = await response.text();
  if (response.status === 404) return null;
  if (response.status === 401 || response.status === 403) {
    throw new CliFailure(
      `${url} is not open to everybody: set HEED_API_KEY to an API key of that server, or ask its ` +
        "operator to set HEED_LEDGER_OPEN=1",
    );
  }
  const problem = problemIn(said);
  if (problem?.type?.endsWith("/locked") === true) throw new CliFailure(detailOf(problem, url));
  const failure = new CliFailure(
    problem === null ? saysStatus(url, response) : detailOf(problem, url),
  );
  if (response.status === 429 || response.status >= 500) return failure;
  throw failure;
}

/** Not more than a log could have to say, whatever the other side sends. */
async function bodyOf(url: string, response: Response): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > LONGEST_BYTES) throw new CliFailure(`${url} is longer than any file of a log`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

interface ProblemDocument {
  readonly type?: string;
  readonly title?: string;
  readonly detail?: string;
}

function problemIn(text: string): ProblemDocument | null {
  try {
    const problem: unknown = JSON.parse(text);
    return typeof problem === "object" ? (problem as ProblemDocument | null) : null;
  } catch {
    return null;
  }
}

function detailOf({ detail, title }: ProblemDocument, url: string): string {
  return visible(detail ?? title ?? `${url} cannot be read`);
}

function saysStatus(url: string, { status }: Response): string {
  return `${url} answers ${status}`;
}

function causeOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return (cause as NodeJS.ErrnoException).code ?? (cause instanceof Error ? cause.message : "");
}
