// What tests of rotations do: people who say stop and are erased, and starts on the same data.
import { randomBytes } from "node:crypto";
import { createLink, optOutByLink } from "../../src/app/opt-out-link.ts";
import { receive } from "../../src/app/receive.ts";
import type { Entry } from "../../src/domain/entry.ts";
import { readConfig } from "../../src/runtime/config.ts";
import type { Rotation } from "../../src/runtime/rotate-keys.ts";
import {
  type HasAfter,
  logInto,
  messageOf,
  serviceTo,
  signed,
  startApp,
  type TestApp,
} from "./support.ts";

export const random = (length: number) => new Uint8Array(randomBytes(length));
export const EMAIL = "zoe@example.com";

/** Starts again on the same data, as after a stop of any kind. */
export async function again(t: HasAfter, app: TestApp, env: Record<string, string> = {}) {
  await app.stop();
  return await startApp(t, { dataFolder: app.dataFolder, clock: app.clock, env });
}

export function rotationOf(
  app: Pick<TestApp, "dataFolder" | "clock">,
  logged: string[] = [],
): Rotation {
  const env = { HEED_DATA: app.dataFolder };
  return {
    config: readConfig(env, {}, "production", "/"),
    start: { env, log: logInto(logged), onBroken: () => undefined, clock: app.clock },
    random,
    by: "Ana Torres",
  };
}

export async function stopFrom(app: TestApp, from: string, id?: string) {
  app.clock.pass(1000);
  const now = app.clock.now();
  return await receive(app.deps, "shop", signed(messageOf("STOP", { from }), now, id), {});
}

export async function stopByEmail(app: TestApp) {
  const { token } = createLink(app.deps, { address: EMAIL, sender: "acme" });
  await optOutByLink(app.deps, { how: "page", token });
}

export const emailTo = (app: TestApp, to: string) => serviceTo(app.deps, to, { channel: "email" });
export const rotations = (entries: readonly Entry[]) =>
  entries.filter((entry) => entry.act?.kind === "key-rotation");
