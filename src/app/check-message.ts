/**
 * The words of a message, before it goes to anybody: what the rules of each target place want in it,
 * what is missing or wrong, what to put in, and what that does to the number of SMS.
 */
import { parseAddress } from "../address/parse-address.ts";
import { placeOf } from "../address/place-of.ts";
import { addResidence, readResidence } from "../address/residence.ts";
import type { Place } from "../domain/place.ts";
import type { AddressKey, Channel, Instant } from "../domain/words.ts";
import {
  type CallKind,
  type Facts,
  PLAIN_MESSAGE,
  type SenderType,
  UNKNOWN_PERSON,
} from "../rules/facts.ts";
import {
  checkText,
  findDemands,
  type TextFault,
  type TextKind,
  type WordingDemand,
} from "../rules/message/check-text.ts";
import { type Insertion, insertWording, type Means } from "../rules/message/insert.ts";
import { baseLanguage, languagesOf } from "../rules/message/place-languages.ts";
import { countSegments, type Segments } from "../rules/message/segments.ts";
import { readWording } from "../rules/message/ways-out.ts";
import type { WordingQuestion } from "../rules/message/wording.ts";
import { pickTexts, type Texts } from "../rules/texts.ts";
import type { Deps } from "./deps.ts";
import { Problem } from "./problem.ts";

export interface MessageQuestion {
  readonly sender: string;
  readonly channel: Channel;
  readonly class: string;
  readonly kind: TextKind;
  readonly text: string;
  readonly senderType?: SenderType;
  readonly callKind?: CallKind;
  /** Whom it goes to, or the ISO 3166 codes of the places; both together are all targets. */
  readonly to?: string;
  readonly places?: readonly string[];
  /** BCP 47 tag of what the people read. Absent: what is read in each place. */
  readonly language?: string;
  /** The instant whose rules count; absent: now. */
  readonly at?: Instant;
  readonly means: Means;
}

export interface TargetReport {
  /** The code of the place, or the address that was asked about. */
  readonly target: string;
  readonly countries: readonly string[];
  readonly languages: readonly string[];
  readonly rules: readonly string[];
  readonly faults: readonly TextFault[];
  /** What no rule wants, and the people would be better off with. */
  readonly advice: readonly string[];
}

export interface MessageReport {
  /** Nothing is missing or wrong in any target place. */
  readonly isFit: boolean;
  readonly targets: readonly TargetReport[];
  /** The text with what it lacks. `left`: faults that only its author can mend. */
  readonly finished: Insertion & {
    readonly left: readonly TextFault[];
    readonly notes: readonly string[];
  };
  /** `null` for calls and e-mails. */
  readonly segments: { readonly before: Segments; readonly after: Segments } | null;
}

interface Target {
  readonly name: string;
  readonly place: Place;
  readonly demands: readonly WordingDemand[] | null;
  readonly languages: readonly string[];
}

/** Throws `Problem` for an unknown sender, place or address, and for a question about nowhere. */
export function checkMessage(deps: Deps, question: MessageQuestion): MessageReport {
  const sender = deps.settings.senders.get(question.sender);
  if (sender === undefined) {
    const message = `there is no sender \`${question.sender}\`; add it with PUT /v1/senders/${question.sender}`;
    throw new Problem("unknown-sender", message, "/sender");
  }
  const targets = targetsOf(deps, question, sender.name);
  const asked = wordingOf(question, sender.name);
  const reports = targets.map((target) => reportOn(target, question, asked));
  const finished = finish(deps, question, asked, targets);
  return {
    isFit: reports.every(({ faults }) => faults.length === 0),
    targets: reports,
    finished,
    segments:
      question.channel === "sms"
        ? { before: countSegments(question.text), after: countSegments(finished.text) }
        : null,
  };
}

function wordingOf(question: MessageQuestion, senderName: string): WordingQuestion {
  const { text, channel, senderType = null, callKind = null, language } = question;
  const languages = language === undefined ? [] : [language];
  return { text, channel, senderName, senderType, callKind, languages };
}

const NOWHERE: Place = { countries: [], regions: [], zones: [], numberType: "unknown" };

function targetsOf(deps: Deps, question: MessageQuestion, senderName: string): readonly Target[] {
  const { to, places = [], language } = question;
  if (to === undefined && places.length === 0) {
    throw new Problem("invalid-request", "say whom it goes to: `to`, or `places`", "/places");
  }
  const found: { name: string; place: Place }[] = [];
  if (to !== undefined) {
    const parsed = parseAddress(to, { defaultRegion: deps.defaultRegion });
    if ("problem" in parsed) throw new Problem("invalid-address", parsed.message, "/to");
    found.push({ name: parsed.key, place: placeOf(parsed.key) });
  }
  for (const [index, code] of places.entries()) {
    const residence = readResidence(code);
    if ("problem" in residence) {
      throw new Problem("invalid-request", residence.problem, `/places/${index}`);
    }
    found.push({ name: code, place: addResidence(NOWHERE, residence) });
  }
  return found.map(({ name, place }) => ({
    name,
    place,
    demands: findDemands(factsOf(deps, question, senderName, place), deps.packs),
    languages: language === undefined ? languagesOf(place) : [baseLanguage(language)],
  }));
}

