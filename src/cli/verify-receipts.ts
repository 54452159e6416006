/** Checks receipts offline, and says in words what each one proves and what it does not. */
import { readFile } from "node:fs/promises";
import { tell } from "../app/timeline.ts";
import type { Act } from "../domain/act.ts";
import { type VerifiedReceipt, verifyReceipt } from "../ledger/receipt.ts";
import type { Context } from "./context.ts";
import { CliFailure } from "./failure.ts";
import { printJson, printLine, shownInstant } from "./print.ts";

/** Keys that are believed, and where they are from. */
export interface TrustedKeys {
  readonly vkeys: readonly string[];
  /** `given`, `those of the data folder /srv/heed` */
  readonly from: string;
}

/** Whether all of them hold. */
export async function verifyReceipts(
  context: Context,
  files: readonly string[],
  keys: TrustedKeys,
  asJson: boolean,
): Promise<boolean> {
  const results = [];
  for (const file of files) {
    const verified = verifyReceipt(receiptIn(await textOf(context, file)), keys.vkeys);
    results.push({ file, verified });
  }
  const ok = results.every(({ verified }) => !("problem" in verified));
  if (asJson) {
    const receipts = results.map(({ file, verified }) => ({ file, ...shownAsJson(verified) }));
    printJson(context.stdout, { ok, receipts });
    return ok;
  }
  for (const { file, verified } of results) {
    const lines =
      "problem" in verified
        ? [`${file}: does NOT hold. ${verified.problem}`]
        : [`${file}: holds.`, ...tellReceipt(verified)];
    for (const line of lines) printLine(context.stdout, line);
  }
  const someHold = results.some(({ verified }) => !("problem" in verified));
  for (const line of tellLimits(keys, someHold)) printLine(context.stdout, line);
  return ok;
}

async function textOf(context: Context, file: string): Promise<string> {
  if (file === "-") {
    const chunks: Uint8Array[] = [];
    for await (const chunk of context.stdin) chunks.push(chunk as Uint8Array);
    return Buffer.concat(chunks).toString("utf8");
  }
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CliFailure(
      code === "ENOENT" ? `there is no file \`${file}\`` : `\`${file}\` cannot be read (${code})`,
    );
  }
}

/** Somebody may have kept the whole acknowledgement; what else is in it proves nothing. */
function receiptIn(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    const isAnswer = typeof value === "object" && value !== null && "receipt" in value;
    return isAnswer ? value.receipt : text;
  } catch {
    return text;
  }
}

/** The act that a receipt proves; `null` when it was erased. */
function actOf({ record }: VerifiedReceipt): Act | null {
  return record === null ? null : (record as unknown as Act);
}

function inWords(verified: VerifiedReceipt): string | null {
  const act = actOf(verified);
  if (act === null) return null;
  const { position, recordedAt } = verified.leaf;
  try {
    return tell({ position, recordedAt, leafHash: "", token: "", act });
  } catch {
    // Of a newer Heed: what it proves is in the record all the same.
    return `An act of the kind \`${String(act.kind)}\`.`;
  }
}

function tellReceipt(verified: VerifiedReceipt): string[] {
  const { leaf, origin, size, vkey } = verified;
  const act = actOf(verified);
  const at = (instant: unknown) => shownInstant(new Date(Number(instant)).toISOString());
  const what =
    act === null
      ? [`  What: ${String(leaf.kind)}. The record was erased before the receipt was made.`]
      : [`  What: ${inWords(verified)}`];
  const who = act === null || act.address === null ? [] : [`  Who:  ${act.address}`];
  return [
    ...what,
    ...who,
    `  When: ${at(leaf.claimedAt)} according to its source, arrived ${at(leaf.receivedAt)}, ` +
      `written ${at(leaf.recordedAt)}`,
    `  Entry ${leaf.position} of the log ${origin}, among the ${size} entries that were signed`,
    `  Key:  ${vkey}`,
    ...newKeyIn(act),
  ];
}

/** A receipt that the old key signed is how others learn the new one (docs/formats/ledger.md). */
function newKeyIn(act: Act | null): string[] {
  const vkey = act?.kind === "key-rotation" ? act.evidence?.vkey : undefined;
  return typeof vkey === "string" ? [`  It vouches for the new key ${vkey}`] : [];
}

function tellLimits({ from }: TrustedKeys, someHold: boolean): string[] {
  const believed = ["", `Keys that were believed: ${from}.`];
  if (!someHold) return believed;
  return [
    ...believed,
    "What holds proves: the log had exactly this, at this place, when it signed. Not one character",
    "was changed.",
    "Not proven: that the times are right, which are the server's own, and that the person did it;",
    "that is what the evidence in the record is for. Whether others are shown the same log is shown",
    "by `heed verify --url URL --since CHECKPOINT`.",
  ];
}

function shownAsJson(verified: ReturnType<typeof verifyReceipt>): object {
  if ("problem" in verified) return { ok: false, problem: verified.problem };
  const { leaf, record, origin, size, root, vkey } = verified;
  return {
    ok: true,
    position: leaf.position,
    recordedAt: new Date(leaf.recordedAt).toISOString(),
    kind: leaf.kind,
    inWords: inWords(verified),
    record,
    origin,
    size,
    root: Buffer.from(root).toString("base64"),
    key: vkey,
  };
}
