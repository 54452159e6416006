/** The reference page in a real browser: readable by everybody, styled, and on a phone too. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { accessibilityFaults } from "../support/accessibility.ts";
import { launchChromium } from "../support/chromium.ts";
import { startTestHeed } from "../support/heed.ts";

test("the reference page has no accessibility fault and does not scroll sideways", async (t) => {
  const heed = await startTestHeed(t);
  const url = await heed.listen();
  const browser = await launchChromium();
  t.after(() => browser.close());
  const page = await browser.newPage({ viewport: { width: 375, height: 700 } });
  const complaints: string[] = [];
  page.on("console", (message) => complaints.push(message.text()));
  await page.goto(`${url}/reference`);
  assert.deepEqual(await accessibilityFaults(page), []);
  const widths = await page.evaluate<[number, number]>(
    "[document.documentElement.scrollWidth, document.documentElement.clientWidth]",
  );
  assert.equal(widths[0], widths[1], "the page is as wide as the window");
  assert.deepEqual(complaints, [], "the policy allows the page's own style");
});
