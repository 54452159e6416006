// An agent writes down what a person said on the phone. Run it twice: it is recorded once.
//   HEED_API_KEY=heed_… node examples/record-a-phone-call.ts +12125550123 call-2041
const { HEED_URL = "http://127.0.0.1:4333", HEED_API_KEY = "" } = process.env;
const [address = "", callId = ""] = process.argv.slice(2);

interface Recorded {
  entry: { position: number };
  coversInWords: string;
  replayed: boolean;
}

const response = await fetch(`${HEED_URL}/v1/opt-outs`, {
  method: "POST",
  headers: {
    authorization: `Bearer ${HEED_API_KEY}`,
    "content-type": "application/json",
    // The same key records once, however often it is sent: after a timeout, send it again.
    "idempotency-key": callId,
  },
  body: JSON.stringify({
    address,
    sender: "acme",
    by: "person",
    via: "voice",
    text: "Take me off your list, please.",
    author: "kim",
    evidence: { kind: "call-recording", id: callId },
  }),
});
if (!response.ok) throw new Error(`not recorded: ${await response.text()}`);
const answer = (await response.json()) as Recorded;
// Only now tell the person that it is done: it is on disk and in force.
const how = answer.replayed ? "was recorded before" : "recorded";
console.log(`${how} as entry ${answer.entry.position}: ${answer.coversInWords}`);