/** Classes that stand for what a text is; a pack that does not know them takes them for marketing. */
const CLASS_OF: Readonly<Record<TextKind, string | null>> = {
  message: null,
  confirmation: "confirmation",
  "opt-in": "opt-in",
};

/** Only what wording rules look at; nobody in particular is asked about. */
function factsOf(deps: Deps, question: MessageQuestion, senderName: string, place: Place): Facts {
  const { sender, channel, kind, senderType = null, callKind = null, text } = question;
  return {
    at: question.at ?? deps.clock.now(),
    address: "" as AddressKey,
    send: {
      sender,
      channel,
      program: null,
      class: CLASS_OF[kind] ?? question.class,
      use: "contact",
    },
    message: { ...PLAIN_MESSAGE, senderType, callKind, text },
    senderName,
    standing: [],
    otherStandings: [],
    person: UNKNOWN_PERSON,
    place,
    lists: [],
    sends: [],
    suspensions: [],
    fresh: true,
    locked: false,
    position: 0,
    language: "en",
  };
}

function reportOn(target: Target, question: MessageQuestion, asked: WordingQuestion): TargetReport {
  const { name, place, demands, languages } = target;
  return {
    target: name,
    countries: place.countries,
    languages,
    rules: (demands ?? []).flatMap(({ rule }) => rule ?? []),
    faults: checkText(question.kind, demands, asked),
    advice: question.kind === "confirmation" ? [] : adviseLanguage(asked.text, target),
  };
}

/** A way out in words that the people do not read is one for nobody; the law seldom says so. */
function adviseLanguage(text: string, { languages, name }: Target): readonly string[] {
  const told = readWording(text).ways.map(({ language }) => language);
  if (told.length === 0 || told.includes(null) || languages.length === 0) return [];
  if (told.some((language) => language !== null && languages.includes(language))) return [];
  const named = new Intl.DisplayNames("en", { type: "language" });
  const list = (tags: readonly string[]) => tags.map((tag) => named.of(tag) ?? tag).join(" or ");
  const own = [...new Set(told.flatMap((language) => language ?? []))].slice(0, 2);
  return [
    `The way out is told in ${list(own)}. For ${name}, say it in ${list(languages)} as well.`,
  ];
}

function finish(
  deps: Deps,
  question: MessageQuestion,
  asked: WordingQuestion,
  targets: readonly Target[],
): MessageReport["finished"] {
  const demands = targets.flatMap((target) => target.demands ?? []);
  const texts = textsFor(deps.texts, asked.text, targets);
  const made = insertWording({ demands, asked, means: question.means, texts });
  const left = targets.flatMap((target) =>
    checkText(question.kind, target.demands, { ...asked, text: made.text }),
  );
  return { ...made, left: withoutDoubles(left), notes: notesOn(question, made, left) };
}

/** Texts in the languages of the targets, those first that the text seems to be written in. */
function textsFor(
  all: readonly Texts[],
  text: string,
  targets: readonly Target[],
): readonly Texts[] {
  const { found } = readWording(text);
  const wanted = [...new Set(targets.flatMap(({ languages }) => languages))];
  const seen = (tag: string) => found.filter(({ language }) => language === tag).length;
  const isOne = wanted.length > 1;
  const ordered = isOne ? wanted.toSorted((one, other) => seen(other) - seen(one)) : wanted;
  const picked = [...ordered.map((tag) => pickTexts(all, [tag])), pickTexts(all, [])];
  return [...new Set(picked)];
}

function withoutDoubles(faults: readonly TextFault[]): readonly TextFault[] {
  const seen = new Set<string>();
  return faults.filter(({ rule, element, text }) => {
    const key = `${rule} ${element} ${text}`;
    return !seen.has(key) && seen.add(key);
  });
}

/** What to give so that the rest can be put in. */
const TO_GIVE: Readonly<Record<string, string>> = {
  "opt-out": "Give `shortCode`, `link` or `phone`, so that a way out can be put in.",
  contact: "Give `contact`: an address, a number or a page at which the sender is reached.",
  "postal-address": "Give `postalAddress`: street and number, or a box, and the place.",
  frequency: "Give `frequency`, such as `4 msgs/month`.",
};

function notesOn(
  question: MessageQuestion,
  made: Insertion,
  left: readonly TextFault[],
): readonly string[] {
  const missing = left.filter(({ kind }) => kind === "wording-missing");
  const notes = missing.flatMap(({ element }) => TO_GIVE[element] ?? []);
  if (left.some(({ kind }) => kind !== "wording-missing")) {
    notes.push("What is wrong in the text has to be changed by its author.");
  }
  const [before, after] = [countSegments(question.text), countSegments(made.text)];
  if (question.channel === "sms" && after.segments > before.segments) {
    const [from, to] = [before.segments, after.segments];
    notes.push(`It goes out as ${to} SMS instead of ${from}.`);
  }
  if (before.encoding === "GSM-7" && after.encoding === "UCS-2" && question.channel === "sms") {
    notes.push(`${after.outsideGsm7.join(" ")} make it UCS-2, with 70 characters to an SMS.`);
  }
  return [...new Set(notes)];
}
