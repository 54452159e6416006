/**
 * What a use case may reach for. Everything with a clock, a disk, a network or dice is handed in
 * here, so that a test or a simulator can own it; `runtime/start.ts` fills it with the real ones.
 */
import type { InboundAdapter } from "../inbound/inbound.ts";
import type { Destination, Fetch, MessageProvider } from "../outbound/outbound.ts";
import type { Recogniser } from "../recognize/recogniser.ts";
import type { RulePack } from "../rules/pack.ts";
import type { Texts } from "../rules/texts.ts";
import type { Store } from "../store/store.ts";
import type { AddressCopies } from "./address-copies.ts";
import type { HeadGuard } from "./head-guard.ts";
import type { InstallationSecrets } from "./installation-secrets.ts";
import type { ListShelf } from "./lists.ts";
import type { LiveStandings } from "./live-standings.ts";
import type { LogKeys } from "./log-keys.ts";
import type { Notary } from "./notary.ts";
import type { Clock, Log, RandomBytes } from "./ports.ts";
import type { LiveSends } from "./sends.ts";
import type { LiveSettings } from "./settings.ts";

export interface Deps {
  readonly store: Store;
  readonly live: LiveStandings;
  /** Compares the ledger with its anchor; locked, everything is denied. */
  readonly guard: HeadGuard;
  readonly notary: Notary;
  readonly settings: LiveSettings;
  /** What was sent to whom of late. A check that relies on it needs it to be fresh as well. */
  readonly sends: LiveSends;
  /** Everything outside the ledger that an erasure must reach. */
  readonly copies: AddressCopies;
  /** Lists of others: national registries, deployment-wide do-not-contact lists. */
  readonly lists: ListShelf;
  readonly packs: readonly RulePack[];
  readonly recogniser: Recogniser;
  readonly texts: readonly Texts[];
  readonly inbound: ReadonlyMap<string, InboundAdapter>;
  readonly destinations: ReadonlyMap<string, Destination>;
  readonly providers: ReadonlyMap<string, MessageProvider>;
  readonly fetch: Fetch;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly secrets: InstallationSecrets;
  /** The keys that sign the log. */
  readonly logKeys: LogKeys;
  readonly log: Log;
  /** Origin under which people and providers reach this server, without a slash at the end. */
  readonly publicUrl: string;
  /** ISO 3166-1 country for numbers written without one, or `null` to refuse those. */
  readonly defaultRegion: string | null;
  /** Name of this process, for leases. */
  readonly holder: string;
}
