// Everything a replica counts, in one registry of its own, for `/metrics` (docs/operations.md lists the names). Each part
// of the replica feeds its own object and knows nothing of the others, or of Prometheus.
//
// The law it keeps: no label has unbounded values. Commands count under a name of the table or as `other`, peers under
// their names in the committee, routes under patterns.
import type { StatusReport } from "@quorate/core/api";
import type { Census } from "@quorate/machine";
import { Registry } from "prom-client";
import type { DriverObserver } from "../driver/driver.ts";
import type { TransportFacts } from "../transport/facts.ts";
import { addCensusMetrics } from "./census-metrics.ts";
import { addDiskMetrics } from "./disk-metrics.ts";
import { driverMetrics } from "./driver-metrics.ts";
import { instrumentsOf } from "./instruments.ts";
import { addProcessMetrics } from "./process-metrics.ts";
import { addStatusMetrics } from "./status-metrics.ts";
import { addTransportMetrics } from "./transport-metrics.ts";

export interface MetricsOptions {
  /** Names by author index. */
  readonly members: readonly string[];
  /** Names of the commands that count by name, in any case. */
  readonly commands: Iterable<string>;
}

/** Clients that follow changes at one door. */
export interface WatchFacts {
  readonly count: number;
  /** By how many revisions the slowest of them is behind. */
  readonly lagRevisions: number;
}

/** What is read when somebody scrapes. */
export interface MetricsSources {
  status(): StatusReport;
  /** Undefined while there is no state. */
  census(): Census | undefined;
  /** Undefined while no transport is open. */
  transport(): TransportFacts | undefined;
  /** The data directory; left out, there is none. */
  readonly directory?: string;
}

export interface Metrics {
  readonly driver: DriverObserver;
  /** Redis clients ran this command so many times. */
  redisCommand(name: string, calls: number): void;
  /** An HTTP request was answered. The route is its pattern, `/v1/kv/{key}`, never its path. */
  httpRequest(route: string, code: number): void;
  /** A door turned something away: a client too many, a request too large, a web page from elsewhere. */
  doorRefused(door: string, reason: string): void;
  /** A door at which changes can be followed says how to count those who do. */
  watchesAt(read: () => WatchFacts): void;
  /** Where values come from that are read at a scrape. Called once, when the replica is open. */
  watch(sources: MetricsSources): void;
  readonly contentType: string;
  /** The text of `/metrics`. */
  scrape(): Promise<string>;
}

/** Beyond so many different values of a label that a door chooses, the rest counts as `other`. */
const DOOR_VALUES_MAX = 64;
const OTHER = "other";

export function createMetrics({ members, commands }: MetricsOptions): Metrics {
  const registry = new Registry();
  const instruments = instrumentsOf(registry);
  const { counter, gauge } = instruments;
  const names = new Set([...commands].map((name) => name.toLowerCase()));
  const redisCommands = counter("resp_commands_total", "Commands of Redis clients, by name.", ["cmd"]);
  const httpRequests = counter("http_requests_total", "HTTP requests, by route and status.", ["route", "code"]);
  const refusals = counter("door_refusals_total", "What doors turned away, by reason.", ["door", "reason"]);
  const watches: (() => WatchFacts)[] = [];
  gauge("watchers", "Clients that follow changes, over all doors.", (put) =>
    put(watches.reduce((sum, read) => sum + read().count, 0)),
  );
  gauge("watch_lag_revisions", "By how many revisions the slowest of those who follow changes is behind.", (put) =>
    put(Math.max(0, ...watches.map((read) => read().lagRevisions))),
  );
  const routes = bounded(DOOR_VALUES_MAX);
  const reasons = bounded(DOOR_VALUES_MAX);
  addProcessMetrics(instruments);
  return {
    driver: driverMetrics(instruments, members),
    redisCommand(name, calls) {
      const cmd = name.toLowerCase();
      redisCommands.inc({ cmd: names.has(cmd) ? cmd : OTHER }, calls);
    },
    httpRequest: (route, code) => httpRequests.inc({ route: routes(route), code: String(code) }),
    doorRefused: (door, reason) => refusals.inc({ door, reason: reasons(reason) }),
    watchesAt: (read) => void watches.push(read),
    watch({ census, directory, status, transport }) {
      if (directory !== undefined) addDiskMetrics(instruments, directory);
      addStatusMetrics(instruments, oncePerScrape(status));
      addCensusMetrics(instruments, oncePerScrape(census));
      addTransportMetrics(instruments, members, transport);
    },
    contentType: registry.contentType,
    scrape: () => registry.metrics(),
  };
}

/** Lets so many different words through. */
function bounded(max: number): (word: string) => string {
  const seen = new Set<string>();
  return (word) => {
    if (!seen.has(word) && seen.size >= max) return OTHER;
    seen.add(word);
    return word;
  };
}

/** Instruments are read one after the other in one go: all of them see the same status. */
function oncePerScrape<Value>(read: () => Value): () => Value {
  let value: { readonly of: Value } | undefined;
  return () => {
    if (value === undefined) {
      value = { of: read() };
      queueMicrotask(() => {
        value = undefined;
      });
    }
    return value.of;
  };
}
