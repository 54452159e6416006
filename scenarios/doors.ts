/**
 * The ways onto the record, one function each, all through the public API: what people wrote and what
 * other systems say comes as a signed webhook, dealings and sends over the API, what is exported
 * elsewhere and what registries say as files. Whatever tells a story to a Heed tells it with these.
 */
import { createHmac } from "node:crypto";
import type { World } from "./world.ts";

const SECRET = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
/** Of somebody who only pretends to be the source. */
export const FORGED_SECRET = `whsec_${Buffer.alloc(32, 9).toString("base64")}`;
/** A number that no story is about: a list that names nobody is no list. */
const NOBODY = "+15005550006";
/** Longest name of a source. */
const NAME_MAX = 60;

/** Who tells it, under which id, about whom. Instants are RFC 3339 texts. */
interface Told {
  readonly id: string;
  /** Id of the sender whose source tells it. */
  readonly sender: string;
  readonly address: string;
  readonly at: string;
}

function sourceOf(sender: string): string {
  return `people-of-${sender}`.slice(0, NAME_MAX);
}

/** A sender, and the source that its people write to. */
export async function addSender(
  world: World,
  id: string,
  name: string,
  programs: readonly string[] = [],
): Promise<void> {
  await world.must("PUT", `/v1/senders/${id}`, {
    name,
    language: "en",
    programs: programs.map((program) => ({ id: program, name: program })),
  });
  await world.must("PUT", `/v1/sources/${sourceOf(id)}`, {
    adapter: "standard-webhook",
    sender: id,
    config: { secrets: [SECRET] },
  });
}

/** Over the webhook of the sender's own source, which vouches for what it says. Gives the status. */
async function callWebhook(
  world: World,
  { id, sender }: Pick<Told, "id" | "sender">,
  body: object,
  secret: string,
): Promise<number> {
  const text = JSON.stringify(body);
  const timestamp = Math.floor(world.now / 1000);
  const key = Buffer.from(secret.slice("whsec_".length), "base64");
  const signature = createHmac("sha256", key).update(`${id}.${timestamp}.${text}`).digest("base64");
  const { status } = await world.call("POST", `/v1/inbound/${sourceOf(sender)}`, body, {
    "webhook-id": id,
    "webhook-timestamp": String(timestamp),
    "webhook-signature": `v1,${signature}`,
  });
  return status;
}

/** What the person wrote, for the recogniser to read. With a forged secret nothing comes of it. */
export async function enterWords(
  world: World,
  words: Told & { readonly channel: string; readonly text: string },
  secret = SECRET,
): Promise<void> {
  const { address, channel, text, at } = words;
  const data = { channel, from: address, to: "12345", text, sentAt: at };
  const status = await callWebhook(world, words, { type: "message.received", data }, secret);
  if (secret === SECRET && status >= 300 && status !== 409) {
    throw new Error(`the message of ${at} was refused: ${status}`);
  }
}

export interface ToldAct extends Told {
  readonly kind: "opt-in" | "opt-out";
  readonly by: string;
  readonly scopes: readonly object[];
  readonly evidence: { readonly kind: string; readonly text: string };
  readonly level?: string | undefined;
  readonly text?: string | undefined;
}

/** An opt-out or opt-in whose scope is said. A replay under the same id is refused or ignored. */
export async function enterAct(world: World, told: ToldAct): Promise<void> {
  const { kind, address, by, scopes, at, evidence, level, text } = told;
  const data = { address, by, scopes, claimedAt: at, evidence, level, text };
  const status = await callWebhook(world, told, { type: kind, data }, SECRET);
  if (status >= 300 && status !== 409) throw new Error(`${kind} was refused: ${status}`);
}

export interface ToldDealing extends Omit<Told, "id"> {
  readonly id?: string | undefined;
  readonly kind: string;
  readonly by: string;
  readonly channel?: string | undefined;
  readonly via?: string | undefined;
  readonly text?: string | undefined;
  /** What proves it, in words. */
  readonly evidence?: string | undefined;
}

