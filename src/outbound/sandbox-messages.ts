/**
 * Hands messages to the sandbox page instead of to a person: nothing leaves the process. The outbox
 * keeps the newest messages only, and is empty after a restart.
 */
import Type from "typebox";
import type { MessageProvider, OutgoingMessage } from "./outbound.ts";

export interface SandboxMessage extends OutgoingMessage {
  /** 1 for the first; never given twice while the process lives. */
  readonly number: number;
}

export interface SandboxOutbox {
  add(message: OutgoingMessage): SandboxMessage;
  /** Messages with a number above `after`, oldest first; to one address when it is given. */
  read(after: number, to?: string): readonly SandboxMessage[];
}

export function createSandboxOutbox(capacity = 1000): SandboxOutbox {
  const messages: SandboxMessage[] = [];
  let last = 0;
  return {
    add(message) {
      last += 1;
      const added = { ...message, number: last };
      messages.push(added);
      if (messages.length > capacity) messages.shift();
      return added;
    },
    read(after, to) {
      return messages.filter(
        (message) => message.number > after && (to === undefined || message.to === to),
      );
    },
  };
}

export function createSandboxProvider(outbox: SandboxOutbox): MessageProvider {
  return {
    id: "sandbox",
    configSchema: Type.Object({}, { additionalProperties: false }),
    async send(message) {
      return { sent: true, providerMessageId: `sandbox-${outbox.add(message).number}` };
    },
  };
}
