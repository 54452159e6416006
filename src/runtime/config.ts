/**
 * Configuration of a server: defaults, then the environment, then flags of the command line. Every
 * value is checked here, so that a typing error stops the start with a line that says what to do.
 */
import { isIP } from "node:net";
import path from "node:path";

export interface Config {
  /** Folder for the database, keys, lists and snapshots. */
  readonly dataFolder: string;
  /** The anchor of the ledger: a file apart from the data folder, so that nobody copies both. */
  readonly anchorFile: string;
  /** `null`: the embedded store in the data folder. */
  readonly databaseUrl: string | null;
  readonly host: string;
  readonly port: number;
  /** Origin under which people and providers reach this server, without a slash at the end. */
  readonly publicUrl: string;
  readonly defaultRegion: string | null;
  readonly logLevel: "debug" | "info" | "warn" | "error" | "silent";
  /** Addresses or CIDR ranges of proxies whose X-Forwarded-For is believed. Absent: nobody's. */
  readonly trustedProxies?: readonly string[];
  /** Serves /metrics without a key, for a scraper inside one's own network. */
  readonly metricsOpen?: boolean;
  /** Serves /ledger/ without a key, so that anybody can check the log. */
  readonly ledgerOpen?: boolean;
  /** A folder of rule packs of the operator's own, beside the product's. Absent: there are none. */
  readonly rulepacks?: string;
  /** Development: the sandbox page, and destinations on this machine are allowed. */
  readonly mode: "development" | "production";
}

export interface Flags {
  readonly data?: string | undefined;
  readonly host?: string | undefined;
  readonly port?: string | undefined;
  readonly publicUrl?: string | undefined;
  readonly defaultRegion?: string | undefined;
}

type Env = Readonly<Record<string, string | undefined>>;

/** HEED on a phone's keys. */
export const DEFAULT_PORT = 4333;
const LOG_LEVELS = ["debug", "info", "warn", "error", "silent"] as const;

/** A value that cannot be used; the message says which, why and what would do. */
export class ConfigProblem extends Error {
  override readonly name = "ConfigProblem";
}

export function readConfig(given: Env, flags: Flags, mode: Config["mode"], cwd: string): Config {
  // `HEED_HOST=` in a compose file means "not set"; as an empty host it would listen everywhere.
  const env = Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== undefined && value.trim() !== ""),
  );
  const host = flags.host ?? env.HEED_HOST ?? "127.0.0.1";
  const port = portOf(flags.port ?? env.HEED_PORT);
  const dataFolder = path.resolve(cwd, flags.data ?? env.HEED_DATA ?? "data");
  return {
    dataFolder,
    anchorFile: anchorFileOf(env.HEED_ANCHOR, dataFolder, cwd),
    databaseUrl: databaseUrlOf(env.DATABASE_URL),
    host,
    port,
    publicUrl: publicUrlOf(flags.publicUrl ?? env.HEED_PUBLIC_URL, host, port),
    defaultRegion: regionOf(flags.defaultRegion ?? env.HEED_DEFAULT_REGION),
    logLevel: logLevelOf(env.HEED_LOG_LEVEL, mode),
    trustedProxies: trustedProxiesOf(env.HEED_TRUSTED_PROXIES),
    metricsOpen: isOn("HEED_METRICS_OPEN", env.HEED_METRICS_OPEN),
    ledgerOpen: isOn(
      "HEED_LEDGER_OPEN",
      env.HEED_LEDGER_OPEN ?? (mode === "development" ? "1" : "0"),
    ),
    ...(env.HEED_RULEPACKS === undefined
      ? {}
      : { rulepacks: path.resolve(cwd, env.HEED_RULEPACKS) }),
    mode,
  };
}

function portOf(text: string | undefined): number {
  if (text === undefined || text === "") return DEFAULT_PORT;
  if (/^[0-9]{1,5}$/.test(text) && Number(text) <= 65535) return Number(text);
  throw new ConfigProblem(`\`${text}\` is no port; use a number from 0 to 65535`);
}

function anchorFileOf(text: string | undefined, dataFolder: string, cwd: string): string {
  const file = path.resolve(cwd, text ?? `${dataFolder}.anchor`);
  const [first] = path.relative(dataFolder, file).split(path.sep);
  if (first === ".." || path.isAbsolute(first ?? "")) return file;
  throw new ConfigProblem(
    `HEED_ANCHOR is ${file}, which is in the data folder: whoever puts an older copy of the folder ` +
      "back would put the anchor back with it. Choose a path outside of it",
  );
}

function databaseUrlOf(text: string | undefined): string | null {
  if (text === undefined || text === "") return null;
  if (/^postgres(ql)?:\/\//.test(text)) return text;
  throw new ConfigProblem(
    "DATABASE_URL must begin with `postgres://`; leave it out for the embedded store",
  );
}

function publicUrlOf(text: string | undefined, host: string, port: number): string {
  if (text === undefined || text === "") {
    const name = host === "0.0.0.0" || host === "::" ? "localhost" : host;
    return `http://${name.includes(":") ? `[${name}]` : name}:${port}`;
  }
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol) || url.search !== "" || url.hash !== "") {
    throw new ConfigProblem(
      `\`${text}\` is no public URL; use the address that people reach, such as https://heed.example.com`,
    );
  }
  return text.trim().replace(/\/+$/, "");
}

function regionOf(text: string | undefined): string | null {
  if (text === undefined || text === "") return null;
  if (/^[A-Za-z]{2}$/.test(text)) return text.toUpperCase();
  throw new ConfigProblem(`\`${text}\` is no country; use two letters, such as US or FR`);
}

function trustedProxiesOf(text: string | undefined): readonly string[] {
  const proxies = (text ?? "").split(",").map((part) => part.trim());
  const given = proxies.filter((part) => part !== "");
  const wrong = given.find((part) => {
    const [address = "", bits = "0"] = part.split("/");
    return isIP(address) === 0 || !/^\d{1,3}$/.test(bits) || Number(bits) > 128;
  });
  if (wrong === undefined) return given;
  throw new ConfigProblem(
    `\`${wrong}\` in HEED_TRUSTED_PROXIES is no address; use such as 10.0.0.5 or 10.0.0.0/8`,
  );
}

function isOn(name: string, text: string | undefined): boolean {
  if (text === undefined || text === "0" || text === "false") return false;
  if (text === "1" || text === "true") return true;
  throw new ConfigProblem(`${name} is \`${text}\`; use 1 for on, 0 for off`);
}

function logLevelOf(text: string | undefined, mode: Config["mode"]): Config["logLevel"] {
  if (text === undefined || text === "") return mode === "development" ? "warn" : "info";
  const level = LOG_LEVELS.find((one) => one === text);
  if (level !== undefined) return level;
  throw new ConfigProblem(`\`${text}\` is no log level; use one of ${LOG_LEVELS.join(", ")}`);
}
