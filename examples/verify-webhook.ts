// Receives Heed's webhooks and believes only the ones that Heed signed.
//   HEED_WEBHOOK_SECRET=whsec_… node examples/verify-webhook.ts
import { createServer } from "node:http";
import { Webhook } from "standardwebhooks";

const webhook = new Webhook(process.env.HEED_WEBHOOK_SECRET ?? "");
const seen = new Set<string>(); // In your own system: a unique column in your database.

const server = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks).toString("utf8");
  let event: { type: string; data: { position: number; kind: string; address: string | null } };
  try {
    // On the body as it came: JSON that was parsed and written again has another signature.
    event = webhook.verify(body, request.headers as Record<string, string>) as typeof event;
  } catch {
    response.writeHead(401).end();
    return;
  }
  const id = String(request.headers["webhook-id"]);
  if (!seen.has(id)) {
    // Here you would stop what you send to `event.data.address`, and only then answer 2xx.
    console.log(`${id}: ${event.data.kind ?? "erased"} at position ${event.data.position}`);
    seen.add(id);
  }
  response.writeHead(204).end();
});

server.listen(Number(process.env.PORT ?? 4400), "127.0.0.1", () => {
  console.log(`listening on ${JSON.stringify(server.address())}`);
});
