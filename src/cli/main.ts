/**
 * The program `heed`. It only switches the compile cache on and hands over: imports are loaded
 * before a module's own lines run, so the rest has to come by a dynamic one.
 */
import { enableCompileCache } from "node:module";
import { fileURLToPath } from "node:url";

// Halves the start of a command. Beside the code and not in the system's temporary folder, where
// other users could plant compiled code. Where that place is read-only, it does nothing.
enableCompileCache(fileURLToPath(new URL("../../node_modules/.cache/heed", import.meta.url)));

const { run } = await import("./run.ts");
await run(process.argv);
