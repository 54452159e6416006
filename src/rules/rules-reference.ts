/**
 * The reference of all rules, as Markdown: one table for each place, made from the packs, so that a
 * lawyer reads what is applied and not what somebody wrote about it.
 */
import { describeForce, describeReach, describeRule } from "./describe-rule.ts";
import { DEFAULT_PACK, EVERYWHERE, type RulePack } from "./pack.ts";
import type { Rule } from "./rule-kinds.ts";

const HEAD = `# Rules

Made from \`rulepacks/\` by \`node scripts/build-rules-reference.ts\`; a test says when that was forgotten. What stands here is what
Heed applies, place by place. It is not legal advice, and no lawyer has reviewed it: each value needs a look by one before it is relied on.

All packs that bind a person apply, and the strictest answer wins. **Status**: *disputed* and *unverified* values are used in
their stricter reading, and every answer that rests on one says so. **Grades** of the copies that were read: \`primary\` the text
itself or the regulator's, \`law-firm\` a law firm's or trade body's note, \`vendor\` a provider's documentation, \`press\` anything
else, \`memory\` recalled and not read, \`product\` our own choice.
`;

/** The whole document. */
export function rulesReference(packs: readonly RulePack[]): string {
  const sorted = [...packs].sort(comparePlaces);
  const contents = sorted.map(({ title }) => `- [${title}](#${anchorOf(title)})`);
  return [HEAD, ...contents, "", ...sorted.map(sectionOf)].join("\n");
}

/** By title; what binds everywhere else comes last. */
function comparePlaces(one: RulePack, other: RulePack): number {
  if (one.id === DEFAULT_PACK || other.id === DEFAULT_PACK) return one.id === DEFAULT_PACK ? 1 : -1;
  return one.title < other.title ? -1 : 1;
}

/** As GitHub makes anchors of headings. */
function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-");
}

function sectionOf(pack: RulePack): string {
  const binds =
    pack.binds.length === 0
      ? "every country without a pack of its own"
      : pack.binds.join(", ").replace(EVERYWHERE, "every country");
  const registries = pack.registries.map(
    ({ id, title, access }) => `\`${id}\` (${title}, ${access.replace("-", " ")})`,
  );
  return [
    `## ${pack.title}`,
    "",
    `\`${pack.id}\`, version ${pack.version}. Binds ${binds}.`,
    ...(registries.length === 0 ? [] : [`Registries: ${registries.join("; ")}.`]),
    "",
    "| Rule | What it says | Binds | In force | Status | Written in | Seen in |",
    "|---|---|---|---|---|---|---|",
    ...pack.rules.map(rowOf),
    "",
  ].join("\n");
}

function rowOf(rule: Rule): string {
  const sources = rule.sources.map(({ title, url, grade }) => {
    const name = url === undefined ? title : `[${title}](${url})`;
    return `${name} (${grade})`;
  });
  const doubt = rule.notice === undefined ? "" : ` ${rule.notice}`;
  return `| ${[
    `**${rule.title}** (\`${rule.id}\`)`,
    describeRule(rule),
    describeReach(rule),
    describeForce(rule),
    `${rule.basis}, ${rule.status}.${doubt}`,
    rule.citation,
    `${sources.join("; ")}. Reviewed ${rule.reviewed}.`,
  ]
    .map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", " "))
    .join(" | ")} |`;
}
