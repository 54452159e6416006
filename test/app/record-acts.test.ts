/** How a message is known again: by keyed hashes, which nobody can reverse by trying all numbers. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { recordChoice } from "../../src/app/record-choice.ts";
import { rotatePepper } from "../../src/runtime/rotate-keys.ts";
import type { AppendRequest } from "../../src/store/store.ts";
import { again, rotationOf } from "./rotating.ts";
import { ALICE, startApp, type TestApp } from "./support.ts";

const CHOICE = { kind: "opt-out", address: ALICE, sender: "acme", by: "person" } as const;
const optOut = (app: Pick<TestApp, "deps">) => recordChoice(app.deps, CHOICE, "key:a", ALICE);

test("neither the key nor the body of a request reaches the store as itself or as its plain hash", async (t) => {
  const app = await startApp(t);
  const requests: AppendRequest[] = [];
  const store = new Proxy(app.deps.store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (name === "append") {
        return (request: AppendRequest) => {
          requests.push(request);
          return target.append(request);
        };
      }
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
  await optOut({ deps: { ...app.deps, store } });
  const [{ key, bodyHash } = { key: "", bodyHash: "" }] = requests;
  assert.match(`${key} ${bodyHash}`, /^[0-9a-f]{64} [0-9a-f]{64}$/);
  const plain = (text: string) => createHash("sha256").update(text).digest("hex");
  assert.notEqual(key, plain(`key:a:opt-out:${ALICE}`));
  assert.notEqual(bodyHash, plain(JSON.stringify(CHOICE)));
  assert.notEqual(key, plain(plain(`key:a:opt-out:${ALICE}`)));
});

test("a message is known again after the pepper was rotated, twice", async (t) => {
  let app = await startApp(t);
  const first = await optOut(app);
  for (let rotations = 0; rotations < 2; rotations++) {
    await app.stop();
    await rotatePepper(rotationOf(app));
    app = await again(t, app);
    const repeated = await optOut(app);
    assert.deepEqual([repeated.status, repeated.entries], ["replayed", first.entries]);
  }
});
