/**
 * README.txt of an evidence folder: for somebody who has never heard of Heed, such as a lawyer or a
 * judge's expert. What was said, in words, and how to check every part of it without trusting us.
 */
import { type Evidence, type ProvenAct, receiptFile } from "./evidence.ts";
import { shownInstant, visible } from "./print.ts";

export function readmeOf(evidence: Evidence): string {
  const { address, madeAt, origin } = evidence;
  const title = `What ${visible(address)} said, and what was done about it`;
  const sections = [
    `${title}\n${"=".repeat([...title].length)}`,
    `Made on ${shownInstant(madeAt)} by Heed, from the ledger\n${visible(origin)}.\nAll times are UTC.`,
    section("1. In words", evidence.acts.map(told).join("\n\n")),
    ...aboutLedger(evidence),
    section("3. What is in this folder", contentsOf(evidence)),
    section("4. How to check it", howToCheck(evidence)),
    section("5. What it shows, and what it does not", LIMITS),
  ];
  return `${sections.join("\n\n")}\n`;
}

function section(heading: string, text: string): string {
  return `${heading}\n${"-".repeat(heading.length)}\n\n${text}`;
}

/** The act with all its times, because they may differ and a dispute may be about just that. */
function told(proven: ProvenAct): string {
  const { position, recordedAt, inWords, act, erasedBy } = proven;
  const lines = [wrapped(`Entry ${position}: ${visible(inWords)}`)];
  if (act !== null) {
    lines.push(`  happened, as its source says   ${shownInstant(act.claimedAt)}`);
    lines.push(`  arrived here                   ${shownInstant(act.receivedAt)}`);
  }
  lines.push(`  written into the ledger        ${shownInstant(recordedAt)}`);
  if (erasedBy !== null) lines.push(`  its record was erased by entry ${erasedBy}`);
  lines.push(
    `  proof                          ${proven.receipt === null ? "none" : receiptFile(proven)}`,
  );
  return lines.join("\n");
}

const WIDTH = 78;

/** Breaks a paragraph at spaces, the further lines a little to the right. */
function wrapped(text: string): string {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const longer = lines.length === 0 ? word : `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && [...longer].length > WIDTH) lines.push(`  ${word}`);
    else lines.splice(-1, 1, longer);
  }
  return lines.join("\n");
}

function aboutLedger({ ledger }: Evidence): readonly string[] {
  if (ledger.length === 0) {
    const nothing =
      "It has no entry about lost entries, and none about a new key since the first above.";
    return [section("2. What happened to the ledger itself", nothing)];
  }
  const text = `${ledger.map(told).join("\n\n")}

Where entries were lost, acts of this person may have been among them. Where a
key was replaced, receipts of the old key stay valid: key.txt has them all.`;
  return [section("2. What happened to the ledger itself", text)];
}

function contentsOf({ acts, checkpoint, note }: Evidence): string {
  const [first] = acts;
  const lines = [
    "acts.json      the same for programs: each entry with its whole record and evidence",
    "key.txt        the public keys of the ledger, one a line, the present one first",
  ];
  if (checkpoint !== null) {
    lines.push("checkpoint     size and root of the ledger when this was made, signed");
  }
  if (first !== undefined && first.receipt !== null) {
    lines.push("receipts/      the proof of each entry, one file an entry");
  }
  if (note !== undefined) lines.push("", visible(note), "Export it again when that is over.");
  return lines.join("\n");
}

function howToCheck({ acts, ledger, handovers }: Evidence): string {
  if (![...acts, ...ledger].some(({ receipt }) => receipt !== null)) {
    return "There is no receipt in this folder, so nothing can be checked.";
  }
  return `With Heed, on any machine, without a network and without the server this is from:

  heed verify receipts/*.json --key key.txt

It says of each what is proven, or what is wrong. One changed character is noticed.${
    handovers.length === 0 ? "" : `\n\n${ABOUT_HANDOVERS}`
  }

By hand, with the tools of any Unix. docs/formats/ledger.md in Heed's source says
what every byte is; its section "Receipt" has these steps. With R for a receipt:

a. The ledger's entry (leaf) commits to the record. These two are the same:

  { jq -j .salt R | xxd -r -p; jq -j .record R; } | sha256sum
  jq -r .leaf R | jq -r .commit

b. The checkpoint in the receipt is signed by the key that the receipt names.
   VKEY is the line of key.txt that begins with what \`jq -r .key R\` prints. (A note
   that two keys signed has two lines at its end: try the other one, too.)

  jq -j .proof R | sed '1,/^$/d' > note
  head -n 3 note > text
  tail -n 1 note | cut -d ' ' -f 3 | base64 -d | tail -c 64 > signature
  { echo 302a300506032b6570032100 | xxd -r -p
    echo VKEY | cut -d + -f 3- | base64 -d | tail -c 32; } > key.der
  openssl pkeyutl -verify -pubin -keyform DER -inkey key.der -rawin -in text -sigfile signature

c. The leaf is in the tree that was signed. Begin with the hash of the leaf,

  { printf '\\0'; jq -j .leaf R; } | sha256sum

   then join it with each hash of the proof, as "Inclusion proof" in
   docs/formats/ledger.md says. The last hash is the third line of \`text\`, in base64.

d. What leaf and record both say (kind, times, what it covers) is the same.`;
}

const ABOUT_HANDOVERS = `The key was replaced. In each receipts/new-key-*.json the older key vouches for
the next one, which is \`evidence.vkey\` of its record: whoever knows only an old key
gets from it to the present one.`;

const LIMITS = `It shows that the ledger had these records, word for word and at these
positions, when it signed the checkpoints: none was changed since, and none was
put in later.

It is as good as the keys in key.txt, which came from the same server. Compare
them with those that you have from elsewhere: from an older receipt, from what
was published, from the other side.

Whether the person really did what a record says is for the evidence in it to
show. And nothing can show that somebody said nothing else.`;
