/** Opt-out links: nobody can make one up, and whoever has one can only opt out. */
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { createLink, openLink, optOutByLink, sealLink } from "../../src/app/opt-out-link.ts";
import { receive } from "../../src/app/receive.ts";
import { recordChoice } from "../../src/app/record-choice.ts";
import type { AddressKey, Channel } from "../../src/domain/words.ts";
import {
  ALICE,
  kindsOf,
  ledgerOf,
  marketingTo,
  messageOf,
  serviceTo,
  signed,
  startApp,
  untilPassed,
} from "./support.ts";

const KEY = createHash("sha256").update("a link key for tests").digest();
const CONTENTS = {
  address: ALICE as AddressKey,
  sender: "acme",
  channel: "sms" as Channel,
  language: "es",
};
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

const tokenOf = (url: string) => url.slice(url.lastIndexOf("/") + 1);

test("a link opens to what was sealed, and to nothing under another key", () => {
  const token = sealLink(KEY, CONTENTS);
  assert.deepEqual(openLink(KEY, token), CONTENTS);
  assert.equal(openLink(randomBytes(32), token), null);
});

test("the same person gets the same link from the same sender, and nobody else gets it", () => {
  const others = [
    { ...CONTENTS, address: "+12125550102" as AddressKey },
    { ...CONTENTS, sender: "globex" },
    { ...CONTENTS, channel: "voice" as Channel },
    { ...CONTENTS, language: "" },
  ];
  const token = sealLink(KEY, CONTENTS);
  assert.equal(sealLink(KEY, { ...CONTENTS }), token);
  assert.equal(new Set([token, ...others.map((one) => sealLink(KEY, one))]).size, 5);
});

test("a link is safe in a URL and shows neither the address nor the sender", () => {
  for (const address of [ALICE, "alice@example.com"] as AddressKey[]) {
    const token = sealLink(KEY, { ...CONTENTS, address });
    assert.match(token, /^[A-Za-z0-9_-]+$/);
    const shown = `${token} ${Buffer.from(token, "base64url").toString("latin1")}`;
    for (const secret of [address, address.slice(1, 8), "acme", "sms"]) {
      assert.ok(!shown.includes(secret));
    }
  }
});

test("of 100,000 changed, cut, joined and made-up links none opens", (t) => {
  const seed = Number(process.env.HEED_SEED ?? 20_261_121);
  t.diagnostic(`seed ${seed}`);
  const tokens = [CONTENTS, { ...CONTENTS, address: "alice@example.com" as AddressKey }].map(
    (contents) => sealLink(KEY, contents),
  );
  let state = seed;
  const dice = (sides: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * sides);
  };
  const letter = () => ALPHABET[dice(ALPHABET.length)]!;
  const mutations: ((token: string) => string)[] = [
    (token) => {
      const at = dice(token.length);
      return token.slice(0, at) + letter() + token.slice(at + 1);
    },
    (token) => token.slice(0, dice(token.length)),
    (token) => token + letter(),
    (token) => letter() + token,
    (token) => {
      const [a, b] = [dice(token.length), dice(token.length)].sort((x, y) => x - y) as [
        number,
        number,
      ];
      return token.slice(0, a) + token.slice(b);
    },
    () => Array.from({ length: dice(200) }, letter).join(""),
    () => {
      const [one, two] = tokens as [string, string];
      const at = dice(one.length);
      return one.slice(0, at) + two.slice(at);
    },
    (token) => `${token}=`,
    (token) =>
      token
        .replaceAll("-", "+")
        .replaceAll("_", "/")
        .padEnd(token.length + 1, "="),
  ];
  let tried = 0;
  while (tried < 100_000) {
    const token = tokens[dice(tokens.length)]!;
    const changed = mutations[dice(mutations.length)]!(token);
    if (tokens.includes(changed)) continue;
    tried += 1;
    assert.equal(openLink(KEY, changed), null, `opened ${changed}`);
  }
});

test("no text at all opens a link or throws", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 300 }), (text) => {
      assert.equal(openLink(KEY, text), null);
    }),
    { numRuns: 5000 },
  );
});

test("a press opts out of that channel and of marketing everywhere, and is on record as the person's", async (t) => {
  const { deps } = await startApp(t);
  const { url, token } = createLink(deps, { address: "+1 212-555-0101", sender: "acme" });
  assert.equal(tokenOf(url), token);
  await optOutByLink(deps, { how: "page", token, language: "es" });
  assert.equal(serviceTo(deps, ALICE).answer, "deny");
  assert.equal(marketingTo(deps, ALICE, { channel: "voice" }).answer, "deny");
  assert.equal(serviceTo(deps, ALICE, { channel: "voice" }).answer, "allow");
  const [entry] = await ledgerOf(deps);
  assert.equal(entry?.act?.by, "person");
  assert.equal(entry?.act?.language, "es");
});

