/** JSON bodies of requests, read by the same strict reader as the signed ones of providers. */
import { parseStrictJson } from "../inbound/strict-json.ts";
import type { ApiServer } from "./api.ts";
import { HttpProblem } from "./http-problem.ts";
import type { Limits } from "./lanes.ts";

/** Makes JSON the only type of body that routes take, unless they say otherwise. */
export function readJsonBodies(server: ApiServer, limits: Limits): void {
  // A few bytes of gzip can be gigabytes of text; nobody needs that for 64 KiB.
  server.addHook("preParsing", async (request) => {
    const encoding = request.headers["content-encoding"] ?? "identity";
    if (encoding !== "identity") throw new HttpProblem("unsupported-media-type");
  });
  server.removeAllContentTypeParsers();
  server.addContentTypeParser(
    "application/json",
    { parseAs: "buffer" },
    async (_request: unknown, body: Buffer) => readJson(body, limits),
  );
}

/** LIMIT: the size was limited before, while the bytes came in. */
export function readJson(bytes: Uint8Array, limits: Pick<Limits, "jsonDepth">): unknown {
  if (bytes.length === 0) {
    throw new HttpProblem("invalid-json", "The body is empty; send a JSON object.");
  }
  const parsed = parseStrictJson(bytes, {
    maxBytes: bytes.length,
    maxDepth: limits.jsonDepth,
    exactNumbers: true,
  });
  if ("value" in parsed) return parsed.value;
  const { problem, offset, pointer } = parsed;
  const where = offset === undefined ? "" : ` (at character ${offset})`;
  const faults = pointer === undefined ? [] : [{ in: "body" as const, pointer, message: problem }];
  throw new HttpProblem("invalid-json", `Not accepted: ${problem}${where}.`, { faults });
}