/** What comes from another system's export comes in as a file. */
export async function enterDealing(world: World, dealing: ToldDealing): Promise<void> {
  if (dealing.by === "import") return importAct(world, dealing);
  const { id, evidence, ...body } = dealing;
  await world.must(
    "POST",
    "/v1/dealings",
    { ...body, evidence: evidence === undefined ? undefined : { kind: "record", text: evidence } },
    id === undefined ? {} : { "idempotency-key": id },
  );
}

export interface ImportedAct {
  readonly sender: string;
  readonly kind: string;
  readonly address: string;
  readonly at: string;
  readonly channel?: string | undefined;
  readonly program?: string | undefined;
  readonly class?: string | undefined;
  readonly level?: string | undefined;
  readonly evidence?: string | undefined;
}

/** One row of another system's export. The only door that takes what nothing proves. */
export async function importAct(world: World, act: ImportedAct): Promise<void> {
  const { sender, kind, evidence } = act;
  const columns = {
    address: act.address,
    at: act.at,
    channel: act.channel,
    program: act.program,
    class: act.class,
    level: act.level,
  };
  const filled = Object.entries(columns).filter(([, value]) => value !== undefined);
  const file = [0, 1].map((index) => filled.map((cell) => cell[index]).join(",")).join("\n");
  const query = new URLSearchParams({
    ...{ sender, kind },
    ...(evidence === undefined ? {} : { evidence }),
  });
  const { body } = await world.must("POST", `/v1/imports?${query}`, `${file}\n`);
  if (body.rejects !== "") throw new Error(`the import was refused: ${body.rejects}`);
}

/** Positions of the entries that events became, by the ids that the events were told under. */
export async function positionsOf(
  world: World,
  addresses: Iterable<string>,
): Promise<ReadonlyMap<string, number>> {
  const positions = new Map<string, number>();
  for (const address of new Set(addresses)) {
    const { body } = await world.must("GET", `/v1/history?address=${encodeURIComponent(address)}`);
    for (const { position, act } of body.events) {
      const id = /^(?:[a-z.-]+:)?(.*)$/u.exec(act?.messageId ?? "")?.[1];
      if (id !== undefined) positions.set(id, position);
    }
  }
  return positions;
}

/** What a list says about an address, as its copy or the registry's own answer would say it. */
export interface ListFact {
  readonly name: string;
  readonly address: string;
  /** `null`: the registry has no data. Only an answer can say so. */
  readonly listed: boolean | null;
  readonly asOf: string;
  readonly kind?: string | undefined;
  readonly maxAgeDays?: number | undefined;
  readonly listedSince?: string | undefined;
  readonly channels?: readonly string[] | undefined;
  readonly sectors?: readonly string[] | undefined;
  readonly consentAt?: string | undefined;
}

/** Replaces the copy of a list by one that names the address, or only somebody else. */
export async function loadList(world: World, fact: ListFact): Promise<void> {
  const query = new URLSearchParams({ kind: fact.kind ?? "national", asOf: fact.asOf });
  if (fact.maxAgeDays !== undefined) query.set("maxAgeDays", String(fact.maxAgeDays));
  const line = [
    fact.listed === true ? fact.address : NOBODY,
    fact.listedSince ?? "",
    (fact.channels ?? []).join(";"),
    (fact.sectors ?? []).join(";"),
  ];
  await world.must(
    "PUT",
    `/v1/lists/${fact.name}?${query}`,
    `address,listed_since,channels,sectors\n${line.join(",")}\n${NOBODY},,,\n`,
  );
}

/** What the registry answered about this one number; gives how many answers count from now on. */
export async function answerList(world: World, fact: ListFact): Promise<number> {
  const { name, address, listed, asOf, listedSince, channels, sectors, consentAt } = fact;
  const answer = { address, listed, asOf, listedSince, channels, sectors, consentAt };
  const { body } = await world.must("POST", `/v1/lists/${name}/answers`, { answers: [answer] });
  return body.taken;
}
