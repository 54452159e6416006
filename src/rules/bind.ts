/**
 * Which packs bind a person, and which of their rules are about a message: everything that follows
 * from the place, the channel, the class and the use alone is worked out once and remembered.
 */
import type { Place } from "../domain/place.ts";
import type { Send } from "../domain/scope.ts";
import type { Instant } from "../domain/words.ts";
import {
  BUILT_IN_CLASSES,
  type CompiledPack,
  type CompiledRule,
  compilePack,
} from "./compiled-pack.ts";
import { DEFAULT_PACK, EVERYWHERE, type RulePack } from "./pack.ts";
import { areAllWithin, candidatesIn, countryOf, mayBeWithin } from "./regions.ts";

/** A pack that binds somebody, and where they may be as far as it is concerned. */
export interface BoundPack {
  readonly compiled: CompiledPack;
  /** Countries of the person that it binds. Empty when no country is known. */
  readonly countries: readonly string[];
  /** Regions of those countries that they may be in. */
  readonly regions: readonly string[];
}

/** What binds one kind of message to one place. */
export interface Binding {
  /** `null`: somewhere there is no pack at all, not even the fallback. */
  readonly packs: readonly BoundPack[] | null;
  /** Rules that are about this channel, class, use and place, whenever they are in force. */
  readonly rules: readonly CompiledRule[];
  /** The same by what they decide by. Deadlines and duties decide nothing. */
  readonly byRecord: readonly CompiledRule[];
  readonly byTime: readonly CompiledRule[];
  readonly stopScopes: readonly CompiledRule[];
  /** From when on each of the packs says something. */
  readonly allSpeakFrom: Instant;
  /** Whether some bound pack does not know the class, so that it counts as marketing there. */
  readonly countsAsMarketing: boolean;
}

const BY_RECORD: ReadonlySet<string> = new Set(["consent", "list", "reassigned", "ban", "wording"]);
const BY_TIME: ReadonlySet<string> = new Set(["hours", "suspension", "cap", "cooling-off"]);

/** Places and classes come from askers, so what is remembered of them has an end. */
const MOST_REMEMBERED = 5000;
const remembered = new WeakMap<readonly RulePack[], Map<string, Binding>>();

/** A binding with what it was asked for, beside the place that it is for. */
interface KeptBinding {
  readonly packs: readonly RulePack[];
  readonly channel: Send["channel"];
  readonly use: Send["use"];
  readonly messageClass: string;
  readonly binding: Binding;
}

/** Equal places are mostly one object, and a place is asked about few kinds of message. */
const MOST_KEPT = 12;
const kept = new WeakMap<Place, KeptBinding[]>();

/** The binding of a message. `packs` is every pack there is, in an array that nobody changes. */
export function bindMessage(packs: readonly RulePack[], place: Place, send: Send): Binding {
  const { channel, use, class: messageClass } = send;
  const before = kept.get(place);
  if (before !== undefined) {
    for (let index = 0; index < before.length; index += 1) {
      const each = before[index]!;
      if (each.packs !== packs || each.channel !== channel || each.use !== use) continue;
      if (each.messageClass === messageClass) return each.binding;
    }
  }
  const binding = bindByName(packs, place, send);
  const those = before === undefined || before.length >= MOST_KEPT ? [] : before;
  those.push({ packs, channel, use, messageClass, binding });
  if (those !== before) kept.set(place, those);
  return binding;
}

/** The same for places that are equal and not one object. */
function bindByName(packs: readonly RulePack[], place: Place, send: Send): Binding {
  let bindings = remembered.get(packs);
  if (bindings === undefined) {
    bindings = new Map();
    remembered.set(packs, bindings);
  }
  const where = `${listed(place.countries)}|${listed(place.regions)}`;
  const key = `${where}|${send.channel}|${send.use}|${send.class}`;
  const known = bindings.get(key);
  if (known !== undefined) return known;
  const binding = makeBinding(packs, place, send);
  if (bindings.size >= MOST_REMEMBERED) bindings.clear();
  bindings.set(key, binding);
  return binding;
}

