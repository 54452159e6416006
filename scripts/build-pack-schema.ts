/**
 * Writes rulepacks/schema.json from the definition in src/rules/pack.ts. Run it after changing
 * that: `node scripts/build-pack-schema.ts`. A test says when it was forgotten.
 */
import { writeFileSync } from "node:fs";
import { packJsonSchema } from "../src/rules/pack.ts";

const target = new URL("../rulepacks/schema.json", import.meta.url);
writeFileSync(target, `${JSON.stringify(packJsonSchema(), null, 2)}\n`);
