/** POST /v1/erasures: a person's data goes, and they stay suppressed. */
import { type Static, Type } from "typebox";
import { describeErasure, erase } from "../../app/erase.ts";
import { withoutUndefined } from "../../app/record-told.ts";
import type { Api, ApiServer } from "../api.ts";
import { sourceOf } from "../authorise.ts";
import { ReceiptQuery, receiptMembers, withReceipt } from "../receipts.ts";
import { Address, EntryReference } from "../schemas.ts";
import { referTo } from "../views.ts";

const ErasureBody = Type.Object(
  {
    address: Address,
    by: Type.Optional(
      Type.Enum(["person", "staff"], {
        description: "Who erases: `staff` (default), or the person on a page of yours.",
      }),
    ),
    author: Type.Optional(Type.String({ maxLength: 200, description: "Who erases. It stays." })),
    note: Type.Optional(
      Type.String({ maxLength: 2_000, description: "Why. It stays, so it must not name them." }),
    ),
  },
  {
    additionalProperties: false,
    examples: [{ address: "+15552340100", author: "kim", note: "letter of 3 May, case 4711" }],
  },
);
const ErasureAnswer = Type.Object(
  {
    entry: EntryReference,
    erasedBefore: Type.Boolean({
      description: "Nothing was left since an earlier erasure, and `entry` is that one.",
    }),
    records: Type.Integer({
      description: "Records that were removed; 0: nothing was on record, and they are suppressed.",
    }),
    removed: Type.Array(Type.String(), { description: "What went beside the records." }),
    remains: Type.Array(Type.String(), {
      description: "What may still hold the address on this server and is yours to remove.",
    }),
    summary: Type.String({ description: "All this in words." }),
    ...receiptMembers,
  },
  { additionalProperties: false, description: "It is gone from this server's data folder." },
);

export function addErasureRoutes(server: ApiServer, api: Api): void {
  server.post(
    "/v1/erasures",
    {
      config: { access: "admin", lane: "opt-out", problems: ["invalid-address", "locked"] },
      schema: {
        tags: ["People"],
        summary: "Erase a person's data and keep them suppressed",
        description:
          "Removes every record about the address and every copy of it on this server; leaves the " +
          "hashes of the ledger, a token that suppresses the person everywhere, and an entry. Only " +
          "their own later opt-in lifts it. Asked again it changes nothing, so a retry is safe. " +
          "Backups and other systems are yours to clean: see the guide on erasure.",
        querystring: ReceiptQuery,
        body: ErasureBody,
        response: { 201: ErasureAnswer, 200: ErasureAnswer },
      },
    },
    async (request, reply) => {
      const { address, by = "staff", author, note } = request.body;
      const source = sourceOf(api, request);
      const more = withoutUndefined({ author, note });
      const erasure = await erase(api.deps, { address, by, source, ...more });
      const { status, entry, records, removed, remains, commit } = erasure;
      const answer: Static<typeof ErasureAnswer> = {
        entry: referTo(entry),
        erasedBefore: status === "erased-before",
        records,
        removed: [...removed],
        remains: [...remains],
        summary: describeErasure(erasure),
        ...(await withReceipt(api, request.query, { entries: [entry], commit })),
      };
      return reply.code(status === "erased" ? 201 : 200).send(answer);
    },
  );
}
