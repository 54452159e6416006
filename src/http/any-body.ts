/**
 * Bodies of any type, as the bytes that came: for callers whose headers cannot be relied on, such as
 * providers and mail clients. In a scope of its own, so that the parser does not leak to other routes.
 */
import type { FastifyRequest } from "fastify";
import type { ApiServer } from "./api.ts";

export function takeAnyBody(own: ApiServer): void {
  own.removeAllContentTypeParsers();
  own.addContentTypeParser("*", { parseAs: "buffer" }, async (_: unknown, body: Buffer) => body);
  // Fastify refuses a type that is no media type before it looks for a parser. Whoever needs the
  // header as it was sent asks `sentContentType`.
  own.addHook("onRequest", async (request) => {
    request.raw.headers["content-type"] = "application/octet-stream";
  });
}

/** The bytes of the body; none for a request without one. */
export function bytesOf(request: FastifyRequest): Uint8Array {
  return request.body instanceof Uint8Array ? request.body : new Uint8Array(0);
}

/** The first `Content-Type` as it was sent, or an empty text. */
export function sentContentType(request: FastifyRequest): string {
  const { rawHeaders } = request.raw;
  const at = rawHeaders.findIndex(
    (name, index) => index % 2 === 0 && name.toLowerCase() === "content-type",
  );
  return at === -1 ? "" : (rawHeaders[at + 1] ?? "");
}
