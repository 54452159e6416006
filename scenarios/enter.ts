/**
 * Puts what a row has on record into a Heed, through its public doors (`doors.ts`) and in the order of
 * arrival. What Heed refuses (an opt-in that nothing proves) is then not on record, as in life.
 */
import {
  addSender,
  answerList,
  enterAct,
  enterDealing,
  enterWords,
  FORGED_SECRET,
  loadList,
  positionsOf,
  type ToldAct,
  type ToldDealing,
} from "./doors.ts";
import { type Event, listOf, type Row, type RowRegistry } from "./row.ts";
import type { World } from "./world.ts";

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
  await addSendersOf(world, row);
  for (const event of row.events) {
    world.moveTo(Date.parse(event.receivedAt ?? event.at));
    await enterEvent(world, row, event);
  }
  world.moveTo(Date.parse(row.at));
  const told = row.events.some((event) => event.id !== undefined) ? row.events : [];
  const positions = await positionsOf(
    world,
    told.map((event) => event.address ?? row.to),
  );
  await loadRegistries(world, row);
  await suspendAreas(world, row);
  await recordSends(world, row, positions);
  return positions;
}

async function addSendersOf(world: World, row: Row): Promise<void> {
  for (const name of sendersOf(row)) await addSender(world, idOf(name), name);
}

function sendersOf(row: Row): readonly string[] {
  const named = [row, ...row.events, ...(row.sends ?? [])].flatMap((each) => [
    ...listOf(each.sender),
    ...("scope" in each && each.scope !== undefined ? [each.scope.sender] : []),
  ]);
  return [...new Set(named)].filter((name) => name !== "all");
}

async function enterEvent(world: World, row: Row, event: Event): Promise<void> {
  switch (event.kind) {
    case "opt_in":
      return enterOptIn(world, row, event);
    case "opt_out":
      return event.scope === undefined
        ? enterWords(world, wordsOf(row, event, ""))
        : enterAct(world, actOf(row, event));
    case "help":
      return enterWords(world, wordsOf(row, event, "HELP"));
    case "rejected":
      return enterWords(world, wordsOf(row, event, "STOP"), FORGED_SECRET);
    case "purchase":
    case "inquiry":
    case "refusal":
    case "opt_in_request":
      // As an opt-in: a dealing that nothing proves is refused, and so is not on record.
      if (isProven(event)) await enterDealing(world, dealingOf(row, event));
      return;
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

function senderOf(row: Row, event: Event): string {
  const own = event.sender ?? event.scope?.sender ?? row.sender;
  return idOf(own === "all" ? row.sender : own);
}

function channelOf(event: Event): string | undefined {
  return ["sms", "voice", "email"].includes(event.channel ?? "") ? event.channel : undefined;
}

/** Ids tell a replay from a new event, and confirmations what they confirm. */
function toldOf(row: Row, event: Event) {
  return {
    id: event.id ?? `event-${row.events.indexOf(event)}`,
    sender: senderOf(row, event),
    address: event.address ?? row.to,
    at: event.at,
  };
}

function wordsOf(row: Row, event: Event, otherwise: string) {
  const channel = channelOf(event) ?? row.channel;
  return { ...toldOf(row, event), channel, text: event.text ?? otherwise };
}

function actOf(row: Row, event: Event): ToldAct {
  const { scope, by, level, text } = event;
  return {
    ...toldOf(row, event),
    kind: event.kind === "opt_in" ? "opt-in" : "opt-out",
    by,
    scopes: [{ ...scope, sender: idOf(scope!.sender) }],
    evidence: { kind: event.via ?? event.channel ?? "record", text: event.evidence ?? "" },
    level,
    text,
  };
}

/** Without evidence no door takes an opt-in, so there is none on record. */
async function enterOptIn(world: World, row: Row, event: Event): Promise<void> {
  const { scope, evidence, by } = event;
  if (evidence !== undefined && scope!.sender === "all") return enterForEach(world, row, event);
  if (evidence !== undefined) return enterAct(world, actOf(row, event));
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

/** Consent names who may write: one that is given to all senders is told by each for itself. */
async function enterForEach(world: World, row: Row, event: Event): Promise<void> {
  for (const sender of sendersOf(row)) {
    const id = `${event.id ?? `event-${row.events.indexOf(event)}`}-${idOf(sender)}`;
    const own = { ...event, id, sender, scope: { ...event.scope!, sender } };
    await enterAct(world, actOf(row, own));
  }
}

/** Purchases and inquiries are grounds for messages: only an import can bring one unproven. */
function isProven({ kind, by, evidence }: Event): boolean {
  const isGround = kind === "purchase" || kind === "inquiry";
  return !isGround || by === "import" || evidence !== undefined;
}

function dealingOf(row: Row, event: Event): ToldDealing {
  const { id, at, by, text, evidence } = event;
  const kind = event.kind.replaceAll("_", "-");
  const who = { address: event.address ?? row.to, sender: senderOf(row, event) };
  return { id, kind, ...who, at, by, channel: channelOf(event), text, evidence };
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
  const { asOf } = registry;
  if (registry.answer !== undefined) {
    await answerRegistry(world, row, registry);
    return;
  }
  if (asOf === null || asOf === undefined || registry.listed === null) return;
  if (registry.kind === "operator-side") return;
  await loadList(world, {
    ...factOf(row, registry),
    listed: registry.listed ?? false,
    asOf: instantOf(asOf),
    listedSince: registry.listedSince,
  });
}

async function answerRegistry(world: World, row: Row, registry: RowRegistry): Promise<void> {
  const { answer, consentDate } = registry;
  await answerList(world, {
    ...factOf(row, registry),
    listed: { yes: true, no: false }[answer ?? ""] ?? null,
    asOf: instantOf(registry.asOf ?? row.at),
    consentAt: consentDate === undefined ? undefined : instantOf(consentDate),
  });
}

function factOf(row: Row, { name, channels, sectors }: RowRegistry) {
  return { name, address: row.to, channels, sectors };
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
