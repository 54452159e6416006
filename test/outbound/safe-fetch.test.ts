/** The fetch that stays outside: URLs that try to get in, and a control that shows they would. */
import assert from "node:assert/strict";
import { channel } from "node:diagnostics_channel";
import { createServer } from "node:net";
import { type TestContext, test } from "node:test";
import fc from "fast-check";
import { isGlobalAddress } from "../../src/outbound/global-address.ts";
import { createSafeFetch, RefusedUrl } from "../../src/outbound/safe-fetch.ts";
import { startReceiver } from "./receiver.ts";

const PRIVATE_V4 = [
  ...["0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.254", "100.64.0.1", "100.100.100.200"],
  ...["127.0.0.1", "127.1.2.3", "127.255.255.254", "168.63.129.16", "169.254.169.254"],
  ...["169.254.170.2", "172.16.0.1", "172.31.255.254", "192.0.0.1", "192.0.0.192", "192.0.2.1"],
  ...["192.88.99.1", "192.168.0.1", "192.168.255.254", "198.18.0.1", "198.19.255.254"],
  ...["198.51.100.7", "203.0.113.7", "224.0.0.1", "239.255.255.250", "240.0.0.1"],
  ...["255.255.255.255"],
];

const PRIVATE_V6 = [
  ...["::", "::1", "fe80::1", "febf::1", "fec0::1", "fc00::1", "fd00:ec2::254", "fd12:3456::1"],
  ...["ff02::1", "ff0e::1", "100::1", "2001:db8::1", "3fff::1", "2001::1", "2001:2::1"],
  ...["2001:10::1", "2001:20::1", "5f00::1", "64:ff9b:1::1", "4000::1", "1::1", "::1:0:0"],
];

const PUBLIC = [
  ...["1.1.1.1", "8.8.8.8", "93.184.216.34", "172.15.0.1", "172.32.0.1", "100.128.0.1"],
  ...["2606:4700:4700::1111", "2a00:1450:4001::8a", "::ffff:8.8.8.8"],
];

const hex = (value: number, digits: number) => value.toString(16).padStart(digits, "0");

/** The same IPv4 address in every way in which a URL can write it. */
function disguisesOf(address: string): readonly string[] {
  const [a = 0, b = 0, c = 0, d = 0] = address.split(".").map(Number);
  const number = ((a * 256 + b) * 256 + c) * 256 + d;
  const [high, low] = [hex(a, 2) + hex(b, 2), hex(c, 2) + hex(d, 2)];
  const octal = (value: number) => `0${value.toString(8)}`;
  return [
    address,
    `${address}.`,
    String(number),
    `0x${hex(number, 8)}`,
    `0X${hex(number, 8).toUpperCase()}`,
    `0${number.toString(8)}`,
    [a, b, c, d].map(octal).join("."),
    [a, b, c, d].map((part) => `0x${part.toString(16)}`).join("."),
    [a, b, c, d].map((part) => `00000${part.toString(8)}`).join("."),
    `${a}.${(b * 256 + c) * 256 + d}`,
    `${a}.${b}.${c * 256 + d}`,
    `${octal(a)}.${b}.0x${hex(c, 2)}.${d}`,
    address.replaceAll(".", "。"),
    address.replaceAll(".", "%2e"),
    [...address].map((sign) => (sign === "." ? sign : `%3${sign}`)).join(""),
    [...address]
      .map((sign) => (sign === "." ? sign : String.fromCodePoint(0xff10 + Number(sign))))
      .join(""),
    `[::ffff:${address}]`,
    `[::ffff:${high}:${low}]`,
    `[0:0:0:0:0:FFFF:${high}:${low}]`,
    `[::${address}]`,
    `[::ffff:0:${address}]`,
    `[64:ff9b::${address}]`,
    `[2002:${high}:${low}::1]`,
  ];
}

const HOSTS = [...PRIVATE_V4.flatMap(disguisesOf), ...PRIVATE_V6.map((address) => `[${address}]`)];

/** Sockets that this process opens while `work` runs. */
async function countSockets(work: () => Promise<void>): Promise<number> {
  let sockets = 0;
  const count = () => {
    sockets += 1;
  };
  channel("net.client.socket").subscribe(count);
  try {
    await work();
  } finally {
    channel("net.client.socket").unsubscribe(count);
  }
  return sockets;
}

const neverResolve = async (): Promise<readonly string[]> => {
  throw new Error("a literal address was looked up");
};

const INIT: RequestInit = { method: "POST", body: "{}" };

