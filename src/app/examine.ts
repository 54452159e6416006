/** What is wrong with an installation, as findings with what to do: `heed doctor` and `/v1/status`. */
import { cursorOf } from "./deliver-entries.ts";
import type { Deps } from "./deps.ts";
import type { Finding } from "./finding.ts";
import { pepperFingerprint } from "./installation-secrets.ts";
import { knownKeys } from "./known-keys.ts";
import { registryStatus } from "./registry-status.ts";
import { countUnfinished } from "./unfinished.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const LAG_WORTH_SAYING = 1000;

export async function examine(deps: Deps): Promise<readonly Finding[]> {
  return [
    ...examineLock(deps),
    ...(await examineLedger(deps)),
    ...(await examineKeys(deps)),
    ...examineSettings(deps),
    ...examineLists(deps),
    ...(await examineDestinations(deps)),
    ...(await examineObligations(deps)),
    ...examineHolds(deps),
  ];
}

/** First, because until it is ended nothing else matters. */
function examineLock({ guard }: Deps): Finding[] {
  const { lock } = guard;
  if (lock === null) return [];
  return [
    {
      level: "problem",
      text: `LOCKED: every check is denied, opt-outs are still taken. ${lock.text}`,
      whatToDo: lock.waysOut.map((way) => `- ${way}`).join("\n"),
    },
  ];
}

async function examineLedger(deps: Deps): Promise<Finding[]> {
  const head = await deps.store.head();
  const [last] = head === 0 ? [] : await deps.store.read(head - 1, 1);
  const findings: Finding[] = [
    { level: "ok", text: `${deps.store.description}, ${count(head, "entry", "entries")}` },
    deps.guard.lock !== null || deps.live.isFresh()
      ? {
          level: "ok",
          text: `${count(deps.live.standings.size, "address", "addresses")} in memory, level with the ledger`,
        }
      : {
          level: "problem",
          text: "this server cannot prove that it has the newest entries, so checks say `unknown`",
          whatToDo: "Look in the log for why the database does not answer.",
        },
  ];
  if (last !== undefined && last.recordedAt > deps.clock.now() + DAY_MS) {
    findings.push({
      level: "problem",
      text: "the newest entry was written more than a day in the future of this machine's clock",
      whatToDo: "Set the clock of this machine, or of the one that wrote it.",
    });
  }
  return findings;
}

async function examineKeys({ secrets, logKeys, store }: Deps): Promise<Finding[]> {
  const [present, ...retired] = secrets.peppers.map(pepperFingerprint);
  const newest = (await knownKeys(store)).peppers.at(-1)?.to ?? present;
  const peppers: Finding =
    newest === present
      ? { level: "ok", text: `1 pepper in use, ${retired.length} retired` }
      : {
          level: "warning",
          text: `the pepper in use (${present}) is an old one: ${newest} took over from it`,
          whatToDo: "Put that one first in HEED_PEPPER, or in the file `pepper`, and start again.",
        };
  return [...(await logKeys.examine()), peppers];
}

function examineSettings(deps: Deps): Finding[] {
  const { senders, sources } = deps.settings;
  const findings: Finding[] = [];
  if (senders.size === 0) {
    findings.push({
      level: "warning",
      text: "there is no sender, so every check answers `unknown`",
      whatToDo: "Add one: `heed sender add acme --name Acme`.",
    });
  } else {
    findings.push({
      level: "ok",
      text: `${count(senders.size, "sender")}, ${count(sources.size, "source")}`,
    });
  }
  for (const source of sources.values()) {
    if (!deps.inbound.has(source.adapter)) {
      findings.push({
        level: "problem",
        text: `the source ${source.id} wants the adapter \`${source.adapter}\`, which there is not`,
        whatToDo: `Use one of: ${[...deps.inbound.keys()].join(", ")}.`,
      });
    }
    if (!senders.has(source.sender)) {
      findings.push({
        level: "problem",
        text: `the source ${source.id} is of the sender ${source.sender}, which there is not`,
        whatToDo: `Add it: \`heed sender add ${source.sender} --name NAME\`.`,
      });
    }
  }
  if (
    deps.publicUrl.startsWith("http://") &&
    !/\/\/(127\.|localhost|\[::1\])/.test(deps.publicUrl)
  ) {
    findings.push({
      level: "warning",
      text: "the public URL is not https, so opt-out links can be read on the way",
      whatToDo: "Put a TLS proxy in front and set HEED_PUBLIC_URL to its https address.",
    });
  }
  return findings;
}

