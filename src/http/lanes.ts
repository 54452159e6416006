/** The lanes that requests queue in, and how much of what is taken in each. */

/**
 * - `opt-out`: acts that deny, from the API, from providers (`inbound`) and from people (`person`).
 * - `check`, `read`: one answer.
 * - `bulk`: whole lists.
 * - `open`: health and documentation.
 */
export const LANES = ["opt-out", "inbound", "person", "check", "read", "bulk", "open"] as const;
export type Lane = (typeof LANES)[number];

export interface Limits {
  /** Of one act, question or setting. Larger bodies are refused before they are read. */
  readonly actBytes: number;
  /** Of a batch of checks. */
  readonly batchBytes: number;
  /** Of a list to import or scrub, which is streamed. */
  readonly listBytes: number;
  readonly jsonDepth: number;
  /** Requests of one key, or of one IP address where there is no key, in each lane. */
  readonly perMinute: Readonly<Record<Lane | "anonymous", number>>;
  /** Above this, lists are refused; above twice this, checks and reads too. 0: never. */
  readonly maxEventLoopDelayMs: number;
  /** Of resident memory; as above. 0: never. */
  readonly maxRssBytes: number;
  /** A request that takes longer to arrive is cut off: slow senders must not hold sockets. */
  readonly requestTimeoutMs: number;
}

const KIB = 1024;

export const DEFAULT_LIMITS: Limits = {
  actBytes: 64 * KIB,
  batchBytes: 4 * KIB * KIB,
  listBytes: 64 * KIB * KIB * KIB,
  jsonDepth: 32,
  perMinute: {
    "opt-out": 600_000,
    inbound: 600_000,
    person: 6_000,
    check: 600_000,
    read: 12_000,
    bulk: 600,
    open: 6_000,
    /** Requests without a valid key, to routes that need one. */
    anonymous: 600,
  },
  maxEventLoopDelayMs: 2_000,
  maxRssBytes: 0,
  requestTimeoutMs: 60 * 60 * 1000,
};
