/** Every destination and message provider by its name in the configuration. */
import type { Destination, MessageProvider } from "./outbound.ts";
import { createSandboxProvider, type SandboxOutbox } from "./sandbox-messages.ts";
import { twilioMessages } from "./twilio-messages.ts";
import { webhook } from "./webhook.ts";

export const destinations: ReadonlyMap<string, Destination> = byId<Destination>([webhook]);

/** `sandboxOutbox`: where the sandbox page looks; `null` in production, which has no sandbox. */
export function createMessageProviders(
  sandboxOutbox: SandboxOutbox | null,
): ReadonlyMap<string, MessageProvider> {
  const sandbox = sandboxOutbox === null ? [] : [createSandboxProvider(sandboxOutbox)];
  return byId<MessageProvider>([twilioMessages, ...sandbox]);
}

function byId<T extends { readonly id: string }>(all: readonly T[]): ReadonlyMap<string, T> {
  return new Map(all.map((one) => [one.id, one]));
}