test("repeats write nothing while the opt-out is in force, and the first after a return does", async (t) => {
  const { deps, clock } = await startApp(t);
  const { token } = createLink(deps, { address: ALICE, sender: "acme" });
  const press = async () => {
    clock.pass(1000);
    for (let time = 0; time < 3; time += 1) await optOutByLink(deps, { how: "one-click", token });
    return kindsOf(await ledgerOf(deps));
  };
  assert.deepEqual(await press(), ["opt-out"]);
  // Not even a part may stay open: one program, or one class.
  const returns = [{}, { program: "deals" }, { class: "marketing" }];
  for (const [at, part] of returns.entries()) {
    clock.pass(1000);
    await recordChoice(
      deps,
      {
        kind: "opt-in",
        address: ALICE,
        sender: "acme",
        channel: "sms",
        by: "person",
        level: "written",
        evidence: { kind: "form" },
        ...part,
      },
      "key:a",
      null,
    );
    assert.equal(serviceTo(deps, ALICE, { class: "transactional", ...part }).answer, "allow");
    assert.equal((await press()).length, 3 + 2 * at);
    assert.equal(serviceTo(deps, ALICE, { class: "transactional", ...part }).answer, "deny");
  }
});

test("a press after a STOP by another door is written down once, a one-click POST is not, and nobody is told twice", async (t) => {
  const app = await startApp(t);
  const { deps, clock } = app;
  app.heed.startWorkers();
  const { token } = createLink(deps, { address: ALICE, sender: "acme" });
  const stop = async () => {
    clock.pass(1000);
    await receive(deps, "shop", signed(messageOf("STOP"), clock.now()), {});
    clock.pass(1000);
  };
  const optOuts = async () => {
    const acts = (await ledgerOf(deps)).map(({ act }) => act);
    return acts.filter((act) => act?.kind === "opt-out").map((act) => act?.source);
  };
  await stop();
  assert.equal(await optOutByLink(deps, { how: "one-click", token }), null);
  assert.deepEqual(await optOuts(), ["shop"]);
  const position = await optOutByLink(deps, { how: "page", token });
  assert.deepEqual(await optOuts(), ["shop", "opt-out-link"]);
  for (const how of ["page", "one-click", "page"] as const) {
    await optOutByLink(deps, { how, token });
  }
  // A later STOP covers as much, and takes the place of the press in the standing.
  await stop();
  assert.equal(await optOutByLink(deps, { how: "page", token }), position);
  assert.deepEqual(await optOuts(), ["shop", "opt-out-link", "shop"]);
  await untilPassed(deps, "answers");
  assert.equal(app.sent.length, 1);
});

test("a link covers what the sender's setting widens it to, also when an earlier press covered less", async (t) => {
  const { deps, clock } = await startApp(t);
  const { token } = createLink(deps, { address: ALICE, sender: "acme" });
  await optOutByLink(deps, { how: "page", token });
  const sender = deps.settings.senders.get("acme");
  assert.ok(sender !== undefined);
  await deps.settings.putSender({ ...sender, stopCovers: "every-channel" });
  clock.pass(1000);
  await optOutByLink(deps, { how: "page", token });
  assert.equal(serviceTo(deps, ALICE, { channel: "voice" }).answer, "deny");
});

test("an unknown link looks like any other to its user and writes nothing", async (t) => {
  const { deps } = await startApp(t);
  const foreign = sealLink(KEY, CONTENTS);
  for (const token of ["", "x", foreign, "A".repeat(5000)]) {
    await optOutByLink(deps, { how: "page", token });
  }
  assert.deepEqual(await ledgerOf(deps), []);
});

test("a link still opts out when its sender was removed", async (t) => {
  const { deps } = await startApp(t);
  const { token } = createLink(deps, { address: ALICE, sender: "acme" });
  await deps.settings.remove("sender", "acme");
  await optOutByLink(deps, { how: "page", token });
  assert.deepEqual(kindsOf(await ledgerOf(deps)), ["opt-out"]);
});

test("no link is made for an unknown sender, no address, or a channel that cannot reach it", async (t) => {
  const { deps } = await startApp(t);
  const make = (request: Parameters<typeof createLink>[1]) => () => createLink(deps, request);
  assert.throws(make({ address: ALICE, sender: "globex" }), { code: "unknown-sender" });
  assert.throws(make({ address: "alice", sender: "acme" }), { code: "invalid-address" });
  assert.throws(make({ address: ALICE, sender: "acme", channel: "email" }), {
    code: "invalid-request",
  });
});
