/** Settings and keys: a damaged one is left out, a secret stays outside, a wrong key opens nothing. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createApiKey, findApiKey, hasScope, makeApiKey } from "../../src/app/api-keys.ts";
import { LiveSettings, resolveSecrets } from "../../src/app/settings.ts";
import { ACME, logInto, seededBytes, startApp } from "./support.ts";

test("a stored setting that is not valid is left out and named in the log; the others hold", async (t) => {
  const { deps, logged } = await startApp(t);
  await deps.store.putSetting("sender", "broken", { id: "broken", name: 7 }, 1);
  await deps.store.putSetting("sender", "odd", { ...ACME, id: "odd", surprise: true }, 1);
  await deps.settings.refresh();
  assert.deepEqual([...deps.settings.senders.keys()], ["acme"]);
  assert.match(logged.join(""), /"id":"broken".*not valid/);
});

test("what is put is there at once, what is removed is gone, and whether it was there is told", async (t) => {
  const { deps } = await startApp(t);
  await deps.settings.putSender({ ...ACME, id: "globex" });
  assert.equal(deps.settings.senders.get("globex")?.name, "Acme Shoes");
  assert.equal(await deps.settings.remove("sender", "globex"), true);
  assert.equal(deps.settings.senders.has("globex"), false);
  assert.equal(await deps.settings.remove("sender", "globex"), false);
});

test("an answer of the store that comes late does not bring back what was removed since", async (t) => {
  const { deps } = await startApp(t);
  const held = Promise.withResolvers<void>();
  let isHeld = false;
  const store = {
    settings: async (kind: "sender") => {
      const found = await deps.store.settings(kind);
      if (isHeld) await held.promise;
      return found;
    },
    deleteSetting: (kind: "sender", id: string) => deps.store.deleteSetting(kind, id),
  };
  const settings = new LiveSettings(store as never, deps.clock, logInto([]));
  isHeld = true;
  const late = settings.refresh();
  await new Promise((resolve) => setTimeout(resolve, 50));
  isHeld = false;
  await settings.remove("sender", "acme");
  held.resolve();
  await late;
  assert.equal(settings.senders.has("acme"), false);
});

test("a change on one copy of the settings reaches one that follows", async (t) => {
  const { deps } = await startApp(t);
  const other = new LiveSettings(deps.store, deps.clock, logInto([]));
  const stop = new AbortController();
  const following = other.follow(stop.signal);
  await deps.settings.putSender({ ...ACME, id: "globex" });
  const giveUpAt = performance.now() + 10_000;
  while (!other.senders.has("globex") && performance.now() < giveUpAt) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  stop.abort();
  await following;
  assert.ok(other.senders.has("globex"));
});

test("`env:` values come from the environment, at any depth, and nothing else is touched", () => {
  const config = {
    url: "https://a.example",
    secrets: ["env:ONE", "plain"],
    deep: { key: "env:TWO" },
  };
  assert.deepEqual(resolveSecrets(config, { ONE: "1", TWO: "2" }), {
    url: "https://a.example",
    secrets: ["1", "plain"],
    deep: { key: "2" },
  });
  assert.deepEqual(resolveSecrets([1, null, true], {}), [1, null, true]);
});

test("a variable that is not set or empty is an error that names it and nothing more", () => {
  for (const env of [{}, { ONE: "" }]) {
    assert.throws(() => resolveSecrets({ a: "env:ONE", b: "hidden" }, env), {
      message: "the environment variable `ONE` is not set",
    });
  }
});

test("a key proves itself and is stored only as a hash", async (t) => {
  const { deps } = await startApp(t);
  const { id, key } = await createApiKey(deps, { name: "ci", scopes: ["check"] });
  assert.match(key, /^heed_[a-f0-9]{12}_[A-Za-z0-9_-]{43}$/);
  const found = findApiKey(deps.settings.keys, key);
  assert.equal(found?.id, id);
  const stored = JSON.stringify(await deps.store.settings("key"));
  assert.ok(!stored.includes(key.split("_").slice(2).join("_")));
  await deps.settings.remove("key", id);
  assert.equal(findApiKey(deps.settings.keys, key), null);
});

test("a key with any character changed, cut, or of another id opens nothing", () => {
  const clock = { now: () => 1, monotonic: () => 1 };
  const random = seededBytes(1);
  const [one, two] = [1, 2].map(() =>
    makeApiKey({ clock, random }, { name: "k", scopes: ["check"] }),
  );
  assert.ok(one !== undefined && two !== undefined);
  const keys = new Map([one, two].map(({ apiKey }) => [apiKey.id, apiKey]));
  assert.equal(findApiKey(keys, one.key)?.id, one.apiKey.id);
  for (let at = 0; at < one.key.length; at += 1) {
    const other: string = one.key[at] === "A" ? "B" : "A";
    assert.equal(findApiKey(keys, one.key.slice(0, at) + other + one.key.slice(at + 1)), null);
    assert.equal(findApiKey(keys, one.key.slice(0, at)), null);
  }
  const swapped = one.key.replace(one.apiKey.id, two.apiKey.id);
  for (const text of [swapped, "", `${one.key} `, ` ${one.key}`, `${one.key}\n`]) {
    assert.equal(findApiKey(keys, text), null);
  }
});

test("a scope allows what it names, and admin allows all", () => {
  assert.equal(hasScope({ scopes: ["check"] }, "check"), true);
  assert.equal(hasScope({ scopes: ["check", "record"] }, "export"), false);
  assert.equal(hasScope({ scopes: ["admin"] }, "export"), true);
});
