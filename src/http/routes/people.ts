/** GET /v1/history and POST /v1/links: one person's record in words, and their link out. */
import { Type } from "typebox";
import { obligationsOf } from "../../app/obligations.ts";
import { createLink } from "../../app/opt-out-link.ts";
import { withoutUndefined } from "../../app/record-told.ts";
import { timelineOf } from "../../app/timeline.ts";
import type { Api, ApiServer } from "../api.ts";
import { ObligationSchema, showObligation } from "../obligation-view.ts";
import { addressOfQuery } from "../query-address.ts";
import { Address, ChannelName, EntrySchema, Language, Name } from "../schemas.ts";
import { showEntry } from "../views.ts";

const EventSchema = Type.Object(
  { ...EntrySchema.properties, obligation: Type.Optional(ObligationSchema) },
  { additionalProperties: false },
);
const HistoryAnswer = Type.Object(
  { address: Type.String(), events: Type.Array(EventSchema) },
  { additionalProperties: false },
);
const LinkBody = Type.Object(
  {
    address: Address,
    sender: Name,
    channel: Type.Optional(ChannelName),
    language: Type.Optional(Language),
  },
  { additionalProperties: false, examples: [{ address: "ana@example.com", sender: "acme" }] },
);
const LinkAnswer = Type.Object(
  {
    url: Type.String({ description: "For the message, and for its List-Unsubscribe header." }),
    listUnsubscribe: Type.String(),
    listUnsubscribePost: Type.String(),
  },
  { additionalProperties: false },
);

export function addPeopleRoutes(server: ApiServer, api: Api): void {
  server.get(
    "/v1/history",
    {
      config: { access: "export", lane: "read", problems: ["invalid-address"] },
      schema: {
        tags: ["People"],
        summary: "Everything on record about an address, oldest first, in words",
        querystring: Type.Object({ address: Address }, { additionalProperties: false }),
        response: { 200: HistoryAnswer },
      },
    },
    async (request) => {
      const timeline = await timelineOf(api.deps, addressOfQuery(request.query.address));
      const entries = timeline.events.map(({ entry }) => entry);
      const clocks = await obligationsOf(api.deps, entries, entries);
      const clockAt = new Map(clocks.map((one) => [one.position, showObligation(one)]));
      return {
        address: timeline.address,
        events: entries.map((entry) => ({
          ...showEntry(entry),
          ...withoutUndefined({ obligation: clockAt.get(entry.position) }),
        })),
      };
    },
  );
  server.post(
    "/v1/links",
    {
      config: {
        access: "record",
        lane: "check",
        problems: ["invalid-address", "unknown-sender"],
      },
      schema: {
        tags: ["People"],
        summary: "Make the link by which a person can opt out",
        description:
          "The same person gets the same link from the same sender. It lasts for years and can " +
          "only opt out. Put both header values into an e-mail (RFC 8058) and sign them with DKIM.",
        body: LinkBody,
        response: { 200: LinkAnswer },
      },
    },
    async (request) => {
      const { address, sender, channel, language } = request.body;
      const link = createLink(api.deps, {
        address,
        sender,
        ...withoutUndefined({ channel, language }),
      });
      return {
        url: link.url,
        listUnsubscribe: `<${link.url}>`,
        listUnsubscribePost: "List-Unsubscribe=One-Click",
      };
    },
  );
}
