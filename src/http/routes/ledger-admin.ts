/** POST /v1/ledger/gap: two people end the lock of a ledger that lost entries for good. */
import { Type } from "typebox";
import { acceptGap } from "../../app/accept-gap.ts";
import type { Api, ApiServer } from "../api.ts";
import { sourceOf } from "../authorise.ts";
import { ReceiptQuery, receiptMembers, withReceipt } from "../receipts.ts";
import { EntrySchema } from "../schemas.ts";
import { showEntry } from "../views.ts";

const closed = { additionalProperties: false } as const;
const PersonsName = Type.String({ minLength: 1, maxLength: 200 });
const GapBody = Type.Object(
  {
    first: PersonsName,
    second: PersonsName,
    why: Type.String({
      minLength: 1,
      maxLength: 10_000,
      description: "What happened, and what was done to find the missing entries.",
    }),
  },
  {
    ...closed,
    examples: [
      {
        first: "Ana Torres",
        second: "Ben Okafor",
        why: "The disk died; the backup of the night before is all there is.",
      },
    ],
  },
);

export function addLedgerAdminRoutes(server: ApiServer, api: Api): void {
  server.post(
    "/v1/ledger/gap",
    {
      config: { access: "admin", lane: "read", problems: ["no-gap"] },
      schema: {
        tags: ["Ledger"],
        summary: "Accept, as two named people, that entries of the ledger are lost",
        description:
          "Only while the server is locked because the ledger went back, is another one, or has lost " +
          "its anchor. The ledger then goes on as another log, with a new key and a new name.",
        querystring: ReceiptQuery,
        body: GapBody,
        response: {
          201: Type.Object(
            {
              entry: EntrySchema,
              origin: Type.String({ description: "The name of the log that goes on." }),
              ...receiptMembers,
            },
            closed,
          ),
        },
      },
    },
    async (request, reply) => {
      const source = sourceOf(api, request);
      const { entry, origin } = await acceptGap(api.deps, { ...request.body, source });
      const receipt = await withReceipt(api, request.query, { entries: [entry] });
      return reply.code(201).send({ entry: showEntry(entry), origin, ...receipt });
    },
  );
}
