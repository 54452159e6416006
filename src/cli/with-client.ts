/** Runs a command's work with a client and closes it again, whatever happened. */
import type { Flags } from "../runtime/config.ts";
import type { Client } from "./client.ts";
import type { Context } from "./context.ts";

export async function withClient<T>(
  context: Context,
  flags: Flags,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const client = await context.connect(flags);
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}
