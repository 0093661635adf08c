// `quorate local`: a whole cluster on this machine: real processes, real disks, mutual TLS, open doors.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { MEMBERS_MAX } from "@quorate/core";
import type { Args } from "./args.ts";
import { commandName } from "./command-name.ts";
import { EXIT } from "./exit-code.ts";
import { printBanner, toJson } from "./local/banner.ts";
import { openLocalCluster } from "./local/open-local-cluster.ts";
import { refuseTakenPorts } from "./local/ports.ts";
import { runInProcess } from "./local/run-in-process.ts";
import { stopEvents } from "./local/stop-events.ts";
import { Supervisor } from "./local/supervisor.ts";
import { UsageError } from "./usage-error.ts";
import type { Verb } from "./verb.ts";

const OFFSET_MAX = 50_000;

export const local: Verb = {
  name: "local",
  summary: "a whole cluster on this machine: real processes, real disks, mutual TLS",
  flags: {
    replicas: { kind: "value", value: "N", help: "how many (5)" },
    byzantine: { kind: "value", value: "f", help: "how many may lie (0)" },
    crash: { kind: "value", value: "c", help: "how many may stop; left out, as many as fit beside --byzantine" },
    dir: { kind: "value", value: "DIR", help: "where it lives, and goes on the next time; left out, gone at the end" },
    durability: { kind: "value", value: "fsync|os|memory", help: "how far a write reaches before it counts (fsync)" },
    "port-offset": { kind: "value", value: "N", help: "added to every port, for a second cluster (0)" },
    "no-restart": { kind: "switch", help: "leave a replica that died as it is" },
    "in-process": { kind: "switch", help: "all replicas in this process: starts faster, none can be killed by itself" },
    for: { kind: "value", value: "SECONDS", help: "stop by itself after that" },
  },
  details: `ports
  Replica i: 7000 + i Redis, 8000 + i HTTP, WebSocket, page and metrics, 9000 + i its peers. All on 127.0.0.1.

what it does
  Each replica is a process of its own; DIR/r1/ is all that r1 has: configuration, key, data, log.jsonl.
  kill -9 one and watch: it is started again three seconds later. With --no-restart it stays dead until
  you start it: quorate start --config DIR/r3/quorate.yaml
  Ctrl-C stops all in order; a second one at once. No replica outlives this process, however that ends.

--json prints one object when the cluster is up
  { directory, clusterId, members: [{ name, pid, redis, http, peers }] }

examples
  quorate local
  quorate local --replicas 4 --byzantine 1 --dir cluster`,
  async run(args, io) {
    const request = readRequest(args);
    const isTemporary = request.directory === undefined;
    const directory = request.directory ?? (await mkdtemp(join(tmpdir(), "quorate-")));
    const events = stopEvents(io, request.seconds);
    try {
      const cluster = await openLocalCluster({ ...request, directory });
      await refuseTakenPorts(cluster.members);
      const show = (pids: ReadonlyMap<string, number>) => {
        const shown = { cluster, pids, isTemporary, command: commandName(io) };
        io.stdout(args.has("json") ? `${toJson(shown)}\n` : printBanner(shown));
      };
      if (args.has("in-process")) await runInProcess(cluster, { io, events, show });
      else {
        const supervisor = new Supervisor(cluster, { io, events, restart: !args.has("no-restart") });
        await supervisor.run(show);
      }
      return EXIT.ok;
    } finally {
      events.end();
      if (isTemporary) await rm(directory, { recursive: true, force: true });
    }
  },
};

export interface LocalRequest {
  readonly directory: string | undefined;
  /** Left out where nobody said: what stands in the directory goes on as it is. */
  readonly replicas: number | undefined;
  readonly byzantine: number | undefined;
  readonly crash: number | undefined;
  readonly durability: "fsync" | "os" | "memory" | undefined;
  readonly portOffset: number | undefined;
  readonly seconds: number | undefined;
}

function readRequest(args: Args): LocalRequest {
  const text = args.text("dir");
  if (args.has("in-process") && args.has("no-restart")) {
    throw new UsageError("--no-restart is about processes; with --in-process there is one: leave it out");
  }
  return {
    directory: text === undefined ? undefined : resolve(text),
    replicas: args.whole("replicas", { min: 1, max: MEMBERS_MAX }),
    byzantine: args.whole("byzantine", { min: 0, max: MEMBERS_MAX }),
    crash: args.whole("crash", { min: 0, max: MEMBERS_MAX }),
    durability: args.choice("durability", ["fsync", "os", "memory"]),
    portOffset: args.whole("port-offset", { min: 0, max: OFFSET_MAX }),
    seconds: args.whole("for", { min: 1, max: 7 * 24 * 3_600 }),
  };
}
