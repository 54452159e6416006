/** The opt-out page in a real browser: for people, without JavaScript, and deaf to scanners. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { verifyReceipt } from "../../src/ledger/receipt.ts";
import type { Texts } from "../../src/rules/texts.ts";
import { accessibilityFaults } from "../support/accessibility.ts";
import { launchChromium } from "../support/chromium.ts";
import { takeScreenshot } from "../support/screenshots.ts";
import { type ServedHeed, serveHeed } from "../support/served-heed.ts";

let browser: Browser;
let heed: ServedHeed;
let people = 0;
const cleanups: (() => void)[] = [];

before(async () => {
  heed = await serveHeed({ after: (release) => cleanups.unshift(release) });
  browser = await launchChromium();
});
after(async () => {
  await browser?.close();
  for (const release of cleanups) release();
});

interface Person {
  readonly address: string;
  readonly path: string;
}

/** Somebody new, with their link. */
async function somebody(language?: string): Promise<Person> {
  people += 1;
  const address = `person-${people}@example.com`;
  const link = await heed.api<{ url: string }>("/v1/links", { address, sender: "acme", language });
  return { address, path: new URL(link.url).pathname };
}

const entriesAbout = async ({ address }: Person) =>
  (await heed.api<{ events: unknown[] }>(`/v1/history?address=${encodeURIComponent(address)}`))
    .events.length;

async function open(person: Person, options: BrowserContextOptions = {}): Promise<Page> {
  const page = await browser.newPage(options);
  await page.goto(`${heed.url}${person.path}`);
  return page;
}

const textsIn = (tag: string) =>
  JSON.parse(readFileSync(new URL(`../../messages/${tag}.json`, import.meta.url), "utf8")) as Texts;

/** The keys that the log publishes, as a stranger gets them. */
async function vkeys(): Promise<string[]> {
  return (await (await fetch(`${heed.url}/ledger/keys`)).text()).trimEnd().split("\n");
}

const LANGUAGES = [
  { tag: "en", direction: "ltr" },
  { tag: "es", direction: "ltr" },
  { tag: "fr", direction: "ltr" },
  { tag: "pt", direction: "ltr" },
  { tag: "bn", direction: "ltr" },
  { tag: "ar", direction: "rtl" },
] as const;

for (const { tag, direction } of LANGUAGES) {
  test(`one press opts out in ${tag}, without JavaScript, by keyboard, at 320 pixels`, async () => {
    const person = await somebody(tag);
    const page = await open(person, {
      javaScriptEnabled: false,
      viewport: { width: 320, height: 640 },
    });
    const root = page.locator("html");
    assert.equal(await root.getAttribute("lang"), tag);
    assert.equal(await root.getAttribute("dir"), direction);
    assert.equal(await page.locator("button").count(), 1);
    assert.equal(await page.locator("input").count(), 0);
    assert.equal(await entriesAbout(person), 0);
    if (tag === "en" || tag === "ar") await takeScreenshot(page, `opt-out-page-${tag}`);
    await page.locator("button").focus();
    await page.keyboard.press("Enter");
    await page.locator("h1[role=status]").waitFor();
    assert.equal(await entriesAbout(person), 1);
    await page.close();
  });

  test(`the page in ${tag} passes axe before and after, and fits 320 pixels`, async () => {
    const person = await somebody(tag);
    const page = await open(person, { viewport: { width: 320, height: 640 } });
    assert.deepEqual(await accessibilityFaults(page), []);
    const width = await page.evaluate<number>("document.documentElement.scrollWidth");
    assert.ok(width <= 320, `${width} px wide`);
    await page.locator("button").click();
    await page.locator("h1[role=status]").waitFor();
    assert.deepEqual(await accessibilityFaults(page), []);
    const widthAfter = await page.evaluate<number>("document.documentElement.scrollWidth");
    assert.ok(widthAfter <= 320, `${widthAfter} px wide`);
    await page.close();
  });

  test(`the proof can be kept in ${tag}: a file by keyboard, without JavaScript, at 320 pixels`, async () => {
    const person = await somebody(tag);
    const page = await open(person, {
      javaScriptEnabled: false,
      viewport: { width: 320, height: 640 },
    });
    assert.equal(await page.locator("main a").count(), 0, "nothing to keep before the press");
    await page.locator("button").focus();
    await page.keyboard.press("Enter");
    await page.locator("h1[role=status]").waitFor();
    const link = page.locator("main a");
    assert.equal(await link.textContent(), textsIn(tag).optOutPage.keepProof);
    if (tag === "en" || tag === "ar") await takeScreenshot(page, `opt-out-page-done-${tag}`);
    await page.keyboard.press("Tab");
    assert.equal(await page.locator("main a:focus-visible").count(), 1, "the next thing to reach");
    const downloading = page.waitForEvent("download");
    await page.keyboard.press("Enter");
    const download = await downloading;
    assert.equal(download.suggestedFilename(), "opt-out-proof-acme.json");
    const receipt = readFileSync(await download.path(), "utf8");
    const verified = verifyReceipt(receipt, await vkeys());
    assert.ok(!("problem" in verified), JSON.stringify(verified));
    assert.deepEqual(
      [verified.record?.address, verified.record?.kind, verified.record?.language],
      [person.address, "opt-out", tag],
    );
    assert.ok(await page.locator("h1[role=status]").isVisible(), "the page stays");
    await page.close();
  });
}

