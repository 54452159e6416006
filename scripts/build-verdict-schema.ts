/**
 * Writes messages/verdicts/schema.json from the definition in src/rules/phrasebook.ts. Run it after
 * changing that. A test says when it was forgotten.
 */
import { writeFileSync } from "node:fs";
import { verdictJsonSchema } from "../src/rules/phrasebook.ts";

const file = new URL("../messages/verdicts/schema.json", import.meta.url);
writeFileSync(file, `${JSON.stringify(verdictJsonSchema(), null, 2)}\n`);
