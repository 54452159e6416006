/**
 * POST /v1/lists/:name/answers: what a registry answered about single numbers, where it is washed
 * number by number or says whether a number was reassigned.
 */
import { type Static, Type } from "typebox";
import { parseAddress } from "../../address/parse-address.ts";
import type { AnsweredAddress } from "../../app/lists.ts";
import type { Api, ApiServer } from "../api.ts";
import { readInstant } from "../instants.ts";
import { Address, ChannelName, InstantText, Name } from "../schemas.ts";

const closed = { additionalProperties: false } as const;
const ANSWERS_MAX = 10_000;
const REJECTED_SHOWN = 100;
const DAY_MS = 24 * 60 * 60 * 1000;

const AnswerBody = Type.Object(
  {
    address: Address,
    listed: Type.Union([Type.Boolean(), Type.Null()], {
      description:
        "`null`: the registry has no data about it. For a registry of reassigned numbers: whether " +
        "the number went to somebody else since `consentAt`.",
    }),
    asOf: InstantText,
    listedSince: Type.Optional(InstantText),
    channels: Type.Optional(
      Type.Array(ChannelName, { uniqueItems: true, description: "Absent or empty: all." }),
    ),
    sectors: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 100, pattern: "^[^,\\t\\r\\n]+$" }), {
        maxItems: 100,
        description: "Sectors or topics that the listing is for. Absent or empty: all.",
      }),
    ),
    consentAt: Type.Optional(InstantText),
  },
  closed,
);
const Body = Type.Object(
  { answers: Type.Array(AnswerBody, { minItems: 1, maxItems: ANSWERS_MAX }) },
  {
    ...closed,
    examples: [
      { answers: [{ address: "+61412345678", listed: false, asOf: "2026-11-20T06:00:00Z" }] },
    ],
  },
);
const Answer = Type.Object(
  {
    name: Name,
    taken: Type.Integer({ description: "Answers that count from now on." }),
    older: Type.Integer({ description: "Answers about numbers of which a newer one is known." }),
    addresses: Type.Integer({ description: "Numbers that the list has answers about." }),
    rejected: Type.Array(
      Type.Object(
        { index: Type.Integer({ description: "From 0." }), problem: Type.String() },
        closed,
      ),
      { description: "The first hundred." },
    ),
    rejectedCount: Type.Integer(),
  },
  closed,
);

export function addListAnswerRoutes(server: ApiServer, api: Api): void {
  server.post(
    "/v1/lists/:name/answers",
    {
      bodyLimit: api.limits.batchBytes,
      config: { access: "import", lane: "bulk" },
      schema: {
        tags: ["Lists"],
        summary: "Keep what a registry answered about single numbers",
        description:
          "On disk and in force when answered. The newest answer about a number counts, and counts " +
          "more than an older copy of the list. Sent again, it changes nothing.",
        params: Type.Object({ name: Name }, closed),
        body: Body,
        response: { 200: Answer },
      },
    },
    async (request) => {
      const { name } = request.params;
      const answers: AnsweredAddress[] = [];
      const rejected: { index: number; problem: string }[] = [];
      for (const [index, given] of request.body.answers.entries()) {
        const read = readAnswer(api, given, `/answers/${index}`);
        if ("problem" in read) rejected.push({ index, problem: read.problem });
        else answers.push(read);
      }
      const report = await api.deps.lists.answer(name, answers);
      const shown = rejected.slice(0, REJECTED_SHOWN);
      return { name, ...report, rejected: shown, rejectedCount: rejected.length };
    },
  );
}

function readAnswer(
  { deps }: Api,
  given: Static<typeof AnswerBody>,
  pointer: string,
): AnsweredAddress | { readonly problem: string } {
  const parsed = parseAddress(given.address, { defaultRegion: deps.defaultRegion });
  if ("problem" in parsed) return { problem: parsed.problem };
  const asOf = readInstant(given.asOf, `${pointer}/asOf`);
  // It would count more than every later answer; a day allows for clocks and zones.
  if (asOf > deps.clock.now() + DAY_MS) return { problem: "in-the-future" };
  const instant = (member: "listedSince" | "consentAt") => {
    const text = given[member];
    return text === undefined ? null : readInstant(text, `${pointer}/${member}`);
  };
  const written = (given.sectors ?? []).map((sector) => sector.trim().toLowerCase());
  const sectors = written.filter((sector) => sector !== "");
  return {
    address: parsed.key,
    answer: {
      listed: given.listed,
      asOf,
      listing: { since: instant("listedSince"), channels: given.channels ?? [], sectors },
      consentAt: instant("consentAt"),
    },
  };
}
