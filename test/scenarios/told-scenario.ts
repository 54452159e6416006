// A pack's scenario, told to a real Heed: what it has on record goes in through the public doors, each
// thing at the instant at which it came. What no door takes is an error, never left out.
import {
  addSender,
  answerList,
  enterAct,
  enterDealing,
  enterWords,
  importAct,
  type ListFact,
  loadList,
  positionsOf,
} from "../../scenarios/doors.ts";
import type { World } from "../../scenarios/world.ts";
import { DEALING_KINDS } from "../../src/domain/act.ts";
import { SCENARIO_SENDER, type Scenario, scenarioEvents } from "../../src/rules/scenario.ts";
import type { ScenarioEvent } from "../../src/rules/scenario-shape.ts";

/** One thing that happens, and when. */
export interface Step {
  readonly at: number;
  run(world: World): Promise<void>;
}

/** Another address of the person, of the same kind, for scenarios that speak of one. */
const OTHER_ADDRESSES = { phone: "+15005550007", email: "the-same-person@example.com" };
const ALL = "all";

export class ToldScenario {
  readonly scenario: Scenario;
  readonly #tag: string;

  /** `tag` sets the senders of this scenario apart from those of all others. */
  constructor(scenario: Scenario, tag: string) {
    this.scenario = scenario;
    this.#tag = tag;
  }

  get at(): number {
    return Date.parse(this.scenario.at);
  }

  get addresses(): readonly string[] {
    const isOther = this.#events.some((event) => event.otherAddress === true);
    return isOther ? [this.scenario.to, this.#otherAddress] : [this.scenario.to];
  }

  /** Whether something on record is about the person, whoever the sender is. */
  get bindsOtherSenders(): boolean {
    const { sends = [], lists = [] } = this.scenario;
    return (
      sends.length > 0 ||
      lists.some((fact) => fact.consentAt !== undefined || fact.listed === null) ||
      this.#events.some((event) => event.kind === "erasure" || event.scope?.sender === ALL)
    );
  }

  /** What happens before the question, in order; then `ask` with it, and everything shared is undone. */
  steps(ask: (world: World, question: object) => Promise<void>): readonly Step[] {
    const before = this.#events.map((event, index) => {
      const at = Date.parse(event.receivedAt ?? event.at);
      if (at > this.at) throw new Error(`${this.scenario.name}: received after the question`);
      return { at, run: (world: World) => this.#enter(world, event, index) };
    });
    const first = Math.min(this.at, ...before.map(({ at }) => at));
    return [
      { at: first, run: (world) => this.#addSenders(world) },
      ...before,
      { at: this.at, run: (world) => this.#ask(world, ask) },
    ];
  }

  async #ask(world: World, ask: (world: World, question: object) => Promise<void>): Promise<void> {
    const positions = await this.#positions(world);
    await this.#loadLists(world);
    await this.#recordSends(world, positions);
    await this.#suspend(world);
    await ask(world, this.#question(positions));
    await this.#resume(world);
  }

  get #events(): readonly ScenarioEvent[] {
    return scenarioEvents(this.scenario);
  }

  get #otherAddress(): string {
    return OTHER_ADDRESSES[this.scenario.to.includes("@") ? "email" : "phone"];
  }