test("more than 500 URLs that lead inside open no connection", async (context) => {
  const { port } = await startReceiver(context);
  const fetch = createSafeFetch({ resolve: neverResolve, allowPrivate: false, allowHttp: true });
  const urls = HOSTS.flatMap((host) => [`http://${host}:${port}/`, `https://${host}:${port}/`]);
  assert.ok(urls.length > 500, String(urls.length));
  const sockets = await countSockets(async () => {
    for (const url of urls) await assert.rejects(fetch(url, INIT), RefusedUrl, url);
  });
  assert.equal(sockets, 0);
});

test("control: without the guard the same URLs do connect", async (context) => {
  const receiver = await startReceiver(context);
  const fetch = createSafeFetch({ resolve: neverResolve, allowPrivate: true });
  const hosts = disguisesOf("127.0.0.1").slice(0, 18);
  for (const host of hosts) {
    assert.equal((await fetch(`http://${host}:${receiver.port}/`, INIT)).status, 204, host);
  }
  assert.equal(receiver.connections(), hosts.length);
});

test("a name with any address inside is refused, also behind public ones", async () => {
  for (const inside of [...PRIVATE_V4, ...PRIVATE_V6, "not an address", "fe80::1%eth0"]) {
    for (const addresses of [[inside], ["93.184.216.34", inside], [inside, "93.184.216.34"]]) {
      const fetch = createSafeFetch({ resolve: async () => addresses, allowPrivate: false });
      const sockets = await countSockets(() =>
        assert.rejects(fetch("https://hook.example/", INIT), RefusedUrl, inside),
      );
      assert.equal(sockets, 0);
    }
  }
  const fetch = createSafeFetch({ resolve: async () => [], allowPrivate: false });
  await assert.rejects(fetch("https://hook.example/", INIT), RefusedUrl);
});

/** A name that is `first` when it is judged and the receiver's address ever after. */
function rebinding(first: string): { resolve: () => Promise<readonly string[]>; asked(): number } {
  let asked = 0;
  return {
    asked: () => asked,
    async resolve() {
      asked += 1;
      return [asked === 1 ? first : "127.0.0.1"];
    },
  };
}

test("a name that changes its address after the look-up gains nothing", async (context) => {
  const receiver = await startReceiver(context);
  // 127.0.0.9 stands for the judged address: it is allowed here, and nobody listens on it.
  const name = rebinding("127.0.0.9");
  const guard = { allowPrivate: ["127.0.0.9/32"], allowHttp: true };
  const url = `http://rebind.example:${receiver.port}/`;
  await assert.rejects(createSafeFetch({ ...guard, resolve: name.resolve })(url, INIT));
  assert.equal(name.asked(), 1);
  assert.equal(receiver.connections(), 0);
  // Asked again, the name is judged again.
  const again = createSafeFetch({ ...guard, resolve: name.resolve });
  await assert.rejects(again(url, INIT), RefusedUrl);
  assert.equal(receiver.connections(), 0);
});

test("control: judging one look-up and connecting by another gets inside", async (context) => {
  const receiver = await startReceiver(context);
  const name = rebinding("127.0.0.9");
  assert.deepEqual(await name.resolve(), ["127.0.0.9"]);
  const unguarded = createSafeFetch({ resolve: name.resolve, allowPrivate: true });
  await unguarded(`http://rebind.example:${receiver.port}/`, INIT);
  assert.equal(receiver.connections(), 1);
});

test("other schemes, credentials, low ports and plain http are never looked up", async () => {
  const fetch = createSafeFetch({ resolve: neverResolve, allowPrivate: false });
  for (const url of [
    ...["http://example.com/", "file:///etc/passwd", "ftp://example.com/", "gopher://example.com/"],
    ...["data:text/plain,x", "javascript:1", "ws://example.com/", "https://", "", "example.com"],
    ...["https://user@example.com/", "https://:pass@example.com/", "https://a:b@127.0.0.1/"],
    ...["https://example.com:22/", "https://example.com:25/", "https://example.com:0/"],
    ...[
      "https://exa mple.com/",
      "https://[::1/",
      "https://999.1.1.1/",
      "https://example.com:70000/",
    ],
  ]) {
    await assert.rejects(fetch(url, INIT), RefusedUrl, url);
  }
});

test("a range that is not one is refused at start", () => {
  for (const range of ["10.0.0.0", "10.0.0.0/40", "localhost", ""]) {
    const create = () => createSafeFetch({ resolve: neverResolve, allowPrivate: [range] });
    assert.throws(create, /is not a CIDR range/u);
  }
});

