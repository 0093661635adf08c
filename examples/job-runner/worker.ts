// A worker: takes whatever job is free, does it, and writes down the result. Any number of these may run, anywhere.
//
// The law: a job's result is written by whoever holds its lock at that moment, and by nobody else. A worker cannot know
// that by looking at a clock: it may be stopped between looking and writing. So the write itself carries the lock's token,
// and the store compares.
import { setTimeout as pause } from "node:timers/promises";
import { type Client, cmd, RejectedError } from "@quorate/client";

export interface WorkerOptions {
  readonly name: string;
  /** Does the work, which may take its time. */
  readonly perform: (job: string) => Promise<string>;
  readonly say: (text: string) => void;
}

const LEASE_MS = 1_500;

/** Works until every job has a result. */
export async function work(client: Client, { name, perform, say }: WorkerOptions): Promise<void> {
  for (;;) {
    const done = await client.hgetall("results");
    const open = (await client.lrange("jobs", 0, -1)).filter((job) => done[job] === undefined);
    if (open.length === 0) return;
    for (const job of open) await attempt(job);
    await pause(50);
  }

  async function attempt(job: string): Promise<void> {
    // Extends itself while this process runs. A process that stands still extends nothing.
    const lock = await client.tryLock(`lock:${job}`, { leaseMs: LEASE_MS, owner: name });
    if (lock === undefined) return;
    try {
      // The list may be older than the lock.
      if ((await client.hget("results", job)) !== null) return;
      say(`takes ${job}`);
      const result = await perform(job);
      // `lock.fenced.hset(…)` says the same, and would not even ask once the lease is over by this process's clock.
      await client.run(cmd.fence(lock.name, lock.token, cmd.hset("results", { [job]: `${result}, by ${name}` })));
      say(`has done ${job}`);
    } catch (error) {
      if (!(error instanceof RejectedError) || error.code !== "FENCED") throw error;
      // Whoever holds the lock now does the job; what was done here counts for nothing.
      say(`is too late with ${job}: ${error.code}`);
    } finally {
      await lock.release();
    }
  }
}
