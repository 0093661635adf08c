// Three replicas, three workers in processes of their own, six jobs. The first worker to take job-3 freezes for longer than
// its lease lasts, as a long garbage collection, a suspended laptop or `kill -STOP` would freeze it.
import { fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { connect } from "@quorate/client";
import { createLocalCluster, openDoors } from "quorate";
import { work } from "./worker.ts";

const JOBS = ["job-1", "job-2", "job-3", "job-4", "job-5", "job-6"];
const FREEZE_MS = 4_000;

/** Stops everything in this process, timers too. */
const freeze = (ms: number): unknown => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

async function runWorker(name: string, urls: readonly string[]): Promise<void> {
  const client = connect(urls);
  const say = (text: string): void => console.log(`${name} ${text}`);
  await work(client, {
    name,
    say,
    async perform(job) {
      await pause(200);
      // The first one only: who takes the job over must not freeze as well.
      if (job === "job-3" && (await client.incr("frozen")) === 1) {
        say(`freezes in the middle of ${job}`);
        freeze(FREEZE_MS);
      }
      return `${job.length} letters`;
    },
  });
  await client.close();
}

async function main(): Promise<void> {
  const listen = { host: "127.0.0.1", port: 0 };
  const cluster = await createLocalCluster({
    replicas: 3,
    openDoors: (replica) => openDoors(replica, { http: { listen } }),
  });
  const urls = cluster.replicas.map((replica) => `http://${replica!.status().doors[0]!.address}`);
  const client = connect(urls);
  await client.rpush("jobs", ...JOBS);

  const workers = ["ann", "ben", "cat"].map((name) => fork(fileURLToPath(import.meta.url), [name, ...urls]));
  const codes = await Promise.all(workers.map(async (worker) => (await once(worker, "exit"))[0] as number | null));
  if (codes.some((code) => code !== 0)) process.exitCode = 1;

  console.log("\nresults");
  for (const [job, result] of Object.entries(await client.hgetall("results")).sort())
    console.log(`  ${job}: ${result}`);
  await client.close();
  await cluster.close();
}

const [name, ...urls] = process.argv.slice(2);
await (name === undefined ? main() : runWorker(name, urls));
