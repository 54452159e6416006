/** GET /v1/obligations: deadlines of opt-outs, and how long they took here and downstream. */
import { Type } from "typebox";
import { listObligations, OBLIGATION_FILTERS, obligationsTo } from "../../app/list-obligations.ts";
import type { Api, ApiServer } from "../api.ts";
import { ObligationSchema, showObligation } from "../obligation-view.ts";
import { addressOfQuery } from "../query-address.ts";
import { Address, PositionNumber } from "../schemas.ts";

const closed = { additionalProperties: false } as const;
const PAGE = 50;
const PAGE_MAX = 200;

const Query = Type.Object(
  {
    address: Type.Optional(Address),
    state: Type.Optional(
      Type.Enum([...OBLIGATION_FILTERS], {
        description:
          "`unfinished`: open and overdue. Default: `all` for one address, else `unfinished`.",
      }),
    ),
    after: Type.Optional(
      Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: "`next`." }),
    ),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: PAGE_MAX, default: PAGE })),
  },
  closed,
);
const Answer = Type.Object(
  {
    obligations: Type.Array(ObligationSchema),
    next: Type.Union([PositionNumber, Type.Null()], {
      description: "To go on `after`; `null` at the end. A page can be empty and not the last.",
    }),
  },
  closed,
);

export function addObligationRoutes(server: ApiServer, api: Api): void {
  server.get(
    "/v1/obligations",
    {
      config: { access: "export", lane: "read", problems: ["invalid-address"] },
      schema: {
        tags: ["People"],
        summary: "Deadlines of opt-outs, and how long they took here and in each destination",
        description:
          "Oldest first, one person's or page by page. An opt-out is done when it is in force here " +
          "and every destination has taken it.",
        querystring: Query,
        response: { 200: Answer },
      },
    },
    async (request) => {
      const { address, state, after = 0, limit = PAGE } = request.query;
      if (address !== undefined) {
        const found = await obligationsTo(api.deps, addressOfQuery(address), state ?? "all");
        return { obligations: found.map(showObligation), next: null };
      }
      const page = await listObligations(api.deps, state ?? "unfinished", after, limit);
      return { obligations: page.obligations.map(showObligation), next: page.next };
    },
  );
}
