/**
 * A fetch for URLs that somebody else configured: it connects to public addresses only (SSRF, OWASP
 * ASVS 5.0 15.3.2). The name is resolved once, every address that came is judged, and the
 * connection goes to one of exactly these, so a name that resolves differently the second time
 * (DNS rebinding) gains nothing. No redirects, no proxies, no connection is used twice.
 *
 * LIMIT: it cannot know which public addresses are the operator's own; a firewall can.
 */
import { type ClientRequest, type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import type { LookupFunction } from "node:net";
import { ShowableError } from "./describe-failure.ts";
import { createAddressGuard } from "./global-address.ts";
import type { Fetch } from "./outbound.ts";

export interface SafeFetchOptions {
  /** All IP addresses of a host name. */
  readonly resolve: (hostname: string) => Promise<readonly string[]>;
  /** `true` for a laptop; a list of CIDR ranges for receivers inside one's own network. */
  readonly allowPrivate: boolean | readonly string[];
  /**
   * Plain `http:` too; by default only when every private address is allowed. A signature keeps an
   * entry from being changed on its way, and not from being read.
   */
  readonly allowHttp?: boolean;
  /** More of a body than this is an error. */
  readonly maxResponseBytes?: number;
}

/** The URL is not one that Heed calls. The message says why and names no more than the host. */
export class RefusedUrl extends ShowableError {
  override readonly name = "RefusedUrl";
}

/** Throws a `RangeError` for a range in `allowPrivate` that is no CIDR range. */
export function createSafeFetch(options: SafeFetchOptions): Fetch {
  const isAllowed = createAddressGuard(options.allowPrivate);
  const maxBytes = options.maxResponseBytes ?? 64 * 1024;
  return async (address, init) => {
    const url = checkUrl(address, options);
    const hostname = url.hostname.replace(/^\[|\]$/gu, "");
    const addresses = await untilAborted(resolveHost(hostname, options), init.signal);
    if (addresses.length === 0) throw new RefusedUrl("the host name has no address");
    if (!addresses.every(isAllowed)) {
      throw new RefusedUrl(
        "the host is not on the public internet: Heed calls private addresses only when " +
          "they are allowed in its configuration",
      );
    }
    return await send(url, hostname, addresses, init, maxBytes);
  };
}

function checkUrl(address: string, options: SafeFetchOptions): URL {
  // The WHATWG parser turns octal, hexadecimal and one-number forms of an IPv4 address into the
  // dotted one, so that what is judged below is what would be called.
  const url = URL.parse(address);
  if (url === null) throw new RefusedUrl("the URL is not valid");
  const isHttps = url.protocol === "https:";
  const allowHttp = options.allowHttp ?? options.allowPrivate === true;
  if (!isHttps && !(url.protocol === "http:" && allowHttp)) {
    throw new RefusedUrl("the URL must begin with `https://`");
  }
  if (url.username !== "" || url.password !== "") {
    throw new RefusedUrl("the URL must not contain a user name or password");
  }
  const port = Number(url.port || (isHttps ? 443 : 80));
  // Low ports speak other protocols (mail, DNS, SSH), which an HTTP request could be made to speak.
  if (port < 1024 && port !== 80 && port !== 443) {
    throw new RefusedUrl(`port ${port} is not one for webhooks: use 443, 80 or one from 1024 on`);
  }
  return url;
}

async function resolveHost(
  hostname: string,
  options: SafeFetchOptions,
): Promise<readonly string[]> {
  if (/^[0-9.]+$/u.test(hostname) || hostname.includes(":")) return [hostname];
  return await options.resolve(hostname);
}

/** A look-up cannot be cancelled, but waiting for it can. */
async function untilAborted<T>(work: Promise<T>, signal: RequestInit["signal"]): Promise<T> {
  if (!signal) return await work;
  signal.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

function send(
  url: URL,
  hostname: string,
  addresses: readonly string[],
  init: RequestInit,
  maxBytes: number,
): Promise<Response> {
  const headers = new Headers(init.headers);
  headers.delete("host");
  headers.set("accept-encoding", "identity");
  const body = bodyBytes(init.body);
  headers.set("content-length", String(body.length));
  return new Promise((resolve, reject) => {
    const request = url.protocol === "https:" ? requestHttps : requestHttp;
    const outgoing: ClientRequest = request({
      protocol: url.protocol,
      hostname,
      port: url.port,
      path: url.pathname + url.search,
      method: init.method ?? "GET",
      headers: Object.fromEntries(headers),
      // A connection of its own: a pooled one might have been opened under other rules.
      agent: false,
      lookup: lookUpOnly(addresses),
      ...(init.signal ? { signal: init.signal } : {}),
    });
    outgoing.on("error", (error) => reject(abortReason(init.signal) ?? error));
    outgoing.on("response", (incoming) => {
      try {
        resolve(toResponse(incoming, maxBytes));
      } catch (error) {
        incoming.destroy();
        reject(error);
      }
    });
    outgoing.end(body);
  });
}

/** `node:http` says only "aborted"; whether it was a timeout is in the signal. */
function abortReason(signal: AbortSignal | null | undefined): unknown {
  return signal?.aborted ? signal.reason : undefined;
}

/** Answers the socket's look-up with the addresses that were judged, and never asks again. */
function lookUpOnly(addresses: readonly string[]): LookupFunction {
  const answers = addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
  return (_hostname, options, callback) => {
    const usable = answers.filter(({ family }) => !options.family || options.family === family);
    const [first] = usable;
    if (first === undefined) {
      callback(new ShowableError("the host has no address of that family"), "", 0);
    } else if (options.all === true) {
      callback(null, usable);
    } else {
      callback(null, first.address, first.family);
    }
  };
}

function bodyBytes(body: RequestInit["body"]): Uint8Array {
  if (body === undefined || body === null) return new Uint8Array();
  if (typeof body === "string") return new TextEncoder().encode(body);
  if (body instanceof Uint8Array) return body;
  if (body instanceof URLSearchParams) return new TextEncoder().encode(body.toString());
  throw new TypeError("the body must be text, bytes or URLSearchParams");
}

/** The caller reads the body or cancels it; either ends the connection. */
function toResponse(incoming: IncomingMessage, maxBytes: number): Response {
  const status = incoming.statusCode ?? 0;
  if (status < 200 || status > 599) throw new ShowableError(`the answer has status ${status}`);
  const headers = new Headers();
  for (let at = 0; at + 1 < incoming.rawHeaders.length; at += 2) {
    headers.append(incoming.rawHeaders[at] ?? "", incoming.rawHeaders[at + 1] ?? "");
  }
  if ([204, 205, 304].includes(status)) {
    incoming.destroy();
    return new Response(null, { status, headers });
  }
  return new Response(boundedStream(incoming, maxBytes), { status, headers });
}

function boundedStream(incoming: IncomingMessage, maxBytes: number): ReadableStream<Uint8Array> {
  const chunks: AsyncIterator<Uint8Array> = incoming[Symbol.asyncIterator]();
  let seen = 0;
  // A break before the first read would otherwise be an uncaught error; the reader gets it later.
  incoming.on("error", () => undefined);
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await chunks.next();
        if (done) return controller.close();
        seen += value.length;
        if (seen > maxBytes) {
          incoming.destroy();
          throw new ShowableError(`the answer is larger than ${maxBytes} bytes`);
        }
        controller.enqueue(value);
      },
      cancel() {
        incoming.destroy();
      },
    },
    // Nothing is read before somebody asks for it.
    { highWaterMark: 0 },
  );
}
