/**
 * The API reference as one page, made from the OpenAPI document: every route with what it takes,
 * what it answers, its problems and a call to copy. No script, nothing from elsewhere.
 */
import { escapeHtml as esc, page } from "./html.ts";

export interface OpenApiDocument {
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly servers: readonly { readonly url: string }[];
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

interface Operation {
  readonly summary?: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly security?: readonly object[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { description?: string; content?: Content }>>;
}

type Content = Readonly<Record<string, { readonly schema?: Schema; readonly example?: unknown }>>;

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly description?: string;
  readonly schema: Schema;
}

interface Schema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
}

interface Route {
  readonly path: string;
  readonly method: string;
  readonly operation: Operation;
}

export function renderReference(document: OpenApiDocument): string {
  const routes: Route[] = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({ path, method, operation })),
  );
  const groups = document.tags
    .map((tag) => ({
      tag,
      routes: routes.filter((route) => route.operation.tags?.includes(tag.name)),
    }))
    .filter((group) => group.routes.length > 0);
  const { title, version, description } = document.info;
  const url = document.servers[0]?.url ?? "";
  const body = `<h1>${esc(title)} API</h1>
<p>Version ${esc(version)} · <a href="/openapi.json">OpenAPI 3.1 document</a></p>
${paragraphs(description)}
<p>Send your key with every request: <code>Authorization: Bearer heed_…</code>. The examples read
it from the environment variable <code>HEED_API_KEY</code>.</p>
<nav aria-label="Routes">
${groups.map((group) => contentsOf(group.tag.name, group.routes)).join("\n")}
</nav>
${groups.map((group) => renderGroup(group.tag, group.routes, url)).join("\n")}`;
  return page.render("API reference", body);
}

function contentsOf(name: string, routes: readonly Route[]): string {
  const links = routes.map(
    (route) => `<li><a href="#${anchorOf(route)}">${methodOf(route)} ${esc(route.path)}</a></li>`,
  );
  return `<p><strong>${esc(name)}</strong></p><ul>${links.join("")}</ul>`;
}

function renderGroup(
  tag: OpenApiDocument["tags"][number],
  routes: readonly Route[],
  url: string,
): string {
  return `<h2>${esc(tag.name)}</h2><p>${esc(tag.description)}</p>
${routes.map((route) => renderRoute(route, url)).join("\n")}`;
}

function renderRoute(route: Route, url: string): string {
  const { operation } = route;
  const anchor = anchorOf(route);
  const name = `${methodOf(route)} <code>${esc(route.path)}</code>: ${esc(operation.summary ?? "")}`;
  return `<section class="route" id="${anchor}" aria-labelledby="${anchor}-name">
<h3 id="${anchor}-name">${name}</h3>
${paragraphs(operation.description ?? "")}
${renderParameters(operation.parameters ?? [])}
${renderBody(operation)}
${renderAnswers(operation)}
<p>Example:</p>
<pre tabindex="0"><code>${esc(curlOf(route, url))}</code></pre>
</section>`;
}

function renderParameters(parameters: readonly Parameter[]): string {
  if (parameters.length === 0) return "";
  const rows = parameters.map((parameter) =>
    row(
      parameter.name,
      `${parameter.in}${parameter.required === true ? ", required" : ""}`,
      parameter.schema,
      parameter.description ?? parameter.schema.description,
    ),
  );
  return table("Parameters", rows);
}

function renderBody(operation: Operation): string {
  return Object.entries(operation.requestBody?.content ?? {})
    .map(([type, { schema }]) => table(`Body (${type})`, rowsOf(schema ?? {})))
    .join("");
}

function renderAnswers(operation: Operation): string {
  const answers = Object.entries(operation.responses);
  const good = answers.filter(([status]) => status.startsWith("2"));
  const bad = answers.filter(([status]) => !status.startsWith("2"));
  const tables = good.map(([status, answer]) => {
    const schema = Object.values(answer.content ?? {})[0]?.schema;
    const rows = schema === undefined ? [] : rowsOf(schema);
    const caption = `Answer ${status}`;
    return rows.length === 0
      ? `<p>${caption}: ${esc(answer.description ?? "")}</p>`
      : table(caption, rows);
  });
  const problems = bad.map(
    ([status, answer]) =>
      `<tr><th scope="row">${esc(status)}</th><td>${inline(answer.description ?? "")}</td></tr>`,
  );
  const folded = `<details><summary>Problems</summary>${table("By status", problems)}</details>`;
  return `${tables.join("")}${folded}`;
}