test("a proof's link that was cut says so in words that everybody can read, and downloads nothing", async () => {
  const page = await open(
    { address: "", path: "/u/proof/AAAA?lang=ar" },
    {
      viewport: { width: 320, height: 640 },
    },
  );
  assert.equal(await page.locator("html").getAttribute("dir"), "rtl");
  assert.equal(await page.locator("h1").textContent(), textsIn("ar").optOutPage.brokenHeading);
  assert.deepEqual(await accessibilityFaults(page), []);
  await page.close();
});

test("a scanner that runs scripts, submits forms and clicks buttons by itself changes nothing", async () => {
  const person = await somebody();
  const tricks = [
    "document.forms[0].submit()",
    "document.forms[0].requestSubmit()",
    "document.querySelector('button').click()",
    "document.forms[0].requestSubmit(document.querySelector('button'))",
    `fetch(location.href, { method: "POST", body: new URLSearchParams({ action: "opt-out" }) })`,
  ];
  for (const trick of tricks) {
    const page = await browser.newPage();
    // An init script runs without user activation, as a scanner's does; `evaluate` would fake one.
    await page.addInitScript(`addEventListener("load", () => setTimeout(() => { ${trick} }, 10))`);
    await page.goto(`${heed.url}${person.path}`);
    await page.waitForTimeout(300);
    assert.equal(await entriesAbout(person), 0, trick);
    await page.close();
  }
  // The control: the same page does opt out when the press is a person's.
  const page = await open(person);
  await page.locator("button").click();
  await page.locator("h1[role=status]").waitFor();
  assert.equal(await entriesAbout(person), 1);
  await page.close();
});

test("GET, HEAD and OPTIONS change nothing, however often", async () => {
  const person = await somebody();
  for (const method of ["GET", "HEAD", "OPTIONS", "GET"]) {
    const response = await fetch(`${heed.url}${person.path}`, { method });
    await response.arrayBuffer();
    assert.ok(response.status < 500);
  }
  assert.equal(await entriesAbout(person), 0);
});

test("a one-click POST is taken under any content type, and other methods are refused", async () => {
  const person = await somebody();
  const url = `${heed.url}${person.path}`;
  for (const method of ["PUT", "PATCH", "DELETE"]) {
    assert.equal((await fetch(url, { method })).status, 405, method);
  }
  assert.equal(await entriesAbout(person), 0);
  const headers = { "content-type": "nonsense" };
  const body = "List-Unsubscribe=One-Click";
  assert.equal((await fetch(url, { method: "POST", headers, body })).status, 200);
  assert.equal(await entriesAbout(person), 1);
});

const ONE_CLICK = { "List-Unsubscribe": "One-Click" };
const oneClickBodies = {
  form: () => new URLSearchParams(ONE_CLICK),
  multipart: () => {
    const form = new FormData();
    form.set("List-Unsubscribe", "One-Click");
    return form;
  },
};

for (const [name, body] of Object.entries(oneClickBodies)) {
  test(`a one-click POST as ${name} opts out at once, without cookies or redirects, and again with 200`, async () => {
    const person = await somebody();
    for (const round of [1, 2, 3]) {
      const response = await fetch(`${heed.url}${person.path}`, {
        method: "POST",
        body: body(),
        redirect: "error",
      });
      assert.equal(response.status, 200);
      assert.equal(response.headers.get("set-cookie"), null);
      assert.equal(await entriesAbout(person), 1, `round ${round}`);
    }
    const verdict = await heed.api<{ verdict: string }>("/v1/check", {
      to: person.address,
      sender: "acme",
      channel: "email",
      class: "marketing",
    });
    assert.equal(verdict.verdict, "deny");
  });
}

test("an unknown token gets 200 from one-click, an honest page in a browser, and writes nothing", async () => {
  const head = () => heed.api<{ entries: unknown[] }>("/v1/entries?after=0&limit=1000");
  const before = (await head()).entries.length;
  const person = await somebody();
  const forged = `${person.path.slice(0, -2)}${person.path.endsWith("AA") ? "BB" : "AA"}`;
  const body = new URLSearchParams(ONE_CLICK);
  const oneClick = await fetch(`${heed.url}${forged}`, { method: "POST", body });
  assert.equal(oneClick.status, 200);
  const page = await browser.newPage();
  await page.goto(`${heed.url}${forged}`);
  assert.equal(await page.locator("button").count(), 0);
  assert.deepEqual(await accessibilityFaults(page), []);
  await page.close();
  assert.equal((await head()).entries.length, before);
});

test("the page loads nothing but itself, sets no cookie, and is small", async () => {
  const person = await somebody();
  const page = await browser.newPage();
  const requests: string[] = [];
  page.on("request", (request) => requests.push(request.url()));
  const response = await page.goto(`${heed.url}${person.path}`);
  assert.deepEqual(
    requests.filter((url) => !url.endsWith("/favicon.ico")),
    [`${heed.url}${person.path}`],
  );
  assert.equal((await page.context().cookies()).length, 0);
  const size = (await response?.body())?.byteLength ?? Number.POSITIVE_INFINITY;
  assert.ok(size < 30_000, `${size} bytes`);
  await page.close();
});
