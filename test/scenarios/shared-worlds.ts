// Which scenarios can share a Heed. Starting one for each of some five hundred takes minutes, and
// most of them cannot disturb each other, because each has a sender of its own.
import { placeOf } from "../../src/address/place-of.ts";
import type { AddressKey } from "../../src/domain/words.ts";
import type { RulePack } from "../../src/rules/pack.ts";
import type { ToldScenario } from "./told-scenario.ts";

/** Groups in which nobody disturbs anybody; in each, and among groups, in the order of time. */
export function shareWorlds(
  told: readonly ToldScenario[],
  packs: readonly RulePack[],
): readonly (readonly ToldScenario[])[] {
  const worlds: ToldScenario[][] = [];
  for (const each of [...told].sort((one, other) => one.at - other.at)) {
    const free = worlds.find((world) => world.every((other) => canShare(each, other, packs)));
    if (free === undefined) worlds.push([each]);
    else free.push(each);
  }
  return worlds;
}

function canShare(one: ToldScenario, other: ToldScenario, packs: readonly RulePack[]): boolean {
  return (
    !isPersonShared(one, other) &&
    !hasListAgainst(one, other, packs) &&
    !hasListAgainst(other, one, packs)
  );
}

/** An earlier send, an erasure or a registry's answer counts for every sender. */
function isPersonShared(one: ToldScenario, other: ToldScenario): boolean {
  if (!one.bindsOtherSenders && !other.bindsOtherSenders) return false;
  return one.addresses.some((address) => other.addresses.includes(address));
}

/**
 * A list that was loaded once cannot be unloaded, and a scenario that does not name it says that it
 * never was. One that does name it loads it anew.
 */
function hasListAgainst(
  { scenario }: ToldScenario,
  { scenario: other }: ToldScenario,
  packs: readonly RulePack[],
): boolean {
  const named = new Set(listsSaidBy(other));
  const missing = listsSaidBy(scenario).filter((list) => !named.has(list));
  if (missing.length === 0) return false;
  const { countries } = placeOf(other.to as AddressKey);
  const residence = other.known?.residence;
  const around = residence === undefined ? countries : [...countries, residence.slice(0, 2)];
  return missing.some((list) => around.length === 0 || isAbout(list, around, packs));
}

/** Lists that say something; one of no date was never loaded, which a scenario may say in so many words. */
function listsSaidBy({ lists = [] }: ToldScenario["scenario"]): readonly string[] {
  return lists.filter(({ asOf }) => asOf !== null).map(({ list }) => list);
}

/** Whether rules of these countries ask for the list. One that no pack knows is about everybody. */
function isAbout(list: string, countries: readonly string[], packs: readonly RulePack[]): boolean {
  const asking = packs.filter((pack) =>
    pack.rules.some((rule) => "list" in rule && rule.list === list),
  );
  const bound = asking.flatMap((pack) => (pack.binds.length === 0 ? ["*"] : pack.binds));
  return (
    bound.length === 0 || bound.some((code) => code === "*" || countries.includes(code.slice(0, 2)))
  );
}