/** One row for each member, members of members below their parent, with dots in the name. */
function rowsOf(schema: Schema, prefix = "", depth = 0): readonly string[] {
  if (schema.anyOf !== undefined) {
    return schema.anyOf.flatMap((form) => rowsOf(form, prefix, depth));
  }
  if (schema.items !== undefined) return rowsOf(schema.items, `${prefix}[]`, depth);
  return Object.entries(schema.properties ?? {}).flatMap(([name, member]) => {
    const full = prefix === "" ? name : `${prefix}.${name}`;
    const needed = schema.required?.includes(name) === true ? "required" : "optional";
    const inner = depth < 3 ? rowsOf(member, full, depth + 1) : [];
    return [row(full, needed, member, member.description), ...inner];
  });
}

function row(name: string, needed: string, schema: Schema, description = ""): string {
  const standard =
    schema.default === undefined
      ? ""
      : ` Default: <code>${esc(JSON.stringify(schema.default))}</code>`;
  const cells = [esc(needed), inline(typeOf(schema)), `${inline(description)}${standard}`];
  const rest = cells.map((cell) => `<td>${cell}</td>`).join("");
  return `<tr><th scope="row"><code>${esc(name)}</code></th>${rest}</tr>`;
}

function typeOf(schema: Schema): string {
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${value}\``).join(" | ");
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.anyOf !== undefined) return [...new Set(schema.anyOf.map(typeOf))].join(" | ");
  if (schema.items !== undefined) return `list of ${typeOf(schema.items)}`;
  return [schema.type ?? "anything"].flat().join(" | ");
}

function table(caption: string, rows: readonly string[]): string {
  if (rows.length === 0) return "";
  const body = `<caption>${esc(caption)}</caption><tbody>${rows.join("")}</tbody>`;
  // What scrolls sideways on a phone must be reachable without a mouse (WCAG 2.1.1).
  return `<div class="scroll" tabindex="0"><table>${body}</table></div>`;
}

function curlOf(route: Route, url: string): string {
  const { operation, method, path } = route;
  const parts = [`curl -sS${method === "get" ? "" : ` -X ${method.toUpperCase()}`}`];
  const query = (operation.parameters ?? [])
    .filter((parameter) => parameter.in === "query" && parameter.required === true)
    .map((parameter) => `${parameter.name}=…`);
  const target = `${url}${path.replaceAll(/\{(\w+)\}/g, "<$1>")}`;
  parts.push(`'${target}${query.length === 0 ? "" : `?${query.join("&")}`}'`);
  if ((operation.security ?? []).length > 0) {
    parts.push(`-H "Authorization: Bearer $HEED_API_KEY"`);
  }
  const [type, body] = Object.entries(operation.requestBody?.content ?? {})[0] ?? [];
  if (type === "application/json") {
    parts.push("-H 'Content-Type: application/json'");
    parts.push(`-d '${JSON.stringify(body?.example ?? {})}'`);
  } else if (type !== undefined) {
    parts.push(`-H 'Content-Type: ${type}'`, "-T contacts.csv");
  }
  return parts.join(" \\\n  ");
}

function methodOf(route: Route): string {
  return `<span class="method">${route.method.toUpperCase()}</span>`;
}

function anchorOf(route: Route): string {
  return esc(`${route.method}${route.path.replaceAll(/[^A-Za-z0-9]+/g, "-")}`);
}

/** Text with `code` in backticks. */
function inline(text: string): string {
  return esc(text).replaceAll(/`([^`]+)`/g, "<code>$1</code>");
}

function paragraphs(text: string): string {
  return text
    .split(/\n\n+/)
    .filter((part) => part.trim() !== "")
    .map((part) => `<p>${inline(part)}</p>`)
    .join("\n");
}
