/** /openapi.json and /reference: what the API is, for tools and for people. */
import type { ApiServer } from "../api.ts";
import { page } from "../html.ts";
import { type OpenApiDocument, renderReference } from "../reference-page.ts";

const config = { access: "open", lane: "open" } as const;

export function addReferenceRoutes(server: ApiServer): void {
  server.get("/openapi.json", { config, schema: { hide: true } }, async () => server.swagger());
  let rendered: string | null = null;
  server.get(
    "/reference",
    { config, helmet: page.helmet, schema: { hide: true } },
    async (_request, reply) => {
      rendered ??= renderReference(server.swagger() as unknown as OpenApiDocument);
      return reply.type("text/html; charset=utf-8").send(rendered);
    },
  );
}
