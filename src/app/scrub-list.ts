/**
 * The life of a scrub: the scrub engine streams the file, and this is its judge: the same facts and
 * the same decision as a check, without what depends on the clock. Hours are checked when each
 * message goes out; a list is clean for days.
 */
import type { ParsedAddress } from "../address/parse-address.ts";
import type { Place } from "../domain/place.ts";
import type { Reason } from "../domain/verdict.ts";
import type { Channel } from "../domain/words.ts";
import { decide } from "../rules/decide.ts";
import type { Facts } from "../rules/facts.ts";
import type { RulePack } from "../rules/pack.ts";
import { addressReader } from "../scrub/read-address.ts";
import type { ScrubReport } from "../scrub/report.ts";
import { type Judge, type ScrubSinks, scrubRows } from "../scrub/scrub.ts";
import { gatherFacts } from "./check.ts";
import type { Deps } from "./deps.ts";
import { unknownSender } from "./record-choice.ts";

export interface ScrubRequest {
  readonly sender: string;
  readonly channel: Channel;
  readonly class: string;
  readonly program?: string;
  readonly column?: string | number;
  readonly delimiter?: string;
  readonly hasHeader?: boolean;
  readonly defaultRegion?: string;
  readonly onProgress?: (progress: { readonly bytes: number; readonly rows: number }) => void;
}

/** Throws `Problem` for an unknown sender and `UnreadableFile` for a file that is no list. */
export async function scrubList(
  deps: Deps,
  request: ScrubRequest,
  input: AsyncIterable<Uint8Array>,
  sinks: ScrubSinks,
): Promise<ScrubReport> {
  if (!deps.settings.senders.has(request.sender)) throw unknownSender(request.sender);
  await deps.live.refresh();
  const { column, delimiter, hasHeader, onProgress } = request;
  return scrubRows(
    input,
    {
      channel: request.channel,
      read: addressReader(request.defaultRegion ?? deps.defaultRegion),
      hashKey: Buffer.from(deps.random(16)).toString("hex"),
      now: () => deps.clock.monotonic(),
      pause: () => new Promise((resolve) => setImmediate(resolve)),
      ...(column === undefined ? {} : { column }),
      ...(delimiter === undefined ? {} : { delimiter }),
      ...(hasHeader === undefined ? {} : { hasHeader }),
      ...(onProgress === undefined ? {} : { onProgress }),
    },
    sinks,
    judgeOf(deps, request),
  );
}

/**
 * What is against an address for reasons that do not depend on the clock: one instant for the whole
 * list. About most rows nothing is on record; what is said of those depends on their place only, so
 * it is decided once for each place and not once for each row.
 */
export function judgeOf(deps: Deps, request: ScrubRequest): Judge {
  const packs = withoutHours(deps.packs);
  const question = {
    sender: request.sender,
    channel: request.channel,
    class: request.class,
    at: deps.clock.now(),
    ...(request.program === undefined ? {} : { program: request.program }),
  };
  const decided = new WeakMap<Place, Decided>();
  return (address: ParsedAddress): readonly Reason[] | null => {
    const facts = gatherFacts(deps, address.key, question);
    const isNobodyInParticular =
      facts.standing.length === 0 && facts.lists.every((finding) => finding.listed !== true);
    if (!isNobodyInParticular) return reasonsAgainst(facts, packs);
    // What may change in the middle of a list is decided for each row.
    const isUsual = facts.fresh && !facts.locked;
    let known = decided.get(facts.place);
    if (known === undefined || !isUsual || !areSame(known.lists, facts.lists)) {
      known = { lists: facts.lists, reasons: reasonsAgainst(facts, packs) };
      if (isUsual) decided.set(facts.place, known);
    }
    return known.reasons;
  };
}

interface Decided {
  readonly lists: Facts["lists"];
  readonly reasons: readonly Reason[] | null;
}

/** Lists say one and the same of everybody whom they do not name, unless they were asked about one. */
function areSame(some: Facts["lists"], others: Facts["lists"]): boolean {
  return some.length === others.length && some.every((finding, at) => finding === others[at]);
}

function reasonsAgainst(facts: Facts, packs: readonly RulePack[]): readonly Reason[] | null {
  const { answer, reasons } = decide(facts, packs);
  return answer === "allow" ? null : reasons.filter((reason) => reason.answer !== "allow");
}

function withoutHours(packs: readonly RulePack[]): readonly RulePack[] {
  return packs.map((pack) => ({
    ...pack,
    rules: pack.rules.filter((rule) => rule.kind !== "hours"),
  }));
}
