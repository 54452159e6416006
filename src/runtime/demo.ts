/**
 * What the development mode sets up on the first start, so that there is something to try: a sender,
 * a signed source whose people are answered in the sandbox, and an API key.
 */
import { createApiKey } from "../app/api-keys.ts";
import type { Deps } from "../app/deps.ts";
import { KEY_SCOPES } from "../app/settings.ts";

export const DEMO_SENDER = "acme";
export const DEMO_SOURCE = "demo";

/** Sets up the demo in an empty installation. Gives the API key, which is shown once, or `null`. */
export async function setUpDemo(deps: Deps): Promise<string | null> {
  if (deps.settings.senders.size > 0 || deps.settings.keys.size > 0) return null;
  await deps.settings.putSender({
    id: DEMO_SENDER,
    name: "Acme Shoes",
    language: "en",
    stopCovers: "standard",
    confirm: true,
    programs: [],
  });
  await deps.settings.putSource({
    id: DEMO_SOURCE,
    adapter: "standard-webhook",
    sender: DEMO_SENDER,
    enabled: true,
    config: { secrets: [`whsec_${Buffer.from(deps.random(32)).toString("base64")}`] },
    reply: { provider: "sandbox", config: {} },
  });
  const { key } = await createApiKey(deps, { name: "first key", scopes: KEY_SCOPES });
  return key;
}
