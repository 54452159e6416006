// A network that fails on purpose, between a store and its PostgreSQL. It watches for a COMMIT from
// the client and then does what the case wants, at the one moment when it matters.
import { connect, createServer, type Server, type Socket } from "node:net";

/** As it is on the wire; the zero tells it from `READ COMMITTED`. */
const COMMIT = "COMMIT\0";

export type CommitFault =
  /** Nothing is wrong. */
  | "none"
  /** The COMMIT reaches the server, its answer never comes back: failed, but done. */
  | "cut-after"
  /** The COMMIT never reaches the server: failed, and not done. */
  | "cut-before";

export class TcpProxy {
  /** The next COMMIT meets this fault; the ones after it meet none. */
  fault: CommitFault = "none";
  /** New connections are refused. */
  isDown = false;
  /** Bytes are swallowed in both directions, as by a server that hangs. */
  isFrozen = false;
  /** What happens at the moment of the fault, beside the cut. */
  onFault: () => void = () => {};
  readonly #target: URL;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(target: string) {
    this.#target = new URL(target);
    this.#server = createServer((client) => this.#serve(client));
  }

  /** The target's URL, by way of the proxy. */
  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    const address = this.#server.address();
    const port = address !== null && typeof address === "object" ? address.port : 0;
    return Object.assign(new URL(this.#target), { port: String(port) }).href;
  }

  cutAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.cutAll();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #serve(client: Socket): void {
    const server = connect(Number(this.#target.port), this.#target.hostname);
    let isDeaf = false;
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        this.#sockets.delete(socket);
        client.destroy();
        // A COMMIT that was passed on may finish even though nobody waits for it.
        if (!isDeaf) server.destroy();
      });
    }
    if (this.isDown) {
      client.destroy();
      server.destroy();
      return;
    }
    client.on("data", (bytes) => {
      if (this.isFrozen) return;
      if (this.fault === "none" || !bytes.includes(COMMIT)) {
        server.write(bytes);
        return;
      }
      const { fault } = this;
      this.fault = "none";
      this.onFault();
      if (fault === "cut-before") {
        client.destroy();
        return;
      }
      isDeaf = true;
      server.write(bytes);
      server.once("data", () => {
        client.destroy();
        server.destroy();
      });
    });
    server.on("data", (bytes) => {
      if (!this.isFrozen && !isDeaf) client.write(bytes);
    });
  }
}