  /** `acme` is `acme-us-17` here, so that scenarios about the same number stay apart. */
  #sender(name: string = SCENARIO_SENDER): string {
    return name === ALL ? ALL : `${name}-${this.#tag}`;
  }

  async #addSenders(world: World): Promise<void> {
    const { senderName = "Acme", sends = [] } = this.scenario;
    const names = [...this.#events, ...sends].flatMap((each) => each.sender ?? []);
    const scopes = this.#events.flatMap(({ scope }) => scope ?? []);
    const programs = [this.scenario, ...scopes].flatMap(({ program }) => program ?? []);
    const own = [...new Set(programs)].filter((program) => program !== ALL);
    await addSender(world, this.#sender(), senderName, own);
    const others = new Set([...names, ...scopes.flatMap(({ sender }) => sender ?? [])]);
    for (const name of others) {
      if (name !== ALL && name !== SCENARIO_SENDER)
        await addSender(world, this.#sender(name), name);
    }
  }

  async #enter(world: World, event: ScenarioEvent, index: number): Promise<void> {
    const { kind, at, by = "person", evidence = true } = event;
    const told = {
      id: this.#messageId(event.id ?? String(index)),
      sender: this.#sender(event.sender),
      address: event.otherAddress === true ? this.#otherAddress : this.scenario.to,
      at,
      by,
    };
    const { address } = told;
    const isDealing = (DEALING_KINDS as readonly string[]).includes(kind);
    const isChoice = kind === "opt-in" || kind === "opt-out";
    if (event.scope !== undefined && !isChoice) throw this.#cannotSay(`a scope of ${kind}`, by);
    // The way in says by itself which way it is; of dealings somebody writes it down.
    if (event.via !== undefined && (!isDealing || by === "import")) {
      throw this.#cannotSay(`\`via\` with ${kind}`, by);
    }
    if (kind === "erasure") return void (await world.must("POST", "/v1/erasures", { address, by }));
    if (kind === "hold") {
      return void (await world.must("POST", "/v1/holds", { address, sender: told.sender, by, at }));
    }
    if (isDealing) {
      if (!evidence && by !== "import") throw this.#cannotSay("a dealing without evidence", by);
      const proof = evidence ? "a scenario" : undefined;
      return enterDealing(world, { ...told, kind, via: event.via, evidence: proof });
    }
    if (!evidence) return this.#importUnproven(world, event, told);
    if (event.stopOn !== undefined) return this.#say(world, event.stopOn, "STOP", told);
    return enterAct(world, {
      ...told,
      kind: kind === "opt-in" ? "opt-in" : "opt-out",
      scopes: [this.#scope(event)],
      evidence: { kind: "record", text: "a scenario" },
      level: kind === "opt-in" ? (event.level ?? "express") : undefined,
    });
  }

  /** A plain STOP is what the person wrote, and the recogniser reads it. */
  #say(world: World, channel: string, text: string, told: { by: string } & Words): Promise<void> {
    if (told.by !== "person") throw this.#cannotSay("a plain STOP", told.by);
    return enterWords(world, { ...told, channel, text });
  }

  /** Only an import puts on record what nothing proves; every other door refuses it. */
  async #importUnproven(world: World, event: ScenarioEvent, told: Words): Promise<void> {
    const { by, level } = event;
    if (by !== "import") throw this.#cannotSay(`${event.kind} without evidence`, by ?? "person");
    const { channel, program, class: messageClass } = this.#scope(event);
    const named = (value: string) => (value === ALL ? undefined : value);
    await importAct(world, {
      ...told,
      ...{ kind: event.kind, channel, level },
      program: named(program),
      class: named(messageClass),
    });
  }

  #cannotSay(what: string, by: string): Error {
    return new Error(`${this.scenario.name}: no door takes ${what} by ${by}`);
  }

  #messageId(id: string): string {
    return `${this.#tag}-${id}`;
  }

  #scope({ sender, scope = {} }: Pick<ScenarioEvent, "sender" | "scope">) {
    const { scenario } = this;
    return {
      sender: this.#sender(scope.sender ?? sender),
      channel: scope.channel ?? scenario.channel,
      program: scope.program ?? ALL,
      class: scope.class ?? scenario.class,
      use: scope.use ?? scenario.use ?? "contact",
    };
  }

  async #positions(world: World): Promise<ReadonlyMap<string, number>> {
    return this.scenario.confirms === undefined
      ? new Map()
      : positionsOf(world, [this.scenario.to]);
  }

  #confirmed(positions: ReadonlyMap<string, number>): { confirms?: number } {
    const { confirms, name } = this.scenario;
    if (confirms === undefined) return {};
    const position = positions.get(this.#messageId(confirms.event));
    if (position === undefined) throw new Error(`${name}: \`${confirms.event}\` is not on record`);
    return { confirms: position };
  }

  /** A registry that answers about single numbers answers; of the others a copy is loaded. */
  async #loadLists(world: World): Promise<void> {
    for (const { list, asOf, listed, ...rest } of this.scenario.lists ?? []) {
      // Nobody loaded it, and nobody asked: there is nothing to enter.
      if (asOf === null && listed === null) continue;
      if (asOf === null) throw new Error(`${this.scenario.name}: ${list} is of no date`);
      const fact: ListFact = { ...rest, name: list, address: this.scenario.to, listed, asOf };
      if (rest.consentAt === undefined && listed !== null) await loadList(world, fact);
      else if ((await answerList(world, fact)) !== 1) throw new Error(`${list} took no answer`);
    }
  }

  async #recordSends(world: World, positions: ReadonlyMap<string, number>): Promise<void> {
    const { to, channel, class: ownClass, sends = [], confirms } = this.scenario;
    const before = sends.map((sent) => ({
      ...{ to, channel, class: ownClass, ...sent },
      sender: this.#sender(sent.sender),
    }));
    const confirmed = {
      ...{ to, channel, class: "confirmation", at: this.scenario.at, by: "provider" },
      sender: this.#sender(),
      ...this.#confirmed(positions),
    };
    const all = confirms?.alreadyConfirmed === true ? [...before, confirmed] : before;
    if (all.length > 0) await world.must("POST", "/v1/sends", { sends: all });
  }

  async #suspend(world: World): Promise<void> {
    for (const [index, suspension] of (this.scenario.suspensions ?? []).entries()) {
      await world.must("PUT", this.#suspensionUrl(index), suspension);
    }
  }

  /** The next scenario of the area is asked at this instant or later, when it is over. */
  async #resume(world: World): Promise<void> {
    for (const index of (this.scenario.suspensions ?? []).keys()) {
      await world.must("DELETE", this.#suspensionUrl(index));
    }
  }

  #suspensionUrl(index: number): string {
    return `/v1/suspensions/area-${this.#tag}-${index}`;
  }

  /** The body of POST /v1/check. */
  #question(positions: ReadonlyMap<string, number>): object {
    const { scenario } = this;
    const { to, channel, class: messageClass, at, use, program, senderType, callKind } = scenario;
    const { topic, subject, text, isReply, usefulUntil, known } = scenario;
    const otherAddresses = this.addresses.slice(1);
    const others = otherAddresses.length === 0 ? {} : { otherAddresses };
    return {
      ...{ to, sender: this.#sender(), channel, class: messageClass, at, use, program, senderType },
      ...{ callKind, topic, subject, text, isReply, usefulUntil },
      ...this.#confirmed(positions),
      known:
        known === undefined && otherAddresses.length === 0 ? undefined : { ...known, ...others },
    };
  }
}

interface Words {
  readonly id: string;
  readonly sender: string;
  readonly address: string;
  readonly at: string;
}