/** Most places are one country and one region, and this is asked for every verdict. */
function listed(names: readonly string[]): string {
  return names.length === 1 ? names[0]! : names.join();
}

function makeBinding(packs: readonly RulePack[], place: Place, send: Send): Binding {
  const bound = bindPacks(packs, place);
  const rules = (bound ?? []).flatMap((each) =>
    each.compiled.rules.filter((rule) => fitsSend(rule, send) && fitsPlace(rule, each)),
  );
  const isUnknownTo = ({ compiled }: BoundPack) =>
    !isEverywhere(compiled.pack) && !compiled.classes.has(send.class);
  return {
    packs: bound,
    rules,
    byRecord: rules.filter(({ rule }) => BY_RECORD.has(rule.kind)),
    byTime: rules.filter(({ rule }) => BY_TIME.has(rule.kind)),
    stopScopes: rules.filter(({ rule }) => rule.kind === "stop-scope"),
    allSpeakFrom: Math.max(...(bound ?? []).map(({ compiled }) => compiled.speaksFrom)),
    countsAsMarketing: bound?.some(isUnknownTo) ?? !BUILT_IN_CLASSES.includes(send.class),
  };
}

/**
 * The packs that bind a place: those that name one of its countries, or a region that it may be in,
 * and `default` for a country that no pack names and for a place whose country nobody knows.
 * `null`: there is no pack for one of them.
 */
export function bindPacks(packs: readonly RulePack[], place: Place): readonly BoundPack[] | null {
  const bound: BoundPack[] = [];
  const fallback: string[] = [];
  for (const country of place.countries) {
    if (!packs.some((pack) => pack.binds.includes(country))) fallback.push(country);
  }
  for (const pack of packs) {
    const isDefault = pack.id === DEFAULT_PACK;
    const countries = isDefault ? fallback : countriesBoundBy(pack, place);
    const bindsUnknown = isDefault || isEverywhere(pack);
    if (countries.length === 0 && !(bindsUnknown && place.countries.length === 0)) continue;
    const regions = countries.flatMap((country) => candidatesIn(place, country));
    bound.push({ compiled: compilePack(pack), countries, regions });
  }
  const needsDefault = fallback.length > 0 || place.countries.length === 0;
  const hasDefault = bound.some(({ compiled }) => compiled.pack.id === DEFAULT_PACK);
  return needsDefault && !hasDefault ? null : bound;
}

/** Such a pack says nothing about the law of a place, nor about the classes that a place knows. */
export function isEverywhere(pack: RulePack): boolean {
  return pack.binds.includes(EVERYWHERE);
}

function countriesBoundBy(pack: RulePack, place: Place): readonly string[] {
  if (isEverywhere(pack)) return place.countries;
  return place.countries.filter((country) =>
    pack.binds.some((region) => countryOf(region) === country && mayBeWithin(place, region)),
  );
}

/** The class as a pack takes it: one that it does not know could be anything. */
export function classTo(pack: CompiledPack, messageClass: string): string {
  return pack.classes.has(messageClass) ? messageClass : "marketing";
}

function fitsSend({ rule, pack }: CompiledRule, send: Send): boolean {
  const { channels, classes, uses } = rule.appliesTo;
  return (
    channels.includes(send.channel) &&
    classes.includes(classTo(pack, send.class)) &&
    (uses === undefined ? send.use === "contact" : uses.includes(send.use))
  );
}

function fitsPlace({ rule }: CompiledRule, { countries, regions }: BoundPack): boolean {
  const { regions: only, exceptRegions: except } = rule.appliesTo;
  const place = { countries, regions };
  if (only !== undefined && countries.length > 0) {
    if (!only.some((region) => mayBeWithin(place, region))) return false;
  }
  return except === undefined || !areAllWithin(place, except);
}
