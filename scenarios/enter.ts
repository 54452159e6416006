/**
 * Puts what a row has on record into a Heed, through its public doors and in the order of arrival:
 * what people wrote comes in as a signed webhook, choices and dealings through the API, lists as
 * files. What Heed refuses (an opt-in that nothing proves) is then not on record, as in life.
 */
import { createHmac } from "node:crypto";
import { type Event, listOf, type Row, type RowRegistry } from "./row.ts";
import type { World } from "./world.ts";

const SECRET = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
/** A number that no row is about: a list that names nobody is no list. */
const NOBODY = "+15005550006";
const HOUR_MS = 3_600_000;

/** The name under which a sender is configured. */
export function idOf(sender: string): string {
  if (sender === "all") return "all";
  return sender
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^a-z0-9]+/gu, "-")
    .replace(/^-|-$/gu, "");
}

/** Everything on record; gives the positions of the entries by the ids of their events. */
export async function enterRow(world: World, row: Row): Promise<ReadonlyMap<string, number>> {
  await addSenders(world, row);
  for (const event of row.events) {
    world.moveTo(Date.parse(event.receivedAt ?? event.at));
    await enterEvent(world, row, event);
  }
  world.moveTo(Date.parse(row.at));
  const positions = await positionsOf(world, row);
  await loadRegistries(world, row);
  await suspendAreas(world, row);
  await recordSends(world, row, positions);
  return positions;
}

async function addSenders(world: World, row: Row): Promise<void> {
  const named = [row, ...row.events, ...(row.sends ?? [])].flatMap((each) => [
    ...listOf(each.sender),
    ...("scope" in each && each.scope !== undefined ? [each.scope.sender] : []),
  ]);
  for (const name of new Set(named)) {
    if (name === "all") continue;
    const id = idOf(name);
    await world.must("POST", "/v1/senders", { id, name, language: "en" });
    await world.must("POST", "/v1/sources", {
      id: `people-of-${id}`.slice(0, 60),
      adapter: "standard-webhook",
      sender: id,
      config: { secrets: [SECRET] },
    });
  }
}

async function enterEvent(world: World, row: Row, event: Event): Promise<void> {
  switch (event.kind) {
    case "opt_in":
      return enterOptIn(world, row, event);
    case "opt_out":
      return event.scope === undefined
        ? enterWords(world, row, event)
        : enterAct(world, row, event);
    case "help":
      return enterWords(world, row, { ...event, text: event.text ?? "HELP" });
    case "rejected":
      return enterForged(world, row, event);
    case "purchase":
    case "inquiry":
    case "refusal":
    case "opt_in_request":
      return enterDealing(world, row, event);
    case "hold":
      return enterHold(world, row, event);
    case "release":
      return release(world, event);
    case "erasure":
      await world.must("POST", "/v1/erasures", {
        address: event.address ?? row.to,
        by: event.by === "staff" ? "staff" : "person",
      });
      return;
    case "link_visit":
      return visitLink(world, row, event);
    case "clarification_asked":
      // What we ask a person changes nothing until they answer.
      return;
    default:
      throw new Error(`an event of the kind \`${event.kind}\` is not known`);
  }
}

/** Over the webhook of the sender's own source, which vouches for what it says. */
async function send(
  world: World,
  row: Row,
  event: Event,
  body: object,
  secret = SECRET,
): Promise<number> {
  const sender = senderOf(row, event);
  const text = JSON.stringify(body);
  const id = event.id ?? `event-${row.events.indexOf(event)}`;
  const timestamp = Math.floor(world.now / 1000);
  const key = Buffer.from(secret.slice("whsec_".length), "base64");
  const signature = createHmac("sha256", key).update(`${id}.${timestamp}.${text}`).digest("base64");
  const { status } = await world.call(
    "POST",
    `/v1/inbound/${`people-of-${sender}`.slice(0, 60)}`,
    body,
    {
      "webhook-id": id,
      "webhook-timestamp": String(timestamp),
      "webhook-signature": `v1,${signature}`,
    },
  );
  return status;
}

function senderOf(row: Row, event: Event): string {
  const own = event.sender ?? event.scope?.sender ?? row.sender;
  return idOf(own === "all" ? row.sender : own);
}

function channelOf(event: Event): string | undefined {
  return ["sms", "voice", "email"].includes(event.channel ?? "") ? event.channel : undefined;
}

