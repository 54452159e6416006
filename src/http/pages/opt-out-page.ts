/**
 * The page behind an opt-out link: one sentence, one button, no login, no question. It works without
 * JavaScript and sets no cookie. GET and HEAD change nothing (RFC 9110 §9.2.1); a POST does only
 * when a person pressed the button, or when it is the one-click POST of RFC 8058.
 * How a press is told from a script: docs/decisions/0004-telling-a-press-from-a-script.md.
 * Behind the page that a press shows, and nowhere else, is the link to the proof of the opt-out.
 */
import type { FastifyReply, FastifyRequest } from "fastify";
import { type LinkContents, openLink, optOutByLink } from "../../app/opt-out-link.ts";
import { makeProofToken, openProof } from "../../app/proof-link.ts";
import type { Position } from "../../domain/words.ts";
import { pickTexts, renderText, type Texts } from "../../rules/texts.ts";
import { bytesOf, sentContentType, takeAnyBody } from "../any-body.ts";
import type { Api, ApiServer } from "../api.ts";
import {
  renderAsking,
  renderBroken,
  renderDone,
  renderProofLater,
  stylePolicy,
} from "./opt-out-html.ts";

const config = { access: "open", lane: "person" } as const;
/** RFC 8058 §3.1: the body of a one-click request is exactly this pair. */
const ONE_CLICK = { name: "list-unsubscribe", value: "one-click" };
const BODY_LIMIT = 16 * 1024;

interface LinkRoute {
  Params: { token: string };
  /** A name that comes twice has several values. */
  Querystring: { lang?: string | string[] };
}

export async function addOptOutPage(server: ApiServer, api: Api): Promise<void> {
  await server.register(async (pages: ApiServer) => {
    // Mail clients send forms in both encodings, and some with a header that fits neither.
    takeAnyBody(pages);
    const options = { config, helmet: stylePolicy, schema: { hide: true } };
    pages.get<LinkRoute>("/u/:token", options, async (request, reply) => {
      const link = openLink(api.deps.secrets.linkKey, request.params.token);
      return show(api, request, reply, link, link === null ? "broken" : "asking");
    });
    pages.post<LinkRoute>(
      "/u/:token",
      { ...options, bodyLimit: BODY_LIMIT },
      async (request, reply) => {
        const { token } = request.params;
        const fields = await readForm(request);
        if (isOneClick(fields)) {
          await optOutByLink(api.deps, { how: "one-click", token });
          return reply.type("text/plain; charset=utf-8").send("OK\n");
        }
        const link = openLink(api.deps.secrets.linkKey, token);
        if (link === null) return show(api, request, reply, link, "broken");
        if (fields.get("action") !== "opt-out" || !isPressedByPerson(request)) {
          return show(api, request, reply, link, "again");
        }
        const { language } = textsFor(api, request, link);
        const optOut = await optOutByLink(api.deps, { how: "page", token, language });
        return show(api, request, reply, link, "done", await proofOf(api, optOut));
      },
    );
    pages.get<LinkRoute>("/u/proof/:token", options, async (request, reply) => {
      const outcome = await openProof(api.deps, request.params.token);
      if (outcome.status === "later") reply.code(503).header("retry-after", "60");
      if (outcome.status === "none") reply.code(404);
      if (outcome.status !== "proof") {
        return show(api, request, reply, null, outcome.status === "later" ? "later" : "broken");
      }
      return reply
        .type("application/json; charset=utf-8")
        .header("content-disposition", `attachment; filename="${outcome.fileName}"`)
        .header("x-robots-tag", "noindex")
        .send(`${JSON.stringify(outcome.receipt, null, 2)}\n`);
    });
  });
}

/** The opt-out is in force by now: that its proof cannot be linked must not make it look failed. */
async function proofOf(api: Api, optOut: Position | null): Promise<string | null> {
  try {
    return optOut === null ? null : await makeProofToken(api.deps, optOut);
  } catch (error) {
    api.deps.log.error({ err: error, position: optOut }, "a link to a proof could not be made");
    return null;
  }
}

