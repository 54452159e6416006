// A data folder as years of use leave it: entries of every kind, settings, cursors, deliveries and a
// snapshot, stopped properly; and who in it must never be allowed again.
import { join } from "node:path";
import { erase } from "../../src/app/erase.ts";
import { receive } from "../../src/app/receive.ts";
import { recordActs } from "../../src/app/record-acts.ts";
import { recordChoice } from "../../src/app/record-choice.ts";
import { recordSends } from "../../src/app/record-sends.ts";
import { reviewHold } from "../../src/app/review-holds.ts";
import type { PersonsAct } from "../../src/domain/act.ts";
import { holdScopes } from "../../src/domain/scope.ts";
import type { AddressKey } from "../../src/domain/words.ts";
import {
  type FakeClock,
  type HasAfter,
  messageOf,
  OUR_NUMBER,
  signed,
  startApp,
  type TestApp,
} from "../../test/app/support.ts";
import { startAndAsk } from "./start.ts";

export interface LivedFolder {
  readonly dataFolder: string;
  /** As far as the folder has lived. */
  readonly clock: FakeClock;
  /** Whoever said stop, was erased, or wrote what nobody has read yet. */
  readonly denied: readonly string[];
  /** Of these, who said a plain STOP and nothing after it. */
  readonly stopped: readonly string[];
  /** Whoever agreed and never took it back: a check that denies everybody proves nothing. */
  readonly allowed: readonly string[];
}

const OUR_MAIL = "hello@acme.example";

/** One of every eight people: what they did after they had agreed. */
const FATES = ["stop", "call", "hold", "released", "agreed", "erased", "back", "stop"] as const;
type Fate = (typeof FATES)[number];
const STAYS_ALLOWED: readonly Fate[] = ["released", "agreed", "back"];

interface Person {
  readonly address: string;
  readonly fate: Fate;
}

/** Every third person is known by e-mail, which is kept by token alone. */
function personAt(index: number): Person {
  const fate = FATES[index % FATES.length]!;
  const number = String(index).padStart(4, "0");
  return { fate, address: index % 3 === 2 ? `p${number}@example.com` : `+1212555${number}` };
}

/** `persons` make about three entries each. */
export async function liveIn(folder: string, persons: number): Promise<LivedFolder> {
  const dataFolder = join(folder, "data");
  const people = Array.from({ length: persons }, (_, index) => personAt(index));
  const hooks: (() => void | Promise<void>)[] = [];
  const life: HasAfter = { after: (release) => void hooks.push(release) };
  const app = await startApp(life, { dataFolder });
  for (const person of people) await live(app, person);
  for (const { address, fate } of people) {
    if (fate !== "erased") continue;
    await erase(app.deps, { address, by: "staff", author: "kim", source: "key:agents" });
    app.clock.pass(1000);
  }
  await leaveTraces(app);
  await app.stop();
  // What the snapshot holds is what a server that starts today knows.
  const { clock } = app;
  const allowed = people.filter(({ fate }) => STAYS_ALLOWED.includes(fate));
  const asked = await startAndAsk(dataFolder, addressesOf(people), clock);
  if (asked.outcome !== "open" || asked.allowed.join() !== addressesOf(allowed).join()) {
    throw new Error(`before any flip the server is ${asked.outcome} and allows ${asked.allowed}`);
  }
  for (const release of hooks) await release();
  return {
    dataFolder,
    clock,
    allowed: addressesOf(allowed),
    stopped: addressesOf(people.filter(({ fate }) => fate === "stop")),
    denied: addressesOf(people.filter((person) => !allowed.includes(person))),
  };
}

function addressesOf(people: readonly Person[]): readonly string[] {
  return people.map(({ address }) => address);
}

