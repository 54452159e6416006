/** Configuration: a typing error stops the start with a line that says what to do. */
import assert from "node:assert/strict";
import { cpSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { ConfigProblem, DEFAULT_PORT, readConfig } from "../../src/runtime/config.ts";
import { temporaryFolder } from "../support/temp-folder.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const read = (env: Record<string, string | undefined>, flags = {}) =>
  readConfig(env, flags, "production", "/srv/heed");

test("without any setting it listens on this machine only, with its data where it was started", () => {
  assert.deepEqual(read({}), {
    dataFolder: "/srv/heed/data",
    anchorFile: "/srv/heed/data.anchor",
    databaseUrl: null,
    host: "127.0.0.1",
    port: DEFAULT_PORT,
    publicUrl: `http://127.0.0.1:${DEFAULT_PORT}`,
    defaultRegion: null,
    logLevel: "info",
    trustedProxies: [],
    metricsOpen: false,
    ledgerOpen: false,
    mode: "production",
  });
});

test("a variable that is set to nothing counts as not set, so an empty host does not listen everywhere", () => {
  const names = ["HEED_HOST", "HEED_PORT", "HEED_DATA", "HEED_PUBLIC_URL", "HEED_DEFAULT_REGION"];
  for (const nothing of ["", " "]) {
    const env = Object.fromEntries(
      [...names, "HEED_LOG_LEVEL", "DATABASE_URL"].map((name) => [name, nothing]),
    );
    assert.deepEqual(read(env), read({}));
  }
});

test("flags come before the environment, and the environment before defaults", () => {
  const env = { HEED_PORT: "5000", HEED_HOST: "0.0.0.0", HEED_DATA: "/var/heed" };
  assert.equal(read(env).port, 5000);
  assert.equal(read(env, { port: "6000" }).port, 6000);
  assert.equal(read(env, { data: "here" }).dataFolder, "/srv/heed/here");
  assert.equal(read(env).publicUrl, "http://localhost:5000");
  assert.equal(read({ HEED_PUBLIC_URL: "https://a.example/" }).publicUrl, "https://a.example");
  assert.equal(read({ HEED_DEFAULT_REGION: "us" }).defaultRegion, "US");
  assert.equal(read({ HEED_HOST: "::1" }).publicUrl, `http://[::1]:${DEFAULT_PORT}`);
});

test("the anchor is beside the data folder and not in it, or where it is set to be", () => {
  assert.equal(read({}, { data: "here" }).anchorFile, "/srv/heed/here.anchor");
  assert.equal(read({ HEED_ANCHOR: "data.x/anchor" }).anchorFile, "/srv/heed/data.x/anchor");
  assert.equal(read({ HEED_ANCHOR: "/mnt/a" }).anchorFile, "/mnt/a");
  assert.equal(read({ HEED_DATA: "/srv", HEED_ANCHOR: "/..srv" }).anchorFile, "/..srv");
});

const REFUSED: readonly { env: Record<string, string>; says: RegExp }[] = [
  { env: { HEED_PORT: "65536" }, says: /`65536` is no port/ },
  { env: { HEED_PORT: "-1" }, says: /no port/ },
  { env: { HEED_PORT: "0x1F90" }, says: /no port/ },
  { env: { HEED_PORT: "1e3" }, says: /no port/ },
  { env: { HEED_PUBLIC_URL: "heed.example.com" }, says: /such as https:/ },
  { env: { HEED_PUBLIC_URL: "ftp://heed.example.com" }, says: /no public URL/ },
  { env: { HEED_PUBLIC_URL: "https://heed.example.com/?a=1" }, says: /no public URL/ },
  { env: { HEED_DEFAULT_REGION: "USA" }, says: /two letters/ },
  { env: { HEED_LOG_LEVEL: "loud" }, says: /debug, info, warn, error, silent/ },
  { env: { HEED_ANCHOR: "/srv/heed/data/anchor" }, says: /is in the data folder.*outside of it/ },
  { env: { HEED_ANCHOR: "data" }, says: /HEED_ANCHOR is \/srv\/heed\/data, / },
  { env: { DATABASE_URL: "mysql://u:hunter2@db/heed" }, says: /must begin with `postgres:/ },
];

for (const { env, says } of REFUSED) {
  test(`${JSON.stringify(env).replace("hunter2", "…")} is refused in words, without a secret`, () => {
    assert.throws(
      () => read(env),
      (error: Error) => {
        assert.equal(error.name, "ConfigProblem");
        assert.match(error.message, says);
        assert.ok(!error.message.includes("hunter2"));
        return true;
      },
    );
  });
}

test("proxies are believed and metrics opened only when somebody says so, in a form that is checked", () => {
  assert.deepEqual(read({}).trustedProxies, []);
  assert.equal(read({}).metricsOpen, false);
  const set = read({ HEED_TRUSTED_PROXIES: "10.0.0.0/8, ::1", HEED_METRICS_OPEN: "1" });
  assert.deepEqual(set.trustedProxies, ["10.0.0.0/8", "::1"]);
  assert.equal(set.metricsOpen, true);
  assert.throws(() => read({ HEED_TRUSTED_PROXIES: "proxy.local" }), /`proxy.local`.*no address/);
  assert.throws(() => read({ HEED_TRUSTED_PROXIES: "10.0.0.0/999" }), ConfigProblem);
  assert.throws(() => read({ HEED_METRICS_OPEN: "yes" }), /use 1 for on/);
});

test("the published log is open in development only, unless somebody says otherwise", () => {
  const isOpen = (env: Record<string, string>, mode: "development" | "production") =>
    readConfig(env, {}, mode, "/srv/heed").ledgerOpen;
  assert.equal(isOpen({}, "production"), false);
  assert.equal(isOpen({}, "development"), true);
  assert.equal(isOpen({ HEED_LEDGER_OPEN: "1" }, "production"), true);
  assert.equal(isOpen({ HEED_LEDGER_OPEN: "0" }, "development"), false);
  assert.throws(() => isOpen({ HEED_LEDGER_OPEN: "yes" }, "production"), /use 1 for on/);
});

test("packs of the operator's own come from the folder that is set, beside the product's", async (t) => {
  const { loadAllPacks } = await import("../../src/runtime/reviewed-files.ts");
  const own = fileURLToPath(new URL("../../examples/rulepacks/", import.meta.url));
  const config = readConfig({ HEED_RULEPACKS: "examples/rulepacks" }, {}, "production", ROOT);
  assert.equal(path.join(config.rulepacks ?? "", "/"), own);
  assert.equal(readConfig({}, {}, "production", ROOT).rulepacks, undefined);
  const product = await loadAllPacks(undefined);
  const all = await loadAllPacks(own);
  assert.deepEqual(
    all.map(({ id }) => id),
    [...product.map(({ id }) => id), "house-hours"],
  );
  await assert.rejects(loadAllPacks(path.join(own, "nowhere")), /HEED_RULEPACKS is .* no folder/u);
  const copy = path.join(temporaryFolder(t), "packs");
  cpSync(path.join(ROOT, "rulepacks", "fr"), path.join(copy, "fr"), { recursive: true });
  await assert.rejects(loadAllPacks(copy), /the pack `fr` of .* the name of one of the product's/u);
});
