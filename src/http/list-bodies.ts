/** Bodies that are lists: handed on as a stream, never held in memory, and never without an end. */
import { type Readable, Transform, type TransformCallback } from "node:stream";
import type { FastifyRequest } from "fastify";
import type { ApiServer } from "./api.ts";
import { HttpProblem } from "./http-problem.ts";
import type { Limits } from "./lanes.ts";

/** Takes CSV and plain text as streams in this scope, up to the limit for lists. */
export function streamBodies(server: ApiServer, limits: Limits): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser(
    ["text/csv", "text/plain", "application/octet-stream"],
    async (request: FastifyRequest, payload: Readable) => {
      // Refused before a byte is read, when the sender says how much there is.
      if (Number(request.headers["content-length"] ?? 0) > limits.listBytes) {
        throw new HttpProblem("payload-too-large");
      }
      const counted = new ByteLimit(limits.listBytes);
      payload.on("error", (error) => counted.destroy(error));
      return payload.pipe(counted);
    },
  );
}

class ByteLimit extends Transform {
  #left: number;

  constructor(limit: number) {
    super();
    this.#left = limit;
  }

  override _transform(chunk: Buffer, _encoding: string, done: TransformCallback): void {
    this.#left -= chunk.length;
    if (this.#left < 0) done(new HttpProblem("payload-too-large"));
    else done(null, chunk);
  }
}
