/**
 * Suspensions: what an operator switches on for an area, such as a state of emergency. One that is over
 * keeps its end and stays, because a check of an instant in the past must still find it.
 */
import type { Instant } from "../domain/words.ts";
import type { Deps } from "./deps.ts";
import { Problem } from "./problem.ts";
import type { SuspensionSetting } from "./settings.ts";

type SuspensionDeps = Pick<Deps, "settings" | "clock">;

/**
 * Writes a suspension, in force on this server when it resolves and on all others within two seconds.
 * Throws `Problem` for an area that there is not and for an end that is not after the start.
 */
export async function suspend(
  deps: SuspensionDeps,
  suspension: SuspensionSetting,
): Promise<SuspensionSetting> {
  const { id, region, from, until } = suspension;
  if (!isArea(region)) {
    throw new Problem(
      "invalid-request",
      `there is no area \`${region}\`; write a country such as US, or a part of one such as US-FL ` +
        "(ISO 3166)",
      "/region",
    );
  }
  if (until !== null && until <= from) {
    throw new Problem("invalid-request", "`until` is not after `from`", "/until");
  }
  const before = deps.settings.suspensions.get(id);
  if (before?.until != null && before.until <= Math.min(from, deps.clock.now())) {
    throw new Problem(
      "already-exists",
      `the suspension \`${id}\` is over and stays on record as it was; give the new one an id of ` +
        "its own",
      "/id",
    );
  }
  await deps.settings.putSuspension(suspension);
  return suspension;
}

/** Ends one now, or takes back one that has not begun. One that is over stays as it is. */
export async function resume(deps: SuspensionDeps, id: string): Promise<SuspensionSetting> {
  const found = findSuspension(deps, id);
  const now = deps.clock.now();
  if (found.until !== null && found.until <= now) return found;
  // It was never in force, so there is nothing to find later.
  if (found.from >= now) {
    await deps.settings.remove("suspension", id);
    return { ...found, until: found.from };
  }
  const ended = { ...found, until: now };
  await deps.settings.putSuspension(ended);
  return ended;
}

export function findSuspension({ settings }: SuspensionDeps, id: string): SuspensionSetting {
  const found = settings.suspensions.get(id);
  if (found === undefined) throw new Problem("not-found", `there is no suspension \`${id}\``);
  return found;
}

export function isInForce({ from, until }: SuspensionSetting, at: Instant): boolean {
  return from <= at && (until === null || at < until);
}

const COUNTRY_NAMES = new Intl.DisplayNames("en", { type: "region", fallback: "none" });

/** The parts of countries whose codes are known here; of others any code of the right form is taken. */
const PARTS: Readonly<Record<string, ReadonlySet<string>>> = {
  US: words(
    "AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY",
    "NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY DC AS GU MP PR UM VI",
  ),
  CA: words("AB BC MB NB NL NS NT NU ON PE QC SK YT"),
};

/** A typing error in the area would suspend nothing, and nobody would be told. */
function isArea(region: string): boolean {
  const [country = "", part] = region.split("-");
  if (COUNTRY_NAMES.of(country) === undefined || country === "ZZ") return false;
  return part === undefined || (PARTS[country]?.has(part) ?? true);
}

function words(...lines: string[]): ReadonlySet<string> {
  return new Set(lines.flatMap((line) => line.split(" ")));
}
