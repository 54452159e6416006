/** GET /v1/evidence: everything that shows what one person said, with what proves it. */
import { type Static, Type } from "typebox";
import { evidenceFor, type ProvenAct } from "../../app/evidence.ts";
import type { Api, ApiServer } from "../api.ts";
import { writeInstant } from "../instants.ts";
import { addressOfQuery } from "../query-address.ts";
import { ReceiptSchema } from "../receipts.ts";
import { Address, EntrySchema, InstantText, PositionNumber } from "../schemas.ts";
import { showEntry } from "../views.ts";

const closed = { additionalProperties: false } as const;
const ProvenActSchema = Type.Object(
  {
    ...EntrySchema.properties,
    leaf: Type.String({
      description: "What the ledger keeps of it for ever, without personal data.",
    }),
    erasedBy: Type.Union([PositionNumber, Type.Null()], {
      description: "The erasure that removed the record.",
    }),
    receipt: Type.Union([ReceiptSchema, Type.Null()], {
      description:
        "Proves it, with the exact text of the record. `null` while nothing may be signed.",
    }),
  },
  closed,
);
const EvidenceAnswer = Type.Object(
  {
    format: Type.Literal("heed-evidence@v1"),
    address: Type.String(),
    madeAt: InstantText,
    origin: Type.String({ description: "The log's name." }),
    acts: Type.Array(ProvenActSchema, { description: "Oldest first." }),
    ledger: Type.Array(ProvenActSchema, {
      description: "What was done to the ledger and bears on these acts: gaps, restores, new keys.",
    }),
    checkpoint: Type.Union([Type.String(), Type.Null()]),
    keys: Type.Array(Type.String(), {
      description: "Every public key the ledger was signed with.",
    }),
    handovers: Type.Array(ReceiptSchema, {
      description: "In each an old key vouches for the next one: `evidence.vkey` of its record.",
    }),
    howToCheck: Type.Array(Type.String()),
    note: Type.Optional(Type.String({ description: "Why there are no receipts." })),
  },
  closed,
);

const HOW_TO_CHECK = [
  "Save each `receipt` as a file of its own, as it is, and `keys` as a file with one key a line.",
  "`heed verify RECEIPT --key KEYS` checks a receipt, without a network and without this server.",
  "Without Heed: docs/formats/ledger.md says under “Receipt” what to compute, from SHA-256 and Ed25519 alone.",
  "A receipt is as good as the key: compare the keys with those that you have from elsewhere.",
];

export function addEvidenceRoutes(server: ApiServer, api: Api): void {
  server.get(
    "/v1/evidence",
    {
      config: { access: "export", lane: "read", problems: ["invalid-address"] },
      schema: {
        tags: ["People"],
        summary: "What a person said and what was done about it, with the proof of each entry",
        description: "`heed export --for` writes it as a folder that a stranger can check.",
        querystring: Type.Object({ address: Address }, closed),
        response: { 200: EvidenceAnswer },
      },
    },
    async (request): Promise<Static<typeof EvidenceAnswer>> => {
      const evidence = await evidenceFor(api.deps, addressOfQuery(request.query.address));
      const { address, origin, checkpoint, note } = evidence;
      return {
        format: "heed-evidence@v1",
        address,
        madeAt: writeInstant(evidence.madeAt),
        origin,
        acts: evidence.acts.map(showProven),
        ledger: evidence.ledger.map(showProven),
        checkpoint,
        keys: [...evidence.vkeys],
        handovers: [...evidence.handovers],
        howToCheck: HOW_TO_CHECK,
        ...(note === undefined ? {} : { note }),
      };
    },
  );
}

function showProven({ entry, leaf, erasedBy, receipt }: ProvenAct): Static<typeof ProvenActSchema> {
  return { ...showEntry(entry), leaf, erasedBy, receipt };
}
