/** Writes docs/reference/rules.md from the packs: `node scripts/build-rules-reference.ts`. */
import { writeFileSync } from "node:fs";
import { rulesReference } from "../src/rules/rules-reference.ts";
import { loadPacks } from "../src/runtime/reviewed-files.ts";

const target = new URL("../docs/reference/rules.md", import.meta.url);
writeFileSync(target, rulesReference(await loadPacks()));
