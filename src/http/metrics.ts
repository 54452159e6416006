/**
 * Metrics in the text format of Prometheus, in a registry of their own. Labels are kinds, names of
 * configured sources and route patterns; no address and no token can become one.
 */
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { Deps } from "../app/deps.ts";
import { countUnfinished } from "../app/unfinished.ts";
import type { Entry } from "../domain/entry.ts";
import type { Verdict } from "../domain/verdict.ts";
import type { Store } from "../store/store.ts";

/** Seconds. An fsync takes milliseconds on good disks, a queue or a far database takes longer. */
const APPEND_BUCKETS_S = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];
const REQUEST_BUCKETS_S = [0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30];

export class Metrics {
  readonly registry = new Registry();
  readonly #acts = new Counter({
    name: "heed_acts_total",
    help: "Acts recorded by this server, by kind and source.",
    labelNames: ["kind", "source"],
    registers: [this.registry],
  });
  readonly #verdicts = new Counter({
    name: "heed_verdicts_total",
    help: "Verdicts given by this server, by answer.",
    labelNames: ["answer"],
    registers: [this.registry],
  });
  readonly #appends = new Histogram({
    name: "heed_append_seconds",
    help: "Time from a call to append until the acts were durable.",
    labelNames: ["outcome"],
    buckets: APPEND_BUCKETS_S,
    registers: [this.registry],
  });
  readonly #requests = new Histogram({
    name: "heed_http_request_seconds",
    help: "Time from a request's headers to the end of its answer.",
    labelNames: ["method", "route", "status"],
    buckets: REQUEST_BUCKETS_S,
    registers: [this.registry],
  });

  countVerdict({ answer }: Pick<Verdict, "answer">, count = 1): void {
    this.#verdicts.inc({ answer }, count);
  }

  observeRequest(method: string, route: string, status: number, ms: number): void {
    this.#requests.observe({ method, route, status: String(status) }, ms / 1000);
  }

  /** The same store, with every append timed and counted. */
  measure(store: Store, isSource: (name: string) => boolean): Store {
    const append: Store["append"] = async (request) => {
      const startedAt = performance.now();
      const observe = (outcome: string) =>
        this.#appends.observe({ outcome }, (performance.now() - startedAt) / 1000);
      try {
        const outcome = await store.append(request);
        observe(outcome.status);
        if (outcome.status === "appended") this.#countActs(outcome.entries, isSource);
        return outcome;
      } catch (error) {
        observe("failed");
        throw error;
      }
    };
    return new Proxy(store, {
      get(target, name) {
        if (name === "append") return append;
        const member: unknown = Reflect.get(target, name);
        return typeof member === "function" ? member.bind(target) : member;
      },
    });
  }

  /** Gauges that are read when somebody asks: standings, ledger, workers. */
  watch(
    deps: Pick<Deps, "live" | "sends" | "store" | "guard" | "settings" | "packs" | "clock">,
  ): void {
    const gauge = (name: string, help: string, read: () => number) =>
      new Gauge({
        name,
        help,
        registers: [this.registry],
        collect() {
          this.set(read());
        },
      });
    const { live, sends, store, guard } = deps;
    gauge("heed_locked", "1 while everything is denied because the ledger may lack entries.", () =>
      guard.lock === null ? 0 : 1,
    );
    gauge("heed_standings_addresses", "Addresses in memory.", () => live.standings.size);
    gauge("heed_standings_bytes", "Memory of the standings.", () => live.standings.bytes());
    gauge("heed_standings_fresh", "1 while checks may answer allow.", () =>
      live.isFresh() ? 1 : 0,
    );
    gauge("heed_sends_counted", "Recorded sends in memory.", () => sends.size);
    gauge("heed_sends_bytes", "Memory of the recorded sends.", () => sends.bytes());
    gauge("heed_sends_fresh", "1 while this server has all recorded sends.", () =>
      sends.isFresh() ? 1 : 0,
    );
    gauge("heed_ledger_position", "Position that checks are true as of.", () => live.position);
    const overdue = countedAtMost(deps);
    new Gauge({
      name: "heed_obligations_overdue",
      help: "Opt-outs that a destination should have had by now. Of very many, the oldest.",
      registers: [this.registry],
      async collect() {
        this.set(await overdue());
      },
    });
    new Gauge({
      name: "heed_cursor_lag_entries",
      help: "Entries that a worker over the ledger has still to see.",
      labelNames: ["cursor"],
      registers: [this.registry],
      async collect() {
        const head = await store.head();
        this.reset();
        for (const { name, position } of await store.cursors()) {
          this.set({ cursor: name }, Math.max(0, head - position));
        }
      },
    });
  }

  /** Doors that are no configured source (keys, links, imports) are counted by how they came in. */
  #countActs(entries: readonly Entry[], isSource: (name: string) => boolean): void {
    for (const { act } of entries) {
      if (act === null) continue;
      this.#acts.inc({ kind: act.kind, source: isSource(act.source) ? act.source : act.via });
    }
  }
}

/** Counting takes as long as much is not done, and nothing is overdue to the second. */
const COUNT_EVERY_MS = 15_000;

function countedAtMost(deps: Parameters<typeof countUnfinished>[0]): () => Promise<number> {
  let countedAt = Number.NEGATIVE_INFINITY;
  let counting: Promise<number> = Promise.resolve(0);
  return () => {
    const now = deps.clock.monotonic();
    if (now - countedAt < COUNT_EVERY_MS) return counting;
    countedAt = now;
    counting = countUnfinished(deps).then(({ overdue }) => overdue);
    counting.catch(() => {
      countedAt = Number.NEGATIVE_INFINITY;
    });
    return counting;
  };
}
