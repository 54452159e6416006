/**
 * The sandbox: one page that makes the product understood in a minute. Development only. It is
 * given a key and a signing secret, so it answers on this machine's own addresses and to nobody else.
 */
import { readFileSync } from "node:fs";
import type { FastifyRequest } from "fastify";
import type { Deps } from "../../app/deps.ts";
import type { ApiServer, SandboxParts } from "../api.ts";

/** Fictional numbers (NANPA reserves 555-0100 to 555-0199); New York, so that hours can be seen. */
const PHONE = "+12125550123";
const BRAND_NUMBER = "+12125550199";
const ZONE = "America/New_York";

const FILES = [
  { path: "/sandbox/sandbox.css", file: "sandbox.css", type: "text/css; charset=utf-8" },
  { path: "/sandbox/sandbox.js", file: "sandbox.js", type: "text/javascript; charset=utf-8" },
] as const;

/** Names of this machine. Any other `Host` may be a foreign page that had its name point here. */
const OWN_NAMES = new Set(["localhost", "127.0.0.1", "[::1]", "::1"]);

/** Scripts and styles of its own, calls to its own origin, and nothing else. */
const options = {
  config: { access: "open", lane: "open" },
  schema: { hide: true },
  helmet: {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        connectSrc: ["'self'"],
        imgSrc: ["data:"],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
  },
} as const;

export function addSandboxPage(server: ApiServer, deps: Deps, sandbox: SandboxParts): void {
  const page = readPage("sandbox.html");
  server.get("/sandbox", options, async (request, reply) => {
    if (!isFromThisMachine(request)) {
      return reply
        .code(403)
        .type("text/plain; charset=utf-8")
        .send(
          "The sandbox holds a key, so it opens on the machine it runs on only: http://127.0.0.1 or http://localhost\n",
        );
    }
    const settings = JSON.stringify({
      phone: PHONE,
      brandNumber: BRAND_NUMBER,
      zone: ZONE,
      key: sandbox.key,
      sender: sandbox.sender,
      source: sandbox.source,
      secret: secretOf(deps, sandbox.source),
    }).replaceAll("<", "\\u003c");
    return reply
      .type("text/html; charset=utf-8")
      .header("cache-control", "no-store")
      .send(page.replace("__SETTINGS__", () => settings));
  });
  for (const { path, file, type } of FILES) {
    const contents = readPage(file);
    server.get(path, options, async (_request, reply) =>
      reply.type(type).header("cache-control", "no-cache").send(contents),
    );
  }
  server.get<{ Querystring: { after?: string } }>("/sandbox/messages", options, async (request) => {
    const after = Number(request.query.after ?? 0);
    return { messages: sandbox.outbox.read(Number.isSafeInteger(after) ? after : 0, PHONE) };
  });
}

function isFromThisMachine(request: FastifyRequest): boolean {
  return OWN_NAMES.has(request.hostname) && /^(::ffff:)?127\.|^::1$/.test(request.ip);
}

function readPage(name: string): string {
  return readFileSync(new URL(`./sandbox/${name}`, import.meta.url), "utf8");
}

function secretOf(deps: Deps, sourceId: string): string {
  const config = deps.settings.sources.get(sourceId)?.config as { secrets?: string[] } | undefined;
  return config?.secrets?.[0] ?? "";
}
