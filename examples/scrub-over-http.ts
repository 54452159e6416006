// Cleans a contact list over HTTP: streams it in, streams the clean and the removed rows out.
//   HEED_API_KEY=heed_… node examples/scrub-over-http.ts contacts.csv clean.csv removed.csv
import { createReadStream, createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

const { HEED_URL = "http://127.0.0.1:4333", HEED_API_KEY = "" } = process.env;
const authorization = `Bearer ${HEED_API_KEY}`;
const [list = "", clean = "", removed = ""] = process.argv.slice(2);

const query = new URLSearchParams({ for: "sms", sender: "acme", defaultRegion: "US" });
const response = await fetch(`${HEED_URL}/v1/scrubs?${query}`, {
  method: "POST",
  headers: { authorization, "content-type": "text/csv" },
  body: Readable.toWeb(createReadStream(list)) as ReadableStream,
  duplex: "half", // The list is sent while it is read, so it may be larger than the memory.
});
const scrub = (await response.json()) as Record<"id" | "summary" | "clean" | "removed", string>;
if (!response.ok) throw new Error(`not scrubbed: ${JSON.stringify(scrub)}`);
console.log(scrub.summary.trimEnd());

for (const [path, file] of [[scrub.clean, clean] as const, [scrub.removed, removed] as const]) {
  const rows = await fetch(`${HEED_URL}${path}`, { headers: { authorization } });
  if (!rows.ok || rows.body === null) throw new Error(`no rows: ${rows.status}`);
  await pipeline(rows.body, createWriteStream(file));
}
await fetch(`${HEED_URL}/v1/scrubs/${scrub.id}`, { method: "DELETE", headers: { authorization } });
