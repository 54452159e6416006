// A server as its operator has it, with everything beside it that takes in or hands on addresses: a
// signed source, a receiver that never takes an event and repeats what it got, lists and scrubs.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { Webhook } from "standardwebhooks";
import { type ServedHeed, serveHeed } from "../../test/support/served-heed.ts";
import type { Person } from "./crowd.ts";

const SECRET = `whsec_${Buffer.alloc(32, 9).toString("base64")}`;
const HEADER = "name,phone,mail,note";

export class Site {
  readonly folder: string;
  /** Everything that the servers logged, at the most talkative level. */
  logged = "";
  #served: ServedHeed | null = null;
  #messages = 0;
  #receiver = "";
  readonly #closing: (() => void)[] = [];

  /** `folder` is the site's own: the data folder is in it, and so is the anchor. */
  constructor(folder: string) {
    this.folder = folder;
  }

  get dataFolder(): string {
    return join(this.folder, "data");
  }

  async open(): Promise<void> {
    this.#receiver = await this.#startReceiver();
    await this.start();
    const reply = { provider: "sandbox", config: {} };
    const source = { adapter: "standard-webhook", sender: "acme", config: { secrets: [SECRET] } };
    await this.must("/v1/sources", { id: "shop", ...source, reply });
    const config = { url: this.#receiver, secrets: [SECRET] };
    await this.must("/v1/destinations", { id: "crm", adapter: "webhook", config });
  }

  async start(): Promise<void> {
    const env = { HEED_LOG_LEVEL: "debug", DATABASE_URL: "", HEED_DEFAULT_REGION: "US" };
    const after = (end: () => unknown) => {
      process.once("exit", end);
      this.#closing.push(() => {
        process.off("exit", end);
        end();
      });
    };
    this.#served = await serveHeed({ after }, { dataFolder: this.dataFolder, env });
    const { stderr } = this.#served.process;
    this.logged += this.#served.complained();
    stderr?.on("data", (text: string) => {
      this.logged += text;
    });
  }

  /** SIGTERM stops it properly, SIGKILL does not. */
  async end(name: "SIGTERM" | "SIGKILL"): Promise<void> {
    const child = this.#served?.process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, "exit");
    child.kill(name);
    await exit;
  }

  close(): void {
    for (const close of this.#closing) close();
  }

  async request(path: string, init: RequestInit = {}): Promise<Response> {
    const { url, key } = this.#served!;
    const headers = { authorization: `Bearer ${key}`, ...init.headers };
    return await fetch(`${url}${path}`, { ...init, headers });
  }

  async post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
    return await this.request(path, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
    });
  }

  /** The answer's JSON; throws when it is no success. */
  async must<Answer>(path: string, body: unknown, headers = {}): Promise<Answer> {
    const response = await this.post(path, body, headers);
    const text = await response.text();
    if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
    return JSON.parse(text) as Answer;
  }

  /** What a person wrote, as the shop's provider tells it. */
  async write({ address, channel }: Person, text: string): Promise<void> {
    this.#messages += 1;
    const id = `message-${this.#messages}`;
    const to = channel === "sms" ? "+12125550199" : "shop@example.com";
    const data = { id, channel, from: address, to, text };
    const body = JSON.stringify({ type: "message.received", data });
    const now = new Date();
    const headers = {
      "content-type": "application/json",
      "webhook-id": id,
      "webhook-timestamp": String(Math.floor(now.getTime() / 1000)),
      "webhook-signature": new Webhook(SECRET).sign(id, now, body),
    };
    const response = await this.request("/v1/inbound/shop", { method: "POST", headers, body });
    if (!response.ok) throw new Error(`a message: ${response.status} ${await response.text()}`);
  }

  async pressLink({ address }: Person): Promise<void> {
    const link = await this.must<{ url: string }>("/v1/links", { address, sender: "acme" });
    const body = "List-Unsubscribe=One-Click";
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const { pathname } = new URL(link.url);
    const response = await this.request(pathname, { method: "POST", headers, body });
    if (!response.ok) throw new Error(`a link: ${response.status}`);
  }

  /** By somebody who names the message and what it is about after the person. */
  async tellSent({ address, channel }: Person): Promise<void> {
    const about = { messageId: `to ${address}`, subject: `the case of ${address}` };
    const send = { to: address, sender: "acme", channel, class: "marketing", ...about };
    await this.must("/v1/sends", { sends: [send] }, {});
  }

  async deal({ address }: Person): Promise<void> {
    const evidence = { kind: "order", customer: address };
    const told = { by: "person", evidence, note: `an order of ${address}` };
    await this.must("/v1/dealings", { kind: "purchase", address, sender: "acme", ...told });
  }

  /** What there is, so that nothing is searched that was never filled. */
  async tell(): Promise<string> {
    const kinds = new Map<string, number>();
    for (let after: number | null = 0; after !== null; ) {
      const page = await (await this.request(`/v1/entries?limit=1000&after=${after}`)).json();
      const { entries, next } = page as {
        entries: { act: { kind: string } | null }[];
        next: number;
      };
      for (const { act } of entries) {
        const kind = act?.kind ?? "erased";
        kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
      }
      after = next;
    }
    const parked = (await (
      await this.request("/v1/destinations/crm/deliveries?state=waiting")
    ).json()) as {
      deliveries: unknown[];
    };
    const counts = [...kinds].map(([kind, count]) => `${kind}: ${count}`).join(", ");
    return `entries at the end: ${counts}; deliveries parked: ${parked.deliveries.length}`;
  }

  async loadList(name: string, people: readonly Person[]): Promise<void> {
    const body = ["address,name", ...people.map(({ address }) => `${address},of ${address}`)];
    const query = `kind=do-not-contact&asOf=${new Date().toISOString()}`;
    await this.#upload("PUT", `/v1/lists/${name}?${query}`, body);
    // Older than the copy, so that it is kept beside it and decides nothing.
    const asOf = "2026-01-01T00:00:00Z";
    const answers = people.map(({ address }) => ({ address, listed: true, asOf }));
    if (answers.length > 0) await this.must(`/v1/lists/${name}/answers`, { answers });
  }

  async import(people: readonly Person[]): Promise<void> {
    const body = [
      "address,kind,note",
      ...people.map(({ address }) => `${address},opt-out,"${address}"`),
    ];
    await this.#upload("POST", "/v1/imports?sender=acme&name=old-crm", body);
  }

  /** The rows that were let through, by address; the results stay when they are not deleted. */
  async scrub(people: readonly Person[], isKept: boolean): Promise<ReadonlySet<string>> {
    const [channel] = people.map((person) => person.channel);
    const rows = people.map(({ address }) =>
      channel === "sms" ? `x,${address},,"${address}"` : `x,,${address},${address}`,
    );
    const column = channel === "sms" ? "phone" : "mail";
    const query = `for=${channel}&sender=acme&class=transactional&column=${column}`;
    const made = await this.#upload("POST", `/v1/scrubs?${query}`, [HEADER, ...rows]);
    const { id } = (await made.json()) as { id: string };
    const clean = await (await this.request(`/v1/scrubs/${id}/clean`)).text();
    if (!isKept) await this.request(`/v1/scrubs/${id}`, { method: "DELETE" });
    return new Set(people.map(({ address }) => address).filter((one) => clean.includes(one)));
  }

  async #upload(method: "PUT" | "POST", path: string, lines: readonly string[]): Promise<Response> {
    const headers = { "content-type": "text/csv" };
    const response = await this.request(path, { method, headers, body: `${lines.join("\n")}\n` });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response;
  }

  /** Never takes an event, and says in its refusal all that it was told. */
  async #startReceiver(): Promise<string> {
    const server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      response.writeHead(500, { "x-echo": encodeURIComponent(Buffer.concat(chunks).toString()) });
      response.end(Buffer.concat(chunks));
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    server.unref();
    this.#closing.push(() => {
      server.closeAllConnections();
      server.close();
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  }
}
