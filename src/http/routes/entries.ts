/** GET /v1/entries and /v1/holds: the ledger as it is, and the messages that wait for a reader. */
import { type Static, Type } from "typebox";
import { withoutUndefined } from "../../app/record-told.ts";
import { openHolds, reviewHold } from "../../app/review-holds.ts";
import type { Entry } from "../../domain/entry.ts";
import { describeScopes } from "../../domain/scope.ts";
import type { Api, ApiServer } from "../api.ts";
import { sourceOf } from "../authorise.ts";
import { HttpProblem } from "../http-problem.ts";
import { ledgerLocked } from "../ledger-locked.ts";
import { ReceiptQuery, ReceiptSchema, receiptsMembers, withReceipts } from "../receipts.ts";
import { EntryReference, EntrySchema, PositionNumber } from "../schemas.ts";
import { referTo, showEntry } from "../views.ts";

const LIMIT_MAX = 1000;
const LIMIT_DEFAULT = 100;

const EntriesQuery = Type.Object(
  {
    after: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: Number.MAX_SAFE_INTEGER,
        description: "Entries after this position. Default 0: from the first.",
      }),
    ),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: LIMIT_MAX })),
  },
  { additionalProperties: false },
);
const EntriesAnswer = Type.Object(
  {
    entries: Type.Array(EntrySchema),
    next: Type.Union([Type.Integer(), Type.Null()], {
      description: "`after` of the next page; `null` at the end of the ledger.",
    }),
  },
  { additionalProperties: false },
);
const HoldView = Type.Object(
  {
    ...EntryReference.properties,
    address: Type.Union([Type.String(), Type.Null()], { description: "`null` once erased." }),
    text: Type.Optional(Type.String({ description: "What the person wrote." })),
    held: Type.String({ description: "What waits for the review, in words." }),
  },
  { additionalProperties: false },
);
const HoldsAnswer = Type.Object({ holds: Type.Array(HoldView) }, { additionalProperties: false });
const EntryParams = Type.Object({ position: PositionNumber }, { additionalProperties: false });
const ReviewBody = Type.Object(
  {
    author: Type.String({ minLength: 1, maxLength: 200, description: "Who read the message." }),
    note: Type.Optional(Type.String({ maxLength: 2_000 })),
  },
  { additionalProperties: false, examples: [{ author: "kim", note: "asked for directions" }] },
);
const ReviewAnswer = Type.Object(
  { entries: Type.Array(EntryReference), ...receiptsMembers },
  { additionalProperties: false },
);

export function addEntryRoutes(server: ApiServer, api: Api): void {
  server.get(
    "/v1/entries",
    {
      config: { access: "export", lane: "read" },
      schema: {
        tags: ["Ledger"],
        summary: "Read the ledger, page by page",
        querystring: EntriesQuery,
        response: { 200: EntriesAnswer },
      },
    },
    async (request) => {
      const { after = 0, limit = LIMIT_DEFAULT } = request.query;
      const entries = await api.deps.store.read(after, limit);
      const last = entries.at(-1);
      return {
        entries: entries.map(showEntry),
        next: entries.length < limit || last === undefined ? null : last.position,
      };
    },
  );
  server.get(
    "/v1/entries/:position/receipt",
    {
      config: { access: "export", lane: "read", problems: ["unknown-entry", "locked"] },
      schema: {
        tags: ["Ledger"],
        summary: "The receipt of an entry: what proves it to somebody who trusts nobody",
        params: EntryParams,
        response: { 200: ReceiptSchema },
      },
    },
    async (request) => {
      const { position } = request.params;
      const receipt = await api.deps.notary.receipt(position).catch((error: unknown) => {
        if (!(error instanceof RangeError)) throw error;
        throw new HttpProblem("unknown-entry", `There is no entry ${position}.`);
      });
      if (receipt === null) throw ledgerLocked(api.deps.guard);
      return receipt;
    },
  );
  server.get(
    "/v1/holds",
    {
      config: { access: "export", lane: "read" },
      schema: {
        tags: ["Ledger"],
        summary: "Unclear messages that nobody has read yet, oldest first",
        response: { 200: HoldsAnswer },
      },
    },
    async () => ({ holds: (await openHolds(api.deps)).map(showHold) }),
  );
  addReview(server, api, "release", "The message was no opt-out: end the hold");
  addReview(server, api, "opt-out", "The message was an opt-out: record it as a plain STOP");
}

function addReview(
  server: ApiServer,
  api: Api,
  reading: "release" | "opt-out",
  summary: string,
): void {
  server.post(
    `/v1/holds/:position/${reading}`,
    {
      config: {
        access: "record",
        lane: "opt-out",
        problems: ["unknown-entry", "already-exists"],
      },
      schema: {
        tags: ["Ledger"],
        summary,
        params: EntryParams,
        querystring: ReceiptQuery,
        body: ReviewBody,
        response: { 200: ReviewAnswer },
      },
    },
    async (request): Promise<Static<typeof ReviewAnswer>> => {
      // Route types cannot be read from a path that is put together.
      const { position } = request.params as Static<typeof EntryParams>;
      const reviewed = await reviewHold(api.deps, {
        position,
        reading,
        author: request.body.author,
        ...withoutUndefined({ note: request.body.note }),
        source: sourceOf(api, request),
      });
      const receipts = await withReceipts(api, request.query, reviewed);
      return { entries: reviewed.entries.map(referTo), ...receipts };
    },
  );
}

function showHold(entry: Entry): Static<typeof HoldView> {
  return {
    ...referTo(entry),
    address: entry.act?.address ?? null,
    ...withoutUndefined({ text: entry.act?.text }),
    held: describeScopes(entry.act?.scopes ?? []),
  };
}
