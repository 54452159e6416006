/**
 * The sandbox page. The brand asks the public check API before each message, and the phone's words
 * go in as a provider would deliver them: signed with Standard Webhooks, over the inbound path.
 */
const settings = JSON.parse(document.querySelector("#settings").textContent);
const conversation = document.querySelector("#conversation");
const verdictBox = document.querySelector("#verdict");
const ledger = document.querySelector("#ledger");
const POLL_MS = 400;

const SENDS = {
  campaign: {
    question: { channel: "sms", class: "marketing" },
    text: "Acme Shoes: new arrivals, 20 % off this week. Reply STOP to opt out.",
  },
  delivery: {
    question: { channel: "sms", class: "transactional" },
    text: "Acme Shoes: your parcel 4711 arrives tomorrow between 9 and 12.",
  },
  call: {
    question: { channel: "voice", class: "marketing" },
    text: "Acme Shoes called with an offer.",
  },
};

const MEANING = {
  allow: "Allowed",
  deny: "Refused",
  defer: "Not now",
  unknown: "Not sent: this could not be decided",
};

document.querySelector("#phone-number").textContent = settings.phone;

document.querySelector("#reply").addEventListener("submit", (event) => {
  event.preventDefault();
  const field = document.querySelector("#reply-text");
  say(field.value);
  field.value = "";
});
for (const button of document.querySelectorAll("[data-words]")) {
  button.addEventListener("click", () => say(button.dataset.words));
}
for (const button of document.querySelectorAll("[data-send]")) {
  button.addEventListener("click", () => send(button.dataset.send));
}

await subscribe();
await showLedger();
let lastMessage = await lastMessageNumber();
setInterval(poll, POLL_MS);
document.body.dataset.ready = "true";

/** Ana signed up once, for texts and calls; without consent there would be nothing to try. */
async function subscribe() {
  for (const channel of ["sms", "voice"]) {
    await api("/v1/opt-ins", {
      method: "POST",
      headers: { "idempotency-key": `sandbox-welcome-${settings.phone}-${channel}` },
      body: JSON.stringify({
        address: settings.phone,
        sender: settings.sender,
        channel,
        by: "person",
        via: "web",
        level: "written",
        evidence: {
          kind: "form",
          url: "https://acme.example/join",
          text: "Yes, text and call me.",
        },
      }),
    });
  }
}

/** Ana writes: a request as the provider would make it, signed with the source's secret. */
async function say(text) {
  addBubble("own", text);
  const id = crypto.randomUUID();
  const timestamp = Math.floor(Date.now() / 1000);
  const body = JSON.stringify({
    type: "message.received",
    timestamp: new Date().toISOString(),
    data: { id, channel: "sms", from: settings.phone, to: settings.brandNumber, text },
  });
  const response = await fetch(`/v1/inbound/${settings.source}`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "webhook-id": id,
      "webhook-timestamp": String(timestamp),
      "webhook-signature": await sign(`${id}.${timestamp}.${body}`),
    },
    body,
  });
  if (!response.ok) addBubble("event", `Not delivered: ${response.status}`);
  await showLedger();
}

/** https://www.standardwebhooks.com: HMAC-SHA-256 over id, timestamp and body. */
async function sign(content) {
  const secret = Uint8Array.from(atob(settings.secret.slice("whsec_".length)), (c) =>
    c.charCodeAt(0),
  );
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", secret, algorithm, false, ["sign"]);
  const mac = await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(content));
  return `v1,${btoa(String.fromCharCode(...new Uint8Array(mac)))}`;
}

/** The brand sends: it asks first, and obeys. */
async function send(kind) {
  const { question, text } = SENDS[kind];
  const at = instantAsked();
  const verdict = await api("/v1/check", {
    method: "POST",
    body: JSON.stringify({ to: settings.phone, sender: settings.sender, at, ...question }),
  });
  showVerdict(kind, verdict);
  if (verdict.verdict !== "allow") return;
  if (question.channel === "voice") addBubble("event", text);
  else addBubble("theirs", text, "Acme Shoes");
}

/** Today at the chosen hour where Ana is. */
function instantAsked() {
  const chosen = document.querySelector("#local-time").value;
  if (chosen === "now") return new Date().toISOString();
  const now = new Date();
  const part = (options) =>
    new Intl.DateTimeFormat("en-US", { timeZone: settings.zone, ...options });
  const date = new Intl.DateTimeFormat("en-CA", { timeZone: settings.zone }).format(now);
  const offset = part({ timeZoneName: "longOffset" })
    .formatToParts(now)
    .find((one) => one.type === "timeZoneName")
    .value.replace("GMT", "");
  return `${date}T${chosen}:00${offset === "" ? "Z" : offset}`;
}

function showVerdict(kind, verdict) {
  verdictBox.className = `verdict ${verdict.verdict}`;
  verdictBox.dataset.kind = kind;
  const answer = element("p", MEANING[verdict.verdict], "answer");
  const reasons = document.createElement("ul");
  for (const reason of verdict.reasons) {
    const item = element("li", reason.text.replaceAll("`", ""));
    const proof = [
      reason.entry === undefined ? null : `entry ${reason.entry}`,
      reason.rule ?? null,
      reason.citation ?? null,
    ].filter((one) => one !== null);
    if (proof.length > 0) item.append(element("small", proof.join(" · ")));
    reasons.append(item);
  }
  const parts = [answer, reasons];
  if (verdict.notBefore) {
    parts.push(
      element(
        "p",
        `It may be sent from ${new Date(verdict.notBefore).toLocaleString("en", { timeZone: settings.zone, dateStyle: "medium", timeStyle: "short" })} where Ana is.`,
      ),
    );
  }
  parts.push(element("p", `True as of entry ${verdict.position}.`, "quiet"));
  verdictBox.replaceChildren(...parts);
}

async function showLedger() {
  const { events } = await api(`/v1/history?address=${encodeURIComponent(settings.phone)}`);
  const known = Number(ledger.dataset.count ?? 0);
  if (events.length === known) return;
  ledger.dataset.count = String(events.length);
  ledger.replaceChildren(
    ...events.toReversed().map((event, index) => {
      const item = document.createElement("li");
      if (known > 0 && index < events.length - known) item.className = "fresh";
      item.append(element("p", event.inWords));
      item.append(element("code", `entry ${event.position} · ${event.leafHash.slice(0, 16)}…`));
      return item;
    }),
  );
}

async function poll() {
  if (document.hidden) return;
  try {
    const { messages } = await api(`/sandbox/messages?after=${lastMessage}`);
    for (const message of messages) {
      lastMessage = message.number;
      addBubble("theirs", message.text, "Acme Shoes, sent by Heed");
    }
    await showLedger();
  } catch {
    // The server is away; the next turn tries again.
  }
}

async function lastMessageNumber() {
  const { messages } = await api("/sandbox/messages?after=0");
  return messages.at(-1)?.number ?? 0;
}

async function api(path, request = {}) {
  const response = await fetch(path, {
    ...request,
    headers: {
      authorization: `Bearer ${settings.key}`,
      ...(request.body === undefined ? {} : { "content-type": "application/json" }),
      ...request.headers,
    },
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.detail ?? answer.title);
  return answer;
}

function addBubble(side, text, from) {
  const bubble = element("li", text, side);
  if (from !== undefined) bubble.prepend(element("small", from));
  conversation.append(bubble);
  conversation.scrollTop = conversation.scrollHeight;
}

function element(name, text, className) {
  const made = document.createElement(name);
  made.textContent = text;
  if (className !== undefined) made.className = className;
  return made;
}