/** What the person wrote, for the recogniser to read. */
async function enterWords(world: World, row: Row, event: Event, secret = SECRET): Promise<void> {
  const status = await send(
    world,
    row,
    event,
    {
      type: "message.received",
      data: {
        channel: channelOf(event) ?? row.channel,
        from: event.address ?? row.to,
        to: "12345",
        text: event.text ?? "",
        sentAt: event.at,
      },
    },
    secret,
  );
  if (secret === SECRET && status >= 300 && status !== 409) {
    throw new Error(`the message of ${event.at} was refused: ${status}`);
  }
}

async function enterForged(world: World, row: Row, event: Event): Promise<void> {
  const text = event.text ?? "STOP";
  await enterWords(
    world,
    row,
    { ...event, text },
    `whsec_${Buffer.alloc(32, 9).toString("base64")}`,
  );
}

/** An opt-out or opt-in whose scope is said. A replay under the same id is refused or ignored. */
async function enterAct(world: World, row: Row, event: Event): Promise<void> {
  const { scope } = event;
  const status = await send(world, row, event, {
    type: event.kind === "opt_in" ? "opt-in" : "opt-out",
    data: {
      address: event.address ?? row.to,
      by: event.by,
      scopes: [{ ...scope, sender: idOf(scope!.sender) }],
      claimedAt: event.at,
      evidence: { kind: event.via ?? event.channel ?? "record", text: event.evidence ?? "" },
      ...(event.level === undefined ? {} : { level: event.level }),
      ...(event.text === undefined ? {} : { text: event.text }),
    },
  });
  if (status >= 300 && status !== 409) throw new Error(`${event.kind} was refused: ${status}`);
}

/** Without evidence no door takes an opt-in, so there is none on record. */
async function enterOptIn(world: World, row: Row, event: Event): Promise<void> {
  const { scope, evidence, by } = event;
  if (evidence !== undefined) return enterAct(world, row, event);
  const { status, body } = await world.call("POST", "/v1/opt-ins", {
    address: event.address ?? row.to,
    sender: idOf(scope!.sender),
    channel: scope!.channel,
    by: by === "person" || by === "staff" ? by : "provider",
    level: event.level,
  });
  if (status !== 400 && status !== 422)
    throw new Error(`taken without evidence: ${status} ${body}`);
}

async function enterDealing(world: World, row: Row, event: Event): Promise<void> {
  if (event.by === "import") return importDealing(world, row, event);
  const channel = channelOf(event);
  await world.must(
    "POST",
    "/v1/dealings",
    {
      kind: event.kind.replaceAll("_", "-"),
      address: event.address ?? row.to,
      sender: senderOf(row, event),
      at: event.at,
      by: event.by,
      ...(channel === undefined ? {} : { channel }),
      ...(event.text === undefined ? {} : { text: event.text }),
      ...(event.evidence === undefined
        ? {}
        : { evidence: { kind: "record", text: event.evidence } }),
    },
    event.id === undefined ? {} : { "idempotency-key": event.id },
  );
}

/** What comes from another system's export comes in as a file. */
async function importDealing(world: World, row: Row, event: Event): Promise<void> {
  const query = new URLSearchParams({
    sender: senderOf(row, event),
    kind: event.kind.replaceAll("_", "-"),
    ...(event.evidence === undefined ? {} : { evidence: event.evidence }),
  });
  const file = `address,at\n${event.address ?? row.to},${event.at}\n`;
  const { body } = await world.must("POST", `/v1/imports?${query}`, file);
  if (body.rejects !== "") throw new Error(`the import was refused: ${body.rejects}`);
}

async function enterHold(world: World, row: Row, event: Event): Promise<void> {
  await world.must("POST", "/v1/holds", {
    address: event.address ?? row.to,
    sender: senderOf(row, event),
    by: event.by === "staff" ? "staff" : "provider",
    at: event.at,
    ...(event.text === undefined ? {} : { text: event.text }),
  });
}

async function release(world: World, event: Event): Promise<void> {
  const { body } = await world.must("GET", "/v1/holds");
  for (const hold of body.holds) {
    const position = hold.position ?? hold.entry?.position;
    await world.must("POST", `/v1/holds/${position}/release`, {
      author: event.by,
      ...(event.text === undefined ? {} : { note: event.text }),
    });
  }
}

/** Looks at an opt-out link as a scanner does. */
async function visitLink(world: World, row: Row, event: Event): Promise<void> {
  const { body } = await world.must("POST", "/v1/links", {
    address: event.address ?? row.to,
    sender: senderOf(row, event),
  });
  const { pathname } = new URL(body.url);
  await world.call("GET", pathname);
  await world.call("HEAD", pathname);
}

