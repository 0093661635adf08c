// One run with etcd in the place of our replicas: the same load, the same schedule, the same faults as far as they make
// sense where one member leads. It is struck where it hurts as well as where it does not.
import { startEtcd } from "./etcd.ts";
import { type Durations, runStruck, type Strike, type StruckReport, type System } from "./struck-run.ts";

const STRIKES: readonly Strike[] = [
  { fault: "none", whom: "the next" },
  { fault: "kill", whom: "a follower" },
  { fault: "kill", whom: "the leader" },
  { fault: "freeze", whom: "the leader" },
  { fault: "both ways", whom: "the leader" },
  { fault: "its sending", whom: "the leader" },
  { fault: "its hearing", whom: "the leader" },
];

const ETCD: System = { speaks: "etcd", start: startEtcd };

export function runPeer(
  options: Durations & { readonly share: number; readonly first: number },
): Promise<StruckReport> {
  return runStruck(ETCD, { ...options, strikes: STRIKES, history: undefined });
}

/** What a reader of the two tables must know before comparing them. */
export function aboutPeer(version: string): string {
  return [
    `etcd ${version} ran with its own defaults (heartbeat 100 ms, election after 1000 ms without one, no pre-vote before its`,
    "version 3.5, fsync on), its members joined by TLS that it makes itself (`--peer-auto-tls`: encrypted as ours, though",
    "nobody checks who the other is) and its clients without TLS, as ours. Its clients speak its own gRPC over HTTP/2, 64",
    "connections spread over all members, many writes at a time on each; ours speak the Redis protocol. gRPC in Node.js takes",
    "more of the two cores than the Redis protocol does, so the writes a second of the two tables say nothing of the servers;",
    "each system is sent half of its own maximum. It is also spared our session writers and recorded clients. A write that",
    "waits for its answer does not keep the next one from being sent: up to 256 may wait on a connection (64 at ours), because",
    "etcd refuses what a lost leader had been given only after seven seconds. Such refusals on healthy connections are in the",
    "row in which the write was due.",
  ].join("\n");
}