/** The fields of a form in either encoding. What cannot be read has no fields. */
async function readForm(request: FastifyRequest): Promise<URLSearchParams> {
  const body = bytesOf(request);
  const contentType = sentContentType(request);
  const fields = new URLSearchParams();
  if (/^multipart\/form-data/i.test(contentType)) {
    const form = await new Response(Buffer.from(body), {
      headers: { "content-type": contentType },
    })
      .formData()
      .catch(() => new FormData());
    for (const [name, value] of form) if (typeof value === "string") fields.append(name, value);
    return fields;
  }
  return new URLSearchParams(new TextDecoder().decode(body).trim());
}

function isOneClick(fields: URLSearchParams): boolean {
  return [...fields].some(
    ([name, value]) =>
      name.toLowerCase() === ONE_CLICK.name && value.trim().toLowerCase() === ONE_CLICK.value,
  );
}

/**
 * Chromium and Firefox send `Sec-Fetch-User` only for what a person activated, and only to https
 * and localhost. Where a browser of these sends fetch metadata without it, a script submitted.
 */
function isPressedByPerson(request: FastifyRequest): boolean {
  const { headers } = request;
  const sendsActivation =
    headers["sec-ch-ua"] !== undefined || /Firefox\/|Chrome\//.test(headers["user-agent"] ?? "");
  if (headers["sec-fetch-mode"] === undefined || !sendsActivation) return true;
  return headers["sec-fetch-mode"] === "navigate" && headers["sec-fetch-user"] === "?1";
}

type Scene = "asking" | "again" | "done" | "later" | "broken";

function show(
  api: Api,
  request: FastifyRequest<LinkRoute>,
  reply: FastifyReply,
  link: LinkContents | null,
  scene: Scene,
  proof: string | null = null,
): FastifyReply {
  const texts = textsFor(api, request, link);
  const sender =
    link === null ? "" : (api.deps.settings.senders.get(link.sender)?.name ?? link.sender);
  const parts = {
    texts,
    languages: api.deps.texts,
    // Isolated (Unicode UAX #9), so that a Latin name does not turn an Arabic sentence around.
    say: (template: string) => renderText(template, { sender: `\u2068${sender}\u2069` }),
  };
  reply
    .type("text/html; charset=utf-8")
    .header("content-language", texts.language)
    .header("vary", "accept-language")
    .header("x-robots-tag", "noindex");
  if (scene === "broken") return reply.send(renderBroken(parts));
  if (scene === "later") return reply.send(renderProofLater(parts));
  if (scene === "done") {
    // Relative, as all links here: people may reach this server under another path than it knows.
    const href = proof === null ? null : `proof/${proof}?lang=${texts.language}`;
    return reply.send(renderDone(parts, href));
  }
  return reply.send(renderAsking(parts, scene === "again"));
}

/** Language: as chosen on the page, as the link says, as the browser asks, as the sender speaks. */
function textsFor(api: Api, request: FastifyRequest<LinkRoute>, link: LinkContents | null): Texts {
  const sender = link === null ? undefined : api.deps.settings.senders.get(link.sender);
  const wanted = [
    ...[request.query.lang].flat(),
    link?.language,
    ...acceptedLanguages(request.headers["accept-language"]),
    sender?.language,
  ].flatMap((tag) => (tag === undefined || tag === "" ? [] : [tag]));
  return pickTexts(api.deps.texts, wanted);
}

/** RFC 9110 §12.5.4, best first; only the first few, because anybody can send thousands. */
function acceptedLanguages(header: string | undefined): string[] {
  return (header ?? "")
    .slice(0, 500)
    .split(",")
    .slice(0, 10)
    .map((part) => {
      const [tag = "", ...parameters] = part.trim().split(";");
      const weight = parameters.find((one) => one.trim().startsWith("q="));
      return { tag: tag.trim(), quality: weight === undefined ? 1 : Number(weight.split("=")[1]) };
    })
    .filter(({ tag, quality }) => tag !== "" && tag !== "*" && quality > 0)
    .sort((a, b) => b.quality - a.quality)
    .map(({ tag }) => tag);
}
