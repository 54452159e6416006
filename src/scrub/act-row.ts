/**
 * One row of an import file, read: what it says about whom, or what is wrong with it and what to
 * write instead. Nothing is guessed: an act that was misread would be proof of the wrong thing.
 */
import { createHash } from "node:crypto";
import { isProblem, type ParsedAddress } from "../address/parse-address.ts";
import { type ConsentLevel, canAllow, type DealingKind, type Evidence } from "../domain/act.ts";
import { type Channel, channelsOf, type Instant, isName } from "../domain/words.ts";
import { canonicalJson } from "../ledger/canonical.ts";
import { readActTime } from "./act-times.ts";
import {
  CHANNEL_WORDS,
  COLUMN_WORDS,
  DEALING_WORDS,
  isYes,
  LEVEL_WORDS,
  OPT_IN_WORDS,
  OPT_OUT_WORDS,
} from "./act-words.ts";
import { plainName } from "./column-names.ts";
import type { ReadAddress } from "./read-address.ts";

/** What a row of an import can say. */
export type ImportedKind = "opt-out" | "opt-in" | DealingKind;

export interface ParsedActRow {
  readonly kind: ImportedKind;
  readonly address: ParsedAddress;
  /** `null`: every channel, or not said. */
  readonly channel: Channel | null;
  /** `null`: not said; the same for the next ones. */
  readonly sender: string | null;
  readonly program: string | null;
  readonly class: string | null;
  readonly claimedAt: Instant | null;
  readonly level: ConsentLevel | null;
  readonly language: string | null;
  /** `kind` is `import`; `null` when no cell says anything that proves the act. */
  readonly evidence: Evidence | null;
  readonly note: string | null;
}

export interface RowProblem {
  /** Stable word for programs. */
  readonly problem: string;
  /** What is wrong and what to do. Goes to the rejects file, not to a log. */
  readonly message: string;
}

export interface ActColumns {
  readonly address: number;
  readonly kind: number | null;
  readonly optedOut: number | null;
  readonly optedIn: number | null;
  readonly channel: number | null;
  readonly sender: number | null;
  readonly program: number | null;
  readonly class: number | null;
  readonly at: number | null;
  readonly level: number | null;
  readonly language: number | null;
  readonly note: number | null;
  /** Columns that go into the evidence, with their names. */
  readonly evidence: readonly { readonly index: number; readonly name: string }[];
}

/** Recognises the columns of a header. The first of several with the same meaning is taken. */
export function findActColumns(header: readonly string[] | null, address: number): ActColumns {
  const names = (header ?? []).map(plainName);
  const first = (...lists: readonly (readonly string[])[]): number | null => {
    const found = names.findIndex(
      (name, index) => index !== address && lists.flat().includes(name),
    );
    return found < 0 ? null : found;
  };
  const proves = [...COLUMN_WORDS.evidence, ...COLUMN_WORDS.source];
  return {
    address,
    kind: first(COLUMN_WORDS.kind, COLUMN_WORDS.kindOther),
    optedOut: first(COLUMN_WORDS.optedOut, COLUMN_WORDS.optedOutOther),
    optedIn: first(COLUMN_WORDS.optedIn),
    channel: first(COLUMN_WORDS.channel),
    sender: first(COLUMN_WORDS.sender),
    program: first(COLUMN_WORDS.program),
    class: first(COLUMN_WORDS.class),
    at: first(COLUMN_WORDS.at, COLUMN_WORDS.atOther, COLUMN_WORDS.atMore),
    level: first(COLUMN_WORDS.level),
    language: first(COLUMN_WORDS.language),
    note: first(COLUMN_WORDS.note),
    evidence: names.flatMap((name, index) =>
      index !== address && proves.includes(name)
        ? [{ index, name: name.replaceAll(" ", "_") }]
        : [],
    ),
  };
}

export interface ActDefaults {
  readonly read: ReadAddress;
  /** For rows that do not say it themselves. */
  readonly kind: ImportedKind | null;
  /** IANA zone of times without an offset. */
  readonly zone: string;
}

export function parseActRow(
  cells: readonly string[],
  columns: ActColumns,
  defaults: ActDefaults,
): ParsedActRow | RowProblem {
  const cell = (index: number | null) => (index === null ? "" : (cells[index] ?? "").trim());
  const address = defaults.read(cell(columns.address), null);
  if (isProblem(address)) return address;
  const kind = readKind(cell, columns, defaults.kind);
  if (typeof kind === "object") return kind;
  const channel = readChannel(cell(columns.channel), address);
  if (channel !== null && typeof channel === "object") return channel;
  const names = readNames(cell, columns);
  if ("problem" in names) return names;
  const at = cell(columns.at);
  const strict = canAllow(kind) ? "early" : "late";
  const claimedAt = at === "" ? null : readActTime(at, defaults.zone, strict);
  if (claimedAt !== null && typeof claimedAt === "object") return claimedAt;
  const level = readLevel(cell(columns.level));
  if (level !== null && typeof level === "object") return level;
  const language = readLanguage(cell(columns.language));
  if (language !== null && typeof language === "object") return language;
  const proofs = columns.evidence.map(({ index, name }) => [name, cell(index)] as const);
  const filled = proofs.filter(([, text]) => text !== "");
  const evidence = filled.length > 0 ? { ...Object.fromEntries(filled), kind: "import" } : null;
  const note = cell(columns.note) || null;
  return { kind, address, channel, ...names, claimedAt, level, language, evidence, note };
}

