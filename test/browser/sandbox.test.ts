/** The sandbox in a real browser: the product's whole main path, from a STOP to a refused send. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { accessibilityFaults } from "../support/accessibility.ts";
import { launchChromium } from "../support/chromium.ts";
import { takeScreenshot } from "../support/screenshots.ts";
import { type ServedHeed, serveHeed } from "../support/served-heed.ts";

let browser: Browser;
let heed: ServedHeed;

const cleanups: (() => void)[] = [];

before(async () => {
  heed = await serveHeed({ after: (release) => cleanups.unshift(release) });
  browser = await launchChromium();
});
after(async () => {
  await browser?.close();
  for (const release of cleanups) release();
});

async function openSandbox(options = {}): Promise<{ page: Page; complaints: string[] }> {
  const page = await browser.newPage(options);
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  await page.goto(`${heed.url}/sandbox`);
  await page.waitForSelector("body[data-ready=true]");
  return { page, complaints };
}

const verdictOf = (page: Page) => page.locator("#verdict .answer");
const press = (page: Page, name: string) => page.getByRole("button", { name, exact: true }).click();

test("a STOP in free words is confirmed, recorded with its reasons, and refuses the next campaign until START", async () => {
  const { page, complaints } = await openSandbox({ viewport: { width: 1180, height: 900 } });
  await press(page, "Call with an offer");
  await page.waitForSelector("#verdict.allow[data-kind=call]");
  await press(page, "Send a campaign");
  await page.waitForSelector("#verdict.allow[data-kind=campaign]");
  assert.equal(await verdictOf(page).textContent(), "Allowed");
  await page.getByText("new arrivals").first().waitFor();

  await press(page, "please stop texting me");
  await page.getByText("sent by Heed").first().waitFor();
  await page.getByText("The person opted out by sms (“please stop texting me”)").waitFor();
  await page.getByText("Heed confirmed the opt-out").waitFor();

  await press(page, "Send a campaign");
  await page.waitForSelector("#verdict.deny");
  assert.equal(await verdictOf(page).textContent(), "Refused");
  const proof = await page.locator("#verdict li small").allTextContents();
  assert.ok(
    proof.some((text) => /entry \d+/.test(text)),
    `no entry among ${proof.join("; ")}`,
  );
  await takeScreenshot(page, "sandbox");

  await press(page, "Send a delivery notice");
  await page.waitForSelector("#verdict.deny[data-kind=delivery]");
  await press(page, "Call with an offer");
  await page.waitForSelector("#verdict.deny[data-kind=call]");

  await press(page, "START");
  await page.getByText("The person opted in by sms (“START”)").waitFor();
  await press(page, "Send a campaign");
  await page.waitForSelector("#verdict.allow[data-kind=campaign]");
  // START came by text, so it speaks for texts only.
  await press(page, "Call with an offer");
  await page.waitForSelector("#verdict.deny[data-kind=call]");
  assert.deepEqual(complaints, []);
  await page.close();
});

test("an ordinary message changes nothing, and an unclear one holds marketing for review", async () => {
  const { page } = await openSandbox();
  const before = await page.locator("#ledger li").count();
  await press(page, "Where is the bus stop?");
  await press(page, "enough");
  await page.getByText("An unclear message came in by sms (“enough”)").waitFor();
  assert.equal(await page.locator("#ledger li").count(), before + 1);
  await press(page, "Send a campaign");
  await page.waitForSelector("#verdict.deny");
  await page.close();
});

test("at 11 at night a campaign waits until the morning", async () => {
  const { page } = await openSandbox();
  const holds = await heed.api<{ holds: { position: number }[] }>("/v1/holds");
  for (const { position } of holds.holds) {
    await heed.api(`/v1/holds/${position}/release`, { author: "the test" });
  }
  await page.getByLabel("Time where Ana is").selectOption("23:00");
  await press(page, "Send a campaign");
  await page.waitForSelector("#verdict.defer");
  await page.getByText("It may be sent from").waitFor();
  await page.close();
});

test("the sandbox passes axe, by keyboard and at 320 pixels", async () => {
  const { page } = await openSandbox({ viewport: { width: 320, height: 700 } });
  assert.deepEqual(await accessibilityFaults(page), []);
  const overflow = await page.evaluate<number>("document.documentElement.scrollWidth");
  assert.ok(overflow <= 320, `${overflow} px wide`);
  await page.getByLabel("Write to Acme Shoes").focus();
  await page.keyboard.type("HELP");
  await page.keyboard.press("Enter");
  await page.getByText("The person asked for help by sms").first().waitFor();
  await page.close();
});

test("the sandbox opens under this machine's own names only", async () => {
  const { hostname, port } = new URL(heed.url);
  const { request } = await import("node:http");
  const status = await new Promise((resolve, reject) => {
    request({ hostname, port, path: "/sandbox", headers: { host: "evil.example" } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on("error", reject)
      .end();
  });
  assert.equal(status, 403);
});
