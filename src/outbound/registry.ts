/** Every destination and message provider by its name in the configuration. */
import type { Destination, MessageProvider } from "./outbound.ts";
import { twilioMessages } from "./twilio-messages.ts";
import { webhook } from "./webhook.ts";

export const destinations: ReadonlyMap<string, Destination> = byId<Destination>([webhook]);

/** The sandbox provider is not here: it needs its outbox, and production has no sandbox. */
export const messageProviders: ReadonlyMap<string, MessageProvider> = byId<MessageProvider>([
  twilioMessages,
]);

function byId<T extends { readonly id: string }>(all: readonly T[]): ReadonlyMap<string, T> {
  return new Map(all.map((one) => [one.id, one]));
}
