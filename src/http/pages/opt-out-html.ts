/** The opt-out page as HTML: no script, one style sheet in the page, a few kilobytes in all. */
import { createHash } from "node:crypto";
import type { Texts } from "../../rules/texts.ts";
import { escapeHtml as esc } from "../html.ts";

export interface PageParts {
  readonly texts: Texts;
  readonly languages: readonly Texts[];
  /** Fills the sender's name into a template. */
  readonly say: (template: string) => string;
}

const STYLE = `
:root { color-scheme: light dark; --paper: #f6f5f1; --card: #fff; --ink: #1d2125; --quiet: #565c64;
  --line: #d9d6cd; --button: #1f4e79; --button-ink: #fff; }
@media (prefers-color-scheme: dark) { :root { --paper: #14171a; --card: #1d2227; --ink: #e9eaec;
  --quiet: #adb4bc; --line: #363d45; --button: #8ec1f0; --button-ink: #0d1a26; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1.125rem/1.6 system-ui, sans-serif; }
main { max-width: 34rem; margin: 8vh auto 2rem; padding: 2rem 1.5rem; background: var(--card);
  border: 1px solid var(--line); border-radius: 1rem; }
@media (max-width: 38rem) { main { margin: 1rem; } }
h1 { margin: 0 0 .75rem; font-size: 1.5rem; line-height: 1.3; overflow-wrap: anywhere; }
p { margin: 0 0 1.25rem; overflow-wrap: anywhere; }
button { font: inherit; font-weight: 600; width: 100%; min-height: 3.25rem; padding: .6rem 1rem; cursor: pointer;
  color: var(--button-ink); background: var(--button); border: 0; border-radius: .6rem; }
.proof { margin: 0; padding-top: 1rem; border-top: 1px solid var(--line); }
.proof a { display: inline-block; padding: .35rem 0; color: var(--button); }
.proof small { font-size: .95rem; color: var(--quiet); }
:focus-visible { outline: 3px solid var(--button); outline-offset: 3px; }
nav { max-width: 34rem; margin: 0 auto 2rem; padding: 0 1.5rem; color: var(--quiet); font-size: .95rem; }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1rem; list-style: none; margin: 0; padding: 0; }
nav a { color: inherit; display: inline-block; padding: .35rem 0; }
nav a[aria-current] { font-weight: 700; text-decoration: none; }
`;

const styleHash = createHash("sha256").update(STYLE).digest("base64");

/** Nothing is loaded from anywhere, and the form goes nowhere but here. */
export const stylePolicy = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      styleSrc: [`'sha256-${styleHash}'`],
      baseUri: ["'none'"],
      formAction: ["'self'"],
      frameAncestors: ["'none'"],
    },
  },
};

export function renderAsking(parts: PageParts, again: boolean): string {
  const { texts, say } = parts;
  const page = texts.optOutPage;
  return frame(parts, say(page.title), [
    `<h1>${esc(say(page.heading))}</h1>`,
    again ? `<p role="alert"><strong>${esc(page.pressAgain)}</strong></p>` : "",
    `<p>${esc(say(page.explanation))}</p>`,
    // The pressed button names itself; a script's form.submit() leaves the name out.
    `<form method="post" action="?lang=${texts.language}">`,
    `<button type="submit" name="action" value="opt-out">${esc(page.button)}</button>`,
    "</form>",
  ]);
}

/** `proofHref` leads to the receipt; `null` when there is none to give. */
export function renderDone(parts: PageParts, proofHref: string | null): string {
  const page = parts.texts.optOutPage;
  return frame(parts, parts.say(page.title), [
    `<h1 role="status">${esc(page.doneHeading)}</h1>`,
    `<p>${esc(parts.say(page.doneText))}</p>`,
    proofHref === null
      ? ""
      : `<p class="proof"><a href="${esc(proofHref)}">${esc(page.keepProof)}</a><br>` +
        `<small>${esc(page.proofText)}</small></p>`,
  ]);
}

export function renderProofLater(parts: PageParts): string {
  const page = parts.texts.optOutPage;
  return frame(parts, page.proofLaterHeading, [
    `<h1>${esc(page.proofLaterHeading)}</h1>`,
    `<p>${esc(page.proofLaterText)}</p>`,
  ]);
}

export function renderBroken(parts: PageParts): string {
  const page = parts.texts.optOutPage;
  return frame(parts, page.brokenHeading, [
    `<h1>${esc(page.brokenHeading)}</h1>`,
    `<p>${esc(page.brokenText)}</p>`,
  ]);
}

function frame(parts: PageParts, title: string, body: readonly string[]): string {
  const { language, direction, optOutPage } = parts.texts;
  const links = parts.languages.map((other) => {
    const current = other.language === language ? ' aria-current="true"' : "";
    return (
      `<li><a href="?lang=${other.language}" hreflang="${other.language}" ` +
      `lang="${other.language}" dir="${other.direction}"${current}>${esc(other.name)}</a></li>`
    );
  });
  return `<!doctype html>
<html lang="${language}" dir="${direction}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${esc(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
${body.filter((line) => line !== "").join("\n")}
</main>
<nav aria-label="${esc(optOutPage.languages)}">
<ul>
${links.join("\n")}
</ul>
</nav>
</body>
</html>
`;
}
