/** /v1/suspensions: what is switched on for an area, such as a state of emergency. */
import { type Static, Type } from "typebox";
import { withoutUndefined } from "../../app/record-told.ts";
import type { SuspensionSetting } from "../../app/settings.ts";
import { findSuspension, isInForce, resume, suspend } from "../../app/suspensions.ts";
import { SUSPENSION_KINDS } from "../../rules/facts.ts";
import type { Api, ApiServer } from "../api.ts";
import { readInstant, writeInstant, writeInstantOrNull } from "../instants.ts";
import { InstantText, Name } from "../schemas.ts";

const closed = { additionalProperties: false } as const;
const County = Type.String({ minLength: 1, maxLength: 100 });
const members = {
  kind: Type.Enum([...SUSPENSION_KINDS]),
  region: Type.String({
    pattern: "^[A-Z]{2}(-[A-Z0-9]{1,3})?$",
    description: "ISO 3166-1 country or ISO 3166-2 part of one, such as `US-NY`.",
  }),
};
const texts = {
  note: Type.Optional(Type.String({ maxLength: 2000 })),
  author: Type.Optional(Type.String({ maxLength: 200 })),
};
const SuspensionBody = Type.Object(
  {
    ...members,
    county: Type.Optional(
      Type.Union([County, Type.Null()], { description: "Absent or null: the whole region." }),
    ),
    from: Type.Optional(InstantText),
    until: Type.Optional(
      Type.Union([InstantText, Type.Null()], {
        description: "The first instant without it. Absent or null: until somebody ends it.",
      }),
    ),
    ...texts,
  },
  {
    ...closed,
    examples: [{ kind: "state-of-emergency", region: "US-NY", from: "2026-11-21T00:00:00-05:00" }],
  },
);
const View = Type.Object(
  {
    id: Name,
    ...members,
    county: Type.Union([County, Type.Null()]),
    from: InstantText,
    until: Type.Union([InstantText, Type.Null()]),
    inForce: Type.Boolean({ description: "Whether it is now." }),
    ...texts,
  },
  closed,
);
const Params = Type.Object({ id: Name }, closed);
const tags = ["Settings"];
const config = { access: "admin", lane: "read" } as const;

export function addSuspensionRoutes(server: ApiServer, api: Api): void {
  const { deps } = api;
  server.get(
    "/v1/suspensions",
    {
      config,
      schema: {
        tags,
        summary: "List the suspensions, those that are over too",
        response: { 200: Type.Object({ suspensions: Type.Array(View) }, closed) },
      },
    },
    async () => ({
      suspensions: [...deps.settings.suspensions.values()].map((one) => show(api, one)),
    }),
  );
  server.get(
    "/v1/suspensions/:id",
    {
      config,
      schema: { tags, summary: "Read a suspension", params: Params, response: { 200: View } },
    },
    async (request) => show(api, findSuspension(deps, request.params.id)),
  );
  server.put(
    "/v1/suspensions/:id",
    {
      config: { ...config, problems: ["already-exists"] },
      schema: {
        tags,
        summary: "Switch a suspension on for an area, or change one",
        description: "In force at once here, and within two seconds on every other server.",
        params: Params,
        body: SuspensionBody,
        response: { 200: View },
      },
    },
    async (request) => show(api, await suspend(deps, suspensionOf(api, request))),
  );
  server.delete(
    "/v1/suspensions/:id",
    {
      config,
      schema: {
        tags,
        summary: "End a suspension now",
        description:
          "It stays on record with its end: checks of instants before that still find it.",
        params: Params,
        response: { 200: View },
      },
    },
    async (request) => show(api, await resume(deps, request.params.id)),
  );
}

/** One that is there keeps its start, unless another is given. */
function suspensionOf(
  { deps }: Api,
  { params, body }: { params: { id: string }; body: Static<typeof SuspensionBody> },
): SuspensionSetting {
  const { from, until, county, note, author, ...rest } = body;
  const before = deps.settings.suspensions.get(params.id);
  return {
    id: params.id,
    ...rest,
    county: county ?? null,
    from: from === undefined ? (before?.from ?? deps.clock.now()) : readInstant(from, "/from"),
    until: until === undefined || until === null ? null : readInstant(until, "/until"),
    ...withoutUndefined({ note, author }),
  };
}

function show({ deps }: Api, suspension: SuspensionSetting): Static<typeof View> {
  return {
    ...suspension,
    from: writeInstant(suspension.from),
    until: writeInstantOrNull(suspension.until),
    inForce: isInForce(suspension, deps.clock.now()),
  };
}
