// Metrics of the process. Replicas that share one report the same.
import { eventLoopLag } from "./event-loop-lag.ts";
import type { Instruments } from "./instruments.ts";

export function addProcessMetrics({ gauge, kept }: Instruments): void {
  // The first call starts the sampler, so that the first scrape has something to tell.
  eventLoopLag();
  gauge(
    "event_loop_lag_seconds",
    "How late the event loop got to its work in the last seconds.",
    (put) => {
      const { p50Ms, p99Ms, maxMs } = eventLoopLag();
      put(p50Ms / 1000, { of: "median" });
      put(p99Ms / 1000, { of: "p99" });
      put(maxMs / 1000, { of: "max" });
    },
    ["of"],
  );
  gauge("process_resident_memory_bytes", "Resident memory of the process.", (put) => put(process.memoryUsage.rss()));
  gauge("process_heap_bytes", "Heap that is in use.", (put) => put(process.memoryUsage().heapUsed));
  kept("process_cpu_seconds_total", "Processor time of the process, user and system.", (put) => {
    const { user, system } = process.cpuUsage();
    put((user + system) / 1e6);
  });
}
