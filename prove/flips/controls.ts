// The same flips against a product without the safety: a verification that takes every hash for
// right, and a server that believes every entry as it is read.

import type { AddressKey } from "../../src/domain/words.ts";
import { type Dice, roll } from "../dice.ts";
import type { Control } from "../proof.ts";
import type { LivedFolder } from "./ledger.ts";
import { spansOf } from "./pages.ts";
import type { Patient } from "./patient.ts";
import { askUnchecked, start, startAndAsk } from "./start.ts";
import { findsSomething } from "./verifiers.ts";

const TRIES = 20;

/** Flips in what people said, which no index and no checksum of the database covers. */
export async function hashlessVerify(patient: Patient, dice: Dice): Promise<Control> {
  const cells = spansOf(patient.database).filter(({ use }) => use === "records: cell");
  let missed = 0;
  for (let count = 0; count < TRIES; count++) {
    const { start: first, end } = cells[roll(dice, 0, cells.length - 1)]!;
    patient.flip({ file: "database", at: roll(dice, first, end - 1), bit: roll(dice, 0, 7) });
    if (!(await findsSomething(patient.dataFolder, true))) missed += 1;
  }
  return {
    name: "a verification that compares no hash",
    caught: missed > 0,
    found: `${missed} of ${TRIES} flips in records not found`,
  };
}

/**
 * One bit in the address of an opt-out, and one in the token of somebody who is known by token: each
 * makes it somebody else's.
 */
export async function believingStart(patient: Patient, lived: LivedFolder): Promise<Control> {
  // Not the first ones: a server does look at the first token that it meets.
  const isNumber = (address: string) => address.startsWith("+");
  const byNumber = lived.stopped.filter(isNumber)[5]!;
  const byToken = lived.stopped.filter((address) => !isNumber(address))[5]!;
  patient.heal();
  const heed = await start(lived.dataFolder, lived.clock);
  const { deps } = heed;
  const wrong: string[] = [];
  const safe: string[] = [];
  try {
    const address = `{"address":"${byNumber}"`;
    const token = deps.secrets.tokenOf(byToken as AddressKey);
    const flips = [
      { who: byNumber, what: "address", text: address, offset: address.length - 2 },
      { who: byToken, what: "token", text: token, offset: token.search(/[0-9]/u) },
    ];
    for (const { who, what, text, offset } of flips) {
      for (const place of placesOf(patient.database, text)) {
        // The lowest bit of a digit makes another digit of it.
        const flip = { file: "database", at: place + offset, bit: 0 } as const;
        patient.flip(flip, true);
        if ((await askUnchecked(deps, patient.dataFolder, [who])).length === 0) continue;
        wrong.push(what);
        patient.flip(flip, true);
        const { allowed, outcome } = await startAndAsk(patient.dataFolder, [who], lived.clock);
        if (allowed.length === 0 && outcome !== "open") safe.push(what);
      }
    }
  } finally {
    await heed.stop();
  }
  const kinds = new Set(wrong);
  return {
    name: "a start that believes entries as they are read",
    caught: kinds.size === 2 && safe.length === wrong.length,
    found: `allows somebody who said stop after a flip in ${[...kinds].join(" or ")}; Heed does not`,
  };
}

/** Everywhere that a text stands in the file. */
function placesOf(file: Buffer, text: string): number[] {
  const places: number[] = [];
  for (let at = file.indexOf(text); at !== -1; at = file.indexOf(text, at + 1)) places.push(at);
  return places;
}