/** Positions of the entries that events with an id became. */
async function positionsOf(world: World, row: Row): Promise<ReadonlyMap<string, number>> {
  const positions = new Map<string, number>();
  if (!row.events.some((event) => event.id !== undefined)) return positions;
  for (const address of new Set(row.events.map((event) => event.address ?? row.to))) {
    const { body } = await world.must("GET", `/v1/history?address=${encodeURIComponent(address)}`);
    for (const { position, act } of body.events) {
      const id = /^(?:[a-z.-]+:)?(.*)$/u.exec(act?.messageId ?? "")?.[1];
      if (id !== undefined) positions.set(id, position);
    }
  }
  return positions;
}

/** A registry that a row does not name is fresh and does not name the address. */
async function loadRegistries(world: World, row: Row): Promise<void> {
  const named = new Map((row.registries ?? []).map((registry) => [registry.name, registry]));
  const known = world.packs.flatMap((pack) =>
    pack.rules.flatMap((rule) => (rule.kind === "list" ? [rule.list] : [])),
  );
  for (const list of new Set([...known, ...named.keys()])) {
    await loadRegistry(world, row, named.get(list) ?? freshRegistry(list, row));
  }
}

function freshRegistry(name: string, row: Row): RowRegistry {
  return { name, listed: false, asOf: new Date(Date.parse(row.at) - HOUR_MS).toISOString() };
}

async function loadRegistry(world: World, row: Row, registry: RowRegistry): Promise<void> {
  const { name, asOf } = registry;
  if (registry.answer !== undefined) return answerRegistry(world, row, registry);
  if (asOf === null || asOf === undefined || registry.listed === null) return;
  if (registry.kind === "operator-side") return;
  const line = [
    registry.listed === true ? row.to : NOBODY,
    registry.listedSince ?? "",
    (registry.channels ?? []).join(";"),
    (registry.sectors ?? []).join(";"),
  ];
  const query = `kind=national&asOf=${encodeURIComponent(instantOf(asOf))}`;
  await world.must(
    "PUT",
    `/v1/lists/${name}?${query}`,
    `address,listed_since,channels,sectors\n${line.join(",")}\n${NOBODY},,,\n`,
  );
}

async function answerRegistry(world: World, row: Row, registry: RowRegistry): Promise<void> {
  const listed = { yes: true, no: false }[registry.answer ?? ""] ?? null;
  await world.must("POST", `/v1/lists/${registry.name}/answers`, {
    answers: [
      {
        address: row.to,
        listed,
        asOf: instantOf(registry.asOf ?? row.at),
        ...(registry.consentDate === undefined
          ? {}
          : { consentAt: instantOf(registry.consentDate) }),
      },
    ],
  });
}

function instantOf(written: string): string {
  return new Date(written).toISOString();
}

async function suspendAreas(world: World, row: Row): Promise<void> {
  for (const [index, area] of (row.areaEvents ?? []).entries()) {
    await world.must("PUT", `/v1/suspensions/area-${index}`, {
      kind: area.kind,
      region: area.area,
      from: instantOf(area.from),
      ...(area.county === undefined ? {} : { county: area.county }),
      ...(area.to === undefined ? {} : { until: instantOf(area.to) }),
    });
  }
}

async function recordSends(
  world: World,
  row: Row,
  positions: ReadonlyMap<string, number>,
): Promise<void> {
  const sends = (row.sends ?? []).map((sent) => ({
    to: row.to,
    sender: idOf(sent.sender),
    channel: sent.channel,
    class: sent.class,
    at: sent.at,
    ...(sent.subject === undefined ? {} : { subject: sent.subject }),
    ...(sent.callKind === undefined ? {} : { callKind: sent.callKind }),
    ...(sent.inReplyTo === undefined ? {} : { isReply: true }),
    ...(sent.by === "provider" ? { by: "provider" } : {}),
    ...confirmsOf(sent.confirms, positions),
  }));
  if (sends.length > 0) await world.must("POST", "/v1/sends", { sends });
}

/** The member `confirms` of a message that confirms the entry of an event. */
export function confirmsOf(
  event: string | undefined,
  positions: ReadonlyMap<string, number>,
): { confirms?: number } {
  const position = event === undefined ? undefined : positions.get(event);
  return position === undefined ? {} : { confirms: position };
}
