/** Asks a row's question of the public check, and holds the answer against the expected one. */
import { confirmsOf, enterRow, idOf } from "./enter.ts";
import { MEANINGS } from "./meanings.ts";
import { listOf, type Row } from "./row.ts";
import { World } from "./world.ts";

/** What was answered: the answer, when it opens, and the kinds of the reasons against it. */
export interface Got {
  readonly answer: string;
  readonly notBefore: string | null;
  readonly reasons: readonly string[];
  /** The sentences of the reasons, for the person who looks into a failure. */
  readonly said: readonly string[];
}

export type Judgement = "right" | "wrongAllow" | "wrongDeny" | "wrongInstant" | "wrongReason";

/** Never throws: what cannot be asked is answered `error`, which is never right. */
export async function askRow(row: Row): Promise<Got> {
  const first = row.events.map((event) => Date.parse(event.receivedAt ?? event.at));
  const world = await World.open(Math.min(Date.parse(row.at), ...first));
  try {
    const positions = await enterRow(world, row);
    const { body } = await world.must("POST", "/v1/check", questionOf(row, positions));
    return {
      answer: body.verdict,
      notBefore: body.notBefore ?? null,
      reasons: reasonsAgainst(body),
      said: body.reasons.map((reason: { text: string }) => reason.text),
    };
  } catch (error) {
    return { answer: "error", notBefore: null, reasons: [], said: [(error as Error).message] };
  } finally {
    await world.close();
  }
}

function reasonsAgainst(verdict: {
  reasons: readonly { kind: string; answer: string }[];
}): readonly string[] {
  return verdict.reasons.filter((reason) => reason.answer !== "allow").map(({ kind }) => kind);
}

function questionOf(row: Row, positions: ReadonlyMap<string, number>): object {
  const { known } = row;
  const { consumerOrBusiness, ...place } = known ?? {};
  return {
    to: row.to,
    sender: idOf(row.sender),
    channel: row.channel,
    class: row.class,
    at: row.at,
    ...given(row, ["callKind", "senderType", "program", "use", "topic", "subject", "text"]),
    ...confirmsOf(row.confirms, positions),
    ...(known === undefined
      ? {}
      : {
          known: {
            ...place,
            ...(consumerOrBusiness === undefined ? {} : { subscriber: consumerOrBusiness }),
          },
        }),
  };
}

function given(row: Row, members: readonly (keyof Row)[]): object {
  return Object.fromEntries(
    members.filter((member) => row[member] !== undefined).map((member) => [member, row[member]]),
  );
}

export function judge(row: Row, got: Got): Judgement {
  const { expect } = row;
  if (!listOf(expect.action).includes(got.answer)) {
    return got.answer === "allow" ? "wrongAllow" : "wrongDeny";
  }
  if (got.answer === "defer" && !isRightInstant(row, got)) return "wrongInstant";
  if (got.answer === "allow" || expect.reasonAny === undefined) return "right";
  const meant = got.reasons.flatMap((kind) => MEANINGS[kind as keyof typeof MEANINGS] ?? []);
  return expect.reasonAny.some((word) => meant.includes(word)) ? "right" : "wrongReason";
}

function isRightInstant({ expect }: Row, got: Got): boolean {
  const at = Date.parse(got.notBefore ?? "");
  const wanted = listOf(expect.notBefore).map((instant) => Date.parse(instant));
  if (wanted.length > 0 && !wanted.includes(at)) return false;
  return expect.notBeforeMin === undefined || at >= Date.parse(expect.notBeforeMin);
}
