/** The frame of the documentation pages: one style sheet, no script, nothing from elsewhere. */
import { createHash } from "node:crypto";

export function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}

const STYLE = `
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 22%, transparent); }
* { box-sizing: border-box; }
body { font: 16px/1.55 system-ui, sans-serif; margin: 0 auto; max-width: 62rem; padding: 1rem; }
h1 { line-height: 1.2; }
h2 { border-bottom: 1px solid var(--line); margin-top: 3rem; padding-bottom: .25rem; }
section.route { border: 1px solid var(--line); border-radius: .5rem; margin: 1rem 0; padding: 0 1rem 1rem; }
section.route h3 { font-size: 1.05rem; }
code, pre { font-family: ui-monospace, monospace; font-size: .9em; }
pre { background: color-mix(in srgb, currentColor 7%, transparent); border-radius: .375rem;
  overflow-x: auto; padding: .75rem; }
.scroll { margin: 1rem 0; overflow-x: auto; }
table { border-collapse: collapse; min-width: 100%; }
caption { font-weight: 600; padding: .35rem 0; text-align: left; }
th, td { border-bottom: 1px solid var(--line); padding: .35rem .75rem .35rem 0; text-align: left;
  vertical-align: top; }
.method { display: inline-block; font-weight: 700; min-width: 4.75rem; }
a { color: inherit; text-underline-offset: .15em; }
a:focus-visible, summary:focus-visible, [tabindex]:focus-visible { outline: 3px solid Highlight; outline-offset: 2px; }
nav ul { columns: 2; list-style: none; padding: 0; }
@media (max-width: 40rem) { nav ul { columns: 1; } }
`;

const hash = createHash("sha256").update(STYLE).digest("base64");

export const page = {
  /** Options of a route that sends such a page. */
  helmet: {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        styleSrc: [`'sha256-${hash}'`],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
  },
  /** `body` is HTML; `title` is text. */
  render(title: string, body: string): string {
    return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)} · Heed</title>
<style>${STYLE}</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`;
  },
};
