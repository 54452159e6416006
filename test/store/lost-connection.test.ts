// A PostgreSQL that dies at the worst moment: when a new connection is being checked, nobody but the
// check listens to it, and an error event that nobody listens to would end the server.
import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { type TestContext, test } from "node:test";
import { Connections } from "../../src/store/postgres/connect.ts";

/** "Authentication is ok", then "ready for a query", as in the protocol's chapter on messages. */
const WELCOME = Buffer.from("R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I", "latin1");

/** Greets like PostgreSQL, and resets the connection at the first question. Gives its URL. */
async function serverThatDies(t: TestContext): Promise<string> {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => {
      socket.write(WELCOME);
      socket.once("data", () => socket.resetAndDestroy());
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  return `postgres://heed:secret@127.0.0.1:${(server.address() as AddressInfo).port}/heed`;
}

test("a connection that is lost while it is checked is an error, and does not end the process", async (t) => {
  const url = await serverThatDies(t);
  const connections = new Connections({ url, connectTimeoutMs: 5000, statementTimeoutMs: 5000 });
  const pool = connections.pool(1);
  for (let round = 0; round < 3; round++) {
    await assert.rejects(pool.connect(), /ECONNRESET|terminated|ended/u);
  }
  await connections.close(1000);
});
