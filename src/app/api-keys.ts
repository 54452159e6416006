/**
 * API keys: `heed_<id>_<secret>`. The id finds the key, the secret is compared as a hash in constant
 * time, and the prefix lets secret scanners recognise one that leaked (OWASP ASVS 11.2.4, 13.3.1).
 */
import { createHash, timingSafeEqual } from "node:crypto";
import type { Deps } from "./deps.ts";
import type { ApiKey, KeyScope } from "./settings.ts";

const FORMAT = /^heed_([a-z0-9]{6,32})_([A-Za-z0-9_-]{43})$/;

/** Makes a key and gives the text that is shown once. */
export async function createApiKey(
  deps: Pick<Deps, "random" | "settings" | "clock">,
  request: { name: string; scopes: readonly KeyScope[] },
): Promise<{ id: string; key: string }> {
  const { apiKey, key } = makeApiKey(deps, request);
  await deps.settings.putKey(apiKey);
  return { id: apiKey.id, key };
}

/** The key without storing it: for the server's own key, which lives as long as the process. */
export function makeApiKey(
  deps: Pick<Deps, "random" | "clock">,
  request: { name: string; scopes: readonly KeyScope[] },
): { apiKey: ApiKey; key: string } {
  const id = Buffer.from(deps.random(6)).toString("hex");
  const secret = Buffer.from(deps.random(32)).toString("base64url");
  const apiKey: ApiKey = {
    id,
    name: request.name,
    scopes: [...request.scopes],
    hash: hashOfSecret(secret).toString("hex"),
    createdAt: deps.clock.now(),
  };
  return { apiKey, key: `heed_${id}_${secret}` };
}

/** The key that a text proves, or `null`. Takes the same time for a wrong secret and no such id. */
export function findApiKey(keys: ReadonlyMap<string, ApiKey>, text: string): ApiKey | null {
  const [, id, secret] = FORMAT.exec(text) ?? [];
  if (id === undefined || secret === undefined) return null;
  const found = keys.get(id);
  const expected = Buffer.from(found?.hash ?? NO_HASH, "hex");
  const matches = timingSafeEqual(expected, hashOfSecret(secret));
  return matches && found !== undefined ? found : null;
}

/** `admin` may do everything. */
export function hasScope(key: Pick<ApiKey, "scopes">, scope: KeyScope): boolean {
  return key.scopes.includes(scope) || key.scopes.includes("admin");
}

const NO_HASH = "0".repeat(64);

function hashOfSecret(secret: string): Buffer {
  return createHash("sha256").update(secret).digest();
}
