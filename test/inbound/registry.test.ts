/** The registry: an adapter that is not in it does not exist for anybody. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import type { InboundAdapter } from "../../src/inbound/inbound.ts";
import { inboundAdapters } from "../../src/inbound/registry.ts";

const folder = new URL("../../src/inbound/", import.meta.url);

function isAdapter(value: unknown): value is InboundAdapter {
  return typeof value === "object" && value !== null && "provesPerson" in value;
}

test("every adapter file of the folder is registered under its own id", async () => {
  let found = 0;
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".ts"))) {
    const exported: Record<string, unknown> = await import(new URL(file, folder).href);
    for (const adapter of Object.values(exported).filter(isAdapter)) {
      found += 1;
      assert.equal(inboundAdapters.get(adapter.id), adapter, `${file} is not registered`);
      assert.equal(file, `${adapter.id}.ts`);
    }
  }
  assert.equal(found, inboundAdapters.size);
});
