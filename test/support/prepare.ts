// Run before the tests: finds the database and the browser, unpacks what has to be unpacked once,
// and says which ones they are. Exits with 1, naming what to install, when one is missing.
import { hasChromium, NO_CHROMIUM } from "./chromium.ts";
import { hasPostgres, startPostgres } from "./postgres.ts";
import { NO_POSTGRES } from "./postgres-binaries.ts";

const postgres = await hasPostgres();
if (postgres !== null) {
  const server = await startPostgres();
  await server.stop();
}
const chromium = await hasChromium();

console.log(postgres ? `✔ database: ${postgres}` : `✖ database: ${NO_POSTGRES}`);
console.log(chromium ? `✔ browser: ${chromium}` : `✖ browser: ${NO_CHROMIUM}`);
process.exitCode = postgres && chromium ? 0 : 1;
