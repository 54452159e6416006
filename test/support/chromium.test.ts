// The browser that tests run in is real: it runs scripts, draws, and keeps nothing between launches.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { hasChromium, launchChromium } from "./chromium.ts";

async function page(t: TestContext): Promise<string> {
  const server = createServer((_request, response) => {
    response.setHeader("content-type", "text/html; charset=utf-8");
    response.end("<title>plain</title><script>document.title = 'scripted'</script><p>STOP</p>");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

test("Chromium runs scripts and draws text, and two launched at once share nothing", async (t) => {
  assert.match((await hasChromium()) ?? "", /\d+\.\d+/u);
  const url = await page(t);
  const browsers = await Promise.all([launchChromium(), launchChromium()]);
  t.after(() => Promise.all(browsers.map((browser) => browser.close())));
  const [first, second] = await Promise.all(browsers.map((browser) => browser.newPage()));

  await first!.goto(url);
  assert.equal(await first!.title(), "scripted");
  const withText = await first!.screenshot();
  await first!.setContent("");
  assert.notDeepEqual(await first!.screenshot(), withText, "the text was not drawn: no font");
  await first!.goto(url);

  await first!.evaluate("localStorage.setItem('kept', 'yes')");
  await second!.goto(url);
  assert.equal(await second!.evaluate("localStorage.getItem('kept')"), null);
});
