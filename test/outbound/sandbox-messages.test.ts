/** The sandbox provider and the registry of providers. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createMessageProviders, destinations } from "../../src/outbound/registry.ts";
import { createSandboxOutbox, createSandboxProvider } from "../../src/outbound/sandbox-messages.ts";
import { MESSAGE } from "./contract.ts";

const noNetwork = async () => {
  throw new Error("the sandbox called the network");
};

test("a message is in the outbox and nowhere else", async () => {
  const outbox = createSandboxOutbox();
  const outcome = await createSandboxProvider(outbox).send(MESSAGE, {}, noNetwork);
  assert.deepEqual(outcome, { sent: true, providerMessageId: "sandbox-1" });
  assert.deepEqual(outbox.read(0), [{ ...MESSAGE, number: 1 }]);
  assert.deepEqual(outbox.read(1), []);
  assert.deepEqual(outbox.read(0, "+19995550000"), []);
});

test("the outbox keeps the newest messages only, and numbers are never given twice", async () => {
  const outbox = createSandboxOutbox(3);
  for (let count = 0; count < 10; count += 1) outbox.add(MESSAGE);
  assert.deepEqual(
    outbox.read(0).map((message) => message.number),
    [8, 9, 10],
  );
});

test("production has no sandbox provider", () => {
  assert.deepEqual([...createMessageProviders(null).keys()], ["twilio"]);
  const providers = createMessageProviders(createSandboxOutbox());
  assert.deepEqual([...providers.keys()], ["twilio", "sandbox"]);
  assert.deepEqual([...destinations.keys()], ["webhook"]);
});
