// Asks Heed before a message goes out, and obeys.
//   HEED_URL=http://127.0.0.1:4333 HEED_API_KEY=heed_… node examples/check-before-send.ts +12125550123
const { HEED_URL = "http://127.0.0.1:4333", HEED_API_KEY = "" } = process.env;

/** `allow` and nothing else means yes: no answer, a late answer and any other answer mean no. */
async function maySend(to: string): Promise<{ verdict: string; reasons: string[] }> {
  try {
    const response = await fetch(`${HEED_URL}/v1/check`, {
      method: "POST",
      headers: { authorization: `Bearer ${HEED_API_KEY}`, "content-type": "application/json" },
      body: JSON.stringify({ to, sender: "acme", channel: "sms", class: "marketing" }),
      signal: AbortSignal.timeout(2000),
    });
    if (!response.ok) return { verdict: "unknown", reasons: [`Heed answered ${response.status}`] };
    const answer = (await response.json()) as { verdict: string; reasons: { text: string }[] };
    return { verdict: answer.verdict, reasons: answer.reasons.map((reason) => reason.text) };
  } catch (error) {
    return { verdict: "unknown", reasons: [`Heed did not answer: ${error}`] };
  }
}

const to = process.argv[2] ?? "";
const { verdict, reasons } = await maySend(to);
if (verdict === "allow") {
  console.log(`sending to ${to}`); // Here you would call your provider, at once.
} else {
  console.log(`not sending to ${to}: ${verdict}`);
  for (const reason of reasons) console.log(`- ${reason}`);
  process.exitCode = 1;
}