type Cell = (index: number | null) => string;

function readKind(
  cell: Cell,
  columns: ActColumns,
  fallback: ImportedKind | null,
): ImportedKind | RowProblem {
  const said = plainName(cell(columns.kind));
  if (OPT_OUT_WORDS.has(said)) return "opt-out";
  // An opt-out in a column of its own outweighs whatever else the row says.
  const optedOut = isYes(plainName(cell(columns.optedOut)));
  if (optedOut === true) return "opt-out";
  if (OPT_IN_WORDS.has(said)) return "opt-in";
  const dealing = DEALING_WORDS.get(said);
  if (dealing !== undefined) return dealing;
  if (said !== "") {
    return problem(
      "unknown-kind",
      `\`${cell(columns.kind)}\` is neither an opt-out nor an opt-in, nor a dealing. ` +
        "Write `opt-out`, `opt-in`, `purchase`, `inquiry`, `refusal` or `opt-in-request`.",
    );
  }
  const optedIn = isYes(plainName(cell(columns.optedIn)));
  if (optedIn !== null) return optedIn ? "opt-in" : "opt-out";
  if (cell(columns.optedIn) !== "" || (cell(columns.optedOut) !== "" && optedOut === null)) {
    return problem("unknown-kind", "A yes-or-no column says neither. Write `yes` or `no`.");
  }
  if (optedOut === false) return problem("no-act", "The row says that nobody opted out.");
  return (
    fallback ?? problem("no-kind", "The row does not say whether it is an opt-out or an opt-in.")
  );
}

function readChannel(text: string, address: ParsedAddress): Channel | null | RowProblem {
  if (text === "") return null;
  const channel = CHANNEL_WORDS.get(plainName(text));
  if (channel === undefined) {
    return problem(
      "unknown-channel",
      `There is no channel \`${text}\`. Write sms, voice, email or all.`,
    );
  }
  if (channel === "all") return null;
  if (channelsOf(address.kind).includes(channel)) return channel;
  const what = address.kind === "phone" ? "a phone number" : "an e-mail address";
  return problem("wrong-channel", `The channel is ${channel}, but the address is ${what}.`);
}

type Names = Pick<ParsedActRow, "sender" | "program" | "class">;

function readNames(cell: Cell, columns: ActColumns): Names | RowProblem {
  const names = { sender: null, program: null, class: null } as Record<keyof Names, string | null>;
  for (const dimension of ["sender", "program", "class"] as const) {
    const text = cell(columns[dimension]);
    if (text === "") continue;
    if (!isName(text)) {
      return problem(
        `bad-${dimension}`,
        `\`${text}\` is no name of a ${dimension}. Use lower-case letters, digits and hyphens.`,
      );
    }
    names[dimension] = text;
  }
  return names;
}

function readLevel(text: string): ConsentLevel | null | RowProblem {
  if (text === "") return null;
  return (
    LEVEL_WORDS.get(plainName(text)) ??
    problem(
      "unknown-level",
      `There is no level of consent \`${text}\`. Write implied, soft, express or written.`,
    )
  );
}

function readLanguage(text: string): string | null | RowProblem {
  if (text === "") return null;
  try {
    return Intl.getCanonicalLocales(text.replaceAll("_", "-"))[0] ?? null;
  } catch {
    return problem(
      "bad-language",
      `\`${text}\` is no language tag. Write one such as \`es\` or \`pt-BR\`.`,
    );
  }
}

function problem(word: string, message: string): RowProblem {
  return { problem: word, message };
}

/**
 * An id that is the same whenever the same thing is said about the same address, in whatever file
 * and row: importing a file twice records nothing new. Give it the act as it will be recorded, with
 * the defaults of the import filled in.
 */
export function messageIdOf(
  act: Pick<
    ParsedActRow,
    "kind" | "channel" | "sender" | "program" | "class" | "claimedAt" | "level"
  > & {
    readonly address: Pick<ParsedAddress, "key">;
  },
): string {
  const { kind, channel, sender, program, claimedAt, level } = act;
  const said = canonicalJson({
    v: 1,
    address: act.address.key,
    kind,
    channel,
    sender,
    program,
    class: act.class,
    claimedAt,
    level,
  });
  return createHash("sha256").update(said).digest("hex").slice(0, 40);
}
