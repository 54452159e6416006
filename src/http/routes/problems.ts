/** GET /problems/:code: the `type` of a problem document leads to what it means. */
import { Type } from "typebox";
import type { ApiServer } from "../api.ts";
import { isProblemCode, PROBLEMS } from "../error-table.ts";
import { escapeHtml, page } from "../html.ts";
import { HttpProblem } from "../http-problem.ts";

const Explained = Type.Object(
  {
    type: Type.String(),
    status: Type.Integer(),
    title: Type.String(),
    whatToDo: Type.String(),
  },
  { additionalProperties: false },
);

export function addProblemRoutes(server: ApiServer): void {
  server.get(
    "/problems/:code",
    {
      config: { access: "open", lane: "open" },
      helmet: page.helmet,
      schema: {
        tags: ["Operation"],
        summary: "What a problem means and what to do",
        params: Type.Object({ code: Type.String({ maxLength: 64 }) }),
        response: { 200: Explained },
      },
    },
    async (request, reply) => {
      const { code } = request.params;
      if (!isProblemCode(code)) throw new HttpProblem("not-found");
      const { status, title, whatToDo } = PROBLEMS[code];
      if (!/\btext\/html\b/.test(request.headers.accept ?? "")) {
        return { type: `/problems/${code}`, status, title, whatToDo };
      }
      const body = `<h1>${escapeHtml(title)}</h1>
        <p><code>${escapeHtml(code)}</code>, HTTP status ${status}</p>
        <p>${escapeHtml(whatToDo)}</p>
        <p><a href="/reference">API reference</a></p>`;
      return reply.type("text/html; charset=utf-8").send(page.render(title, body) as never);
    },
  );
}