async function live(app: TestApp, { address, fate }: Person): Promise<void> {
  const { deps, clock } = app;
  const channel = address.startsWith("+") ? "sms" : "email";
  const common = { address, sender: "acme", channel, by: "person" } as const;
  const agree = { ...common, level: "written", evidence: { kind: "form", page: "/join" } } as const;
  const say = async (text: string) => {
    const data = { channel, from: address, text, to: channel === "sms" ? OUR_NUMBER : OUR_MAIL };
    await receive(deps, "shop", signed(messageOf(text, data), clock.now()), {});
    clock.pass(1000);
  };
  await recordChoice(deps, { kind: "opt-in", ...agree }, "key:form", null);
  clock.pass(1000);
  switch (fate) {
    case "stop":
    case "erased":
      return await say("STOP");
    case "back":
      await say("STOP");
      return void (await recordChoice(deps, { kind: "opt-in", ...agree }, "key:form", null));
    case "call":
      await recordChoice(
        deps,
        { kind: "opt-out", ...common, via: "voice", author: "kim", note: "asked on the phone" },
        "key:agents",
        null,
      );
      return;
    case "hold":
    case "released":
      return await hold(app, address as AddressKey, fate === "released");
  }
}

/** Which words are unclear is the lexicons' business; here it is enough that somebody must read them. */
async function hold(app: TestApp, address: AddressKey, isReleased: boolean): Promise<void> {
  const { deps, clock } = app;
  const now = clock.now();
  const act: PersonsAct = {
    ...({ kind: "hold", by: "person", source: "shop", text: "hm, maybe enough?" } as const),
    ...{ address, scopes: holdScopes("acme"), via: address.startsWith("+") ? "sms" : "email" },
    ...{ claimedAt: now, receivedAt: now, messageId: `hold-${address}` },
  };
  const held = await recordActs(deps, { key: act.messageId, body: address, acts: [act] });
  clock.pass(1000);
  if (!isReleased || held.status !== "recorded") return;
  const { position } = held.entries[0]!;
  await reviewHold(deps, { position, reading: "release", author: "kim", source: "key:agents" });
  clock.pass(1000);
}

/** In the tables beside the ledger: settings, deliveries (waiting, dead, arrived), cursors, sends. */
async function leaveTraces(app: TestApp): Promise<void> {
  const { deps, clock } = app;
  await leaveSends(app);
  const { store, settings } = deps;
  for (const id of ["north", "south", "east", "west"]) {
    await settings.putSender({
      ...{ id, name: `Shop ${id}`, language: "en", stopCovers: "standard", confirm: true },
      programs: [],
    });
  }
  const now = clock.now();
  for (let position = 1; position <= 40; position += 1) {
    await store.putDelivery({
      ...{ destination: `crm-${position % 2}`, position, token: "ab".repeat(32), attempts: 3 },
      state: position % 5 === 0 ? "dead" : "waiting",
      ...{ nextAttemptAt: now + position, lastError: `answered ${500 + position}` },
    });
  }
  for (const destination of ["crm-0", "crm-1"]) {
    const arrivals = Array.from({ length: 40 }, (_, at) => ({ position: at + 1, at: now + at }));
    await store.addArrivals(destination, arrivals);
    await store.deleteArrivals(destination, now + 5, 5);
  }
  for (const name of ["answer-people", "deliver:crm-0", "deliver:crm-1"]) {
    await store.claimCursor(name, "a server", 1000, now);
    await store.advanceCursor(name, "a server", 17, 1000, now);
  }
}

/** With ids and without, and the first of them gone again. */
async function leaveSends({ deps, clock }: TestApp): Promise<void> {
  const sends = Array.from({ length: 60 }, (_, at) => ({
    ...{ to: `+1212555${1000 + (at % 17)}`, sender: "acme", class: "marketing" },
    ...(at % 2 === 0 ? { messageId: `sent-${at}` } : { subject: `case ${at}` }),
    channel: at % 3 === 0 ? ("voice" as const) : ("sms" as const),
  }));
  await recordSends(deps, sends.slice(0, 10), "key:gateway", null);
  clock.pass(1000);
  await recordSends(deps, sends.slice(10), "key:gateway", null);
  await deps.store.deleteSendsBefore(clock.now(), 7);
}
