/** Every inbound adapter by its name in the configuration. A test sees that none is forgotten. */
import type { InboundAdapter } from "./inbound.ts";
import { standardWebhook } from "./standard-webhook.ts";
import { twilio } from "./twilio.ts";

const adapters: readonly InboundAdapter[] = [standardWebhook, twilio];

export const inboundAdapters: ReadonlyMap<string, InboundAdapter> = new Map(
  adapters.map((adapter) => [adapter.id, adapter]),
);