function examineLists({ packs, lists, clock }: Deps): Finding[] {
  const all = registryStatus(packs, lists.named, clock.now());
  const there = all.filter(({ asOf, answers }) => asOf !== null || answers > 0);
  const findings = there.map((status): Finding => {
    const { name, state, inWords, addresses, answers, asOf, ageDays, limitDays } = status;
    const text = `list ${name}: ${inWords}`;
    if (state === "stale") {
      const text = `the list ${name} is ${ageDays} days old and may be relied on for ${limitDays}`;
      const whatToDo = `Load a new copy: \`heed registry load ${name} FILE --as-of …\`.`;
      return { level: "problem", text, whatToDo };
    }
    const size = asOf === null ? `${answers} answers` : count(addresses, "address", "addresses");
    return { level: "ok", text: `${text}, ${size}` };
  });
  const missing = all.filter(({ state, neededBy }) => state === "missing" && neededBy.length > 0);
  if (missing.length > 0) {
    const names = missing.map(({ name }) => name).join(", ");
    // No warning: nobody needs the registries of every country that Heed has rules for.
    findings.push({ level: "ok", text: `not loaded, and rules ask for them: ${names}` });
  }
  return findings;
}

async function examineDestinations(deps: Deps): Promise<Finding[]> {
  const findings: Finding[] = [];
  const head = await deps.store.head();
  const cursors = new Map((await deps.store.cursors()).map((one) => [one.name, one.position]));
  for (const destination of deps.settings.destinations.values()) {
    const { id } = destination;
    if (!destination.enabled) {
      findings.push({
        level: "warning",
        text: `the destination ${id} is off: ${destination.disabledBecause ?? "by hand"}`,
        whatToDo: `Switch it on with \`heed destination add ${id} …\` when its receiver is back.`,
      });
      continue;
    }
    const dead = await deps.store.deliveries(id, "dead");
    if (dead.length > 0) {
      findings.push({
        level: "problem",
        text: `the destination ${id} has ${dead.length} dead letters`,
        whatToDo: `See \`heed destination dead ${id}\`, then \`heed destination replay ${id}\`.`,
      });
    }
    const lag = head - (cursors.get(cursorOf(id)) ?? 0);
    findings.push(
      lag > LAG_WORTH_SAYING
        ? { level: "warning", text: `the destination ${id} is ${lag} entries behind` }
        : { level: "ok", text: `destination ${id}: ${lag} entries behind` },
    );
  }
  return findings;
}

async function examineObligations(deps: Deps): Promise<Finding[]> {
  if (deps.settings.destinations.size === 0) return [];
  const { open, soon, overdue, isWhole } = await countUnfinished(deps);
  const least = isWhole ? "" : "at least ";
  const whatToDo =
    "See `heed obligations`, then `heed destination dead ID` for each that is behind.";
  const findings: Finding[] = [];
  if (overdue > 0) {
    const text = `opt-outs that a destination should have had by now: ${least}${overdue}`;
    findings.push({ level: "problem", text, whatToDo });
  }
  if (soon > 0) {
    const text = `opt-outs that a destination must have within a day: ${least}${soon}`;
    findings.push({ level: "warning", text, whatToDo });
  }
  if (findings.length > 0) return findings;
  return [{ level: "ok", text: `no opt-out is overdue, ${least}${open} on the way` }];
}

function examineHolds(deps: Deps): Finding[] {
  const waiting = deps.live.standings.openHolds().length;
  if (waiting === 0) return [];
  return [
    {
      level: "warning",
      text: `unclear messages that wait for review and hold marketing: ${waiting}`,
      whatToDo: "Read them: `heed review list`.",
    },
  ];
}

function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}
