// Metrics of what the replicated state holds, read when somebody scrapes. They are of the state as it is here.
import type { Census } from "@quorate/machine";
import type { Instruments } from "./instruments.ts";

export function addCensusMetrics({ gauge }: Instruments, census: () => Census | undefined): void {
  const counted = (name: string, help: string, of: (census: Census) => number): void => {
    gauge(name, help, (put) => {
      const found = census();
      if (found !== undefined) put(of(found));
    });
  };
  counted("keys", "Keys of every type.", ({ keys }) => keys);
  counted("leases", "Locks, semaphores and elections that are held or waited for.", ({ leases }) => leases);
  counted("sessions", "Client sessions that are open.", ({ sessions }) => sessions);
}