test("a redirect to the inside is handed back, not followed", async (context) => {
  const receiver = await startReceiver(context);
  receiver.answer((response) => response.writeHead(302, { location: "/inside" }).end());
  const response = await local()(`${receiver.origin}/`, { ...INIT, redirect: "follow" });
  assert.equal(response.status, 302);
  assert.equal(receiver.received.length, 1);
});

function local(options: { maxResponseBytes?: number } = {}) {
  const resolve = async () => ["127.0.0.1"];
  return createSafeFetch({ resolve, allowPrivate: ["127.0.0.0/8"], allowHttp: true, ...options });
}

test("the request arrives as it was given, under the name of the host", async (context) => {
  const receiver = await startReceiver(context);
  receiver.answer((response) => response.writeHead(201, { "x-a": "b" }).end("grüß dich"));
  const response = await local()(`http://hook.example:${receiver.port}/a%20b?c=d`, {
    method: "POST",
    headers: { "x-test": "1", host: "elsewhere.example" },
    body: "schön",
  });
  assert.deepEqual([response.status, response.headers.get("x-a")], [201, "b"]);
  assert.equal(await response.text(), "grüß dich");
  const [request] = receiver.received;
  assert.deepEqual(
    [request?.method, request?.path, request?.body],
    ["POST", "/a%20b?c=d", "schön"],
  );
  assert.equal(request?.headers.host, `hook.example:${receiver.port}`);
  assert.equal(request?.headers["x-test"], "1");
});

test("TLS asks for the name in the URL at the judged address", async (context) => {
  const hello = await firstBytesOf(context, async (port) => {
    await assert.rejects(local()(`https://hook.example:${port}/`, INIT));
  });
  assert.ok(hello.includes("hook.example"), "the TLS hello does not carry the name");
});

async function firstBytesOf(context: TestContext, work: (port: number) => Promise<void>) {
  const first = Promise.withResolvers<string>();
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", (bytes) => {
      first.resolve(bytes.toString("latin1"));
      socket.destroy();
    });
  });
  context.after(() => server.close());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  assert.ok(address !== null && typeof address === "object");
  await work(address.port);
  return await first.promise;
}

test("an answer beyond the limit is an error, one within it is not", async (context) => {
  const receiver = await startReceiver(context);
  receiver.answer((response) => response.end("x".repeat(10_000)));
  const fits = await local({ maxResponseBytes: 10_000 })(receiver.origin, INIT);
  assert.equal((await fits.text()).length, 10_000);
  const tooLong = await local({ maxResponseBytes: 9_999 })(receiver.origin, INIT);
  await assert.rejects(tooLong.text(), /larger than 9999 bytes/u);
});

test("an abort ends the look-up, the wait for an answer and its reading", async (context) => {
  const receiver = await startReceiver(context);
  const init = () => ({ ...INIT, signal: AbortSignal.timeout(50) });
  const slowName = createSafeFetch({ resolve: () => new Promise(() => {}), allowPrivate: false });
  const isTimeout = { name: "TimeoutError" };
  await assert.rejects(slowName("https://hook.example/", init()), isTimeout);
  receiver.answer(() => undefined);
  await assert.rejects(local()(receiver.origin, init()), isTimeout);
  receiver.answer((response) => response.writeHead(200).write("x"));
  const half = await local()(receiver.origin, init());
  await assert.rejects(half.text());
  // Nobody reads this one; its abort must not bring the process down.
  const unread = AbortSignal.timeout(50);
  await local()(receiver.origin, { ...INIT, signal: unread });
  await new Promise((resolve) => unread.addEventListener("abort", () => setTimeout(resolve, 20)));
});

test("of all addresses only global unicast ones are global", () => {
  for (const address of PUBLIC) assert.ok(isGlobalAddress(address), address);
  for (const address of [...PRIVATE_V4, ...PRIVATE_V6])
    assert.ok(!isGlobalAddress(address), address);
  const byte = fc.integer({ min: 0, max: 255 });
  fc.assert(
    fc.property(fc.constantFrom(...PRIVATE_V6), byte, (address, last) => {
      assert.ok(!isGlobalAddress(address.replace(/[0-9a-f]*$/u, hex(last, 2))));
    }),
  );
  for (const text of ["", "localhost", "1.2.3", "1.2.3.4/24", "::g"])
    assert.ok(!isGlobalAddress(text));
});
