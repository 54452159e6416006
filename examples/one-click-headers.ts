// The headers that give a marketing e-mail its one-click way out (RFC 8058), for one person.
//   HEED_API_KEY=heed_… node examples/one-click-headers.ts ana@example.com
const { HEED_URL = "http://127.0.0.1:4333", HEED_API_KEY = "" } = process.env;

const response = await fetch(`${HEED_URL}/v1/links`, {
  method: "POST",
  headers: { authorization: `Bearer ${HEED_API_KEY}`, "content-type": "application/json" },
  body: JSON.stringify({ address: process.argv[2], sender: "acme", channel: "email" }),
});
const link = (await response.json()) as Record<string, string>;
if (!response.ok) throw new Error(`no link: ${link.detail}`);

// Both headers must be covered by your DKIM signature, or mail programs ignore them. The same link
// belongs in the text of the e-mail, where everybody can see it.
console.log(`List-Unsubscribe: ${link.listUnsubscribe}`);
console.log(`List-Unsubscribe-Post: ${link.listUnsubscribePost}`);
