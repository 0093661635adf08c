// How late the event loop gets to its work. One sampler a process, whoever asks: it wakes twenty times a second, which
// costs a tenth of a per cent of a core at most, and sees every delay that is longer than that.
import { type IntervalHistogram, monitorEventLoopDelay } from "node:perf_hooks";

export interface EventLoopLag {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

const RESOLUTION_MS = 50;
/** Shorter spans say nothing; and two who ask one after the other must see the same. */
const SPAN_MS = 5_000;

let sampler: { readonly histogram: IntervalHistogram; since: number; last: EventLoopLag } | undefined;

/** Of the last five to ten seconds, if somebody asks that often; else since it was asked last. */
export function eventLoopLag(): EventLoopLag {
  const now = performance.now();
  if (sampler === undefined) {
    const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
    histogram.enable();
    sampler = { histogram, since: now, last: { p50Ms: 0, p99Ms: 0, maxMs: 0 } };
  }
  const { histogram } = sampler;
  if (histogram.count === 0) return sampler.last;
  const lateMs = (nanoseconds: number) => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);
  const seen: EventLoopLag = {
    p50Ms: lateMs(histogram.percentile(50)),
    p99Ms: lateMs(histogram.percentile(99)),
    maxMs: lateMs(histogram.max),
  };
  if (now - sampler.since < SPAN_MS) {
    const { last } = sampler;
    return { p50Ms: seen.p50Ms, p99Ms: Math.max(seen.p99Ms, last.p99Ms), maxMs: Math.max(seen.maxMs, last.maxMs) };
  }
  histogram.reset();
  sampler.since = now;
  sampler.last = seen;
  return seen;
}
