/** Pictures that the README shows. Taken in every run, kept only when HEED_SCREENSHOTS is set. */
import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";

const FOLDER = fileURLToPath(new URL("../../docs/images/", import.meta.url));

export async function takeScreenshot(page: Page, name: string): Promise<void> {
  const keep = process.env.HEED_SCREENSHOTS === "1";
  if (keep) await mkdir(FOLDER, { recursive: true });
  await page.screenshot({ fullPage: true, ...(keep ? { path: `${FOLDER}${name}.png` } : {}) });
}
