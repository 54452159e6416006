/**
 * A word as its consonants in Latin letters, roughly as it sounds, to compare a name with the same
 * name in another script. Vowels, h and y go, and letters that scripts mix up fall together.
 */

/**
 * Consonants of the scripts of India and Bangladesh. Unicode lays all of them out alike, 128 code
 * points apart, after ISCII, so one table by the place in the block reads them all.
 */
const INDIC = "kkggnccjjnttddnttddnnppbbm.rrlllvsss.";
const INDIC_BLOCKS = [0x0900, 0x0980, 0x0a00, 0x0a80, 0x0b00, 0x0b80, 0x0c00, 0x0c80, 0x0d00];
const FIRST_INDIC_CONSONANT = 0x15;

const LETTERS: Readonly<Record<string, string>> = {
  ...pairs("бb вv гg дd жj зs кk лl мm нn пp рr сs тt фp цts чc шs щs хk ґg"),
  ...pairs("βv γg δd ζs θt κk λl μm νn ξks πp ρr σs ςs τt φp χk ψps"),
  ...pairs(
    "بb پp تt ثt جj چc حk خk دd ذd رr زs ژj سs شs صs ضd طt ظs غg فp قk كk کk گg لl مm نn وv ٹt ڈd ڑr ںn",
  ),
  ...pairs("בb גg דd וv זs חk טt כk ךk לl מm םm נn ןn סs פp ףp צts ץts קk רr שs תt"),
  ...pairs("bb cc dd fp gg jj kk ll mm nn pp qk rr ss tt vv wv xks zs"),
};

function pairs(table: string): Readonly<Record<string, string>> {
  return Object.fromEntries(table.split(" ").map((pair) => [pair[0]!, pair.slice(1)]));
}

function indicConsonant(codePoint: number): string {
  const block = INDIC_BLOCKS.find((start) => codePoint >= start && codePoint < start + 0x80);
  if (block === undefined) return "";
  return INDIC[codePoint - block - FIRST_INDIC_CONSONANT]?.replace(".", "") ?? "";
}

/** `pdm` for "Padma" and for "পদ্মা"; empty for scripts that are not read so. */
export function consonantsOf(word: string): string {
  const latin = word
    .toLowerCase()
    .normalize("NFC")
    .replace(/ph/gu, "f")
    .replace(/ck/gu, "k")
    .replace(/c(?=[aoukrlt])/gu, "k")
    .replace(/c(?=[eiy])/gu, "s")
    .replace(/ch/gu, "c");
  let consonants = "";
  for (const letter of latin) {
    const next = LETTERS[letter] ?? indicConsonant(letter.codePointAt(0)!);
    if (!consonants.endsWith(next) || next === "") consonants += next;
  }
  return consonants;
}
