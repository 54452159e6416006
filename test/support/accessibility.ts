/** Runs axe in the page: WCAG 2.2 A and AA. */
import { createRequire } from "node:module";
import type { Page } from "playwright-core";

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

/** What axe holds against the page, in words; empty when there is nothing. */
export async function accessibilityFaults(page: Page): Promise<readonly string[]> {
  // The page's own content security policy forbids foreign scripts, so axe runs from outside it.
  await page.evaluate(await import("node:fs").then((fs) => fs.readFileSync(AXE, "utf8")));
  return page.evaluate(async () => {
    const axe = (globalThis as unknown as { axe: { run(options: object): Promise<AxeResult> } })
      .axe;
    const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
    const { violations } = await axe.run({ runOnly: { type: "tag", values: tags } });
    return violations.map(
      (one) =>
        `${one.id}: ${one.help} (${one.nodes.map((node) => node.target.join(" ")).join(", ")})`,
    );
  });
}

interface AxeResult {
  readonly violations: readonly {
    readonly id: string;
    readonly help: string;
    readonly nodes: readonly { readonly target: readonly string[] }[];
  }[];
}
