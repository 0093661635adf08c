// The life of `quorate start`: opens the replica, says when it is ready, and stops it in order when told.
//
// The law it keeps: whoever ends it in order finds a log that is closed in order; a process that another one started does
// not outlive that one.
import type { ReplicaConfig } from "../../config/replica-config.ts";
import type { RunningReplica } from "../../running-replica.ts";
import { createLogger, type Logger } from "../../telemetry/logger.ts";
import type { HostEvent, Io } from "../verb.ts";
import { type MemberOptions, openMember } from "./open-member.ts";
import { type Reload, reload } from "./reload.ts";

export interface RunOptions extends Omit<MemberOptions, "log"> {
  /** Reads the configuration and the files that it names again. */
  readonly reload: Reload;
}

/** What a process that runs a replica tells whoever started it. */
export type ReplicaNews = { readonly kind: "open" } | { readonly kind: "ready" };

const LOOK_MS = 25;
const INTERRUPTED = 130;

/** Resolves when the replica has stopped as told; throws what made it stop by itself. */
export async function runReplica({ reload: read, ...options }: RunOptions, io: Io): Promise<void> {
  const { config } = options;
  const log = createLogger({ level: config.log.level, member: config.member, write: io.stderr });
  const told = new Told(io, log);
  const opening = openMember({ ...options, log });
  let reloaded = Promise.resolve();
  // One after the other, and not before there are doors; where there never will be any, whoever waits is told why.
  const readAgain = async (): Promise<void> => {
    const replica = await opening.catch(() => undefined);
    if (replica !== undefined) await reload(read, replica, options.files, log);
  };
  told.watch("SIGHUP", () => {
    if (io.host?.interactive === true) told.stop("SIGHUP");
    else reloaded = reloaded.then(readAgain);
  });
  try {
    const replica = await opening;
    if (config.durability !== "fsync") {
      const { durability } = config;
      log.warn({ durability }, "acknowledged commands may be lost with this durability; docs/operations.md says when");
    }
    log.info({ ...addressesOf(replica, config) }, "the replica is open");
    io.host?.tell({ kind: "open" } satisfies ReplicaNews);
    const watch = tellReady(replica, () => {
      log.info({ commit: replica.appliedIndex }, "ready: linearizable operations are served");
      io.host?.tell({ kind: "ready" } satisfies ReplicaNews);
    });
    void told.toStop.then(() => replica.close());
    const { failure } = await replica.stopped;
    clearInterval(watch);
    if (failure !== undefined) throw failure;
    log.info({}, "stopped");
  } finally {
    told.end();
  }
}

/** What the process is told, until the end. */
class Told {
  readonly toStop: Promise<void>;
  #stop: () => void = () => undefined;
  readonly #io: Io;
  readonly #log: Logger;
  readonly #endings: (() => void)[] = [];
  #stopping = false;

  constructor(io: Io, log: Logger) {
    this.#io = io;
    this.#log = log;
    this.toStop = new Promise((resolve) => {
      this.#stop = resolve;
    });
    for (const event of ["SIGTERM", "SIGINT", "orphaned"] as const) this.watch(event, () => this.stop(event));
  }

  watch(event: HostEvent, listener: () => void): void {
    const ending = this.#io.host?.on(event, listener);
    if (ending !== undefined) this.#endings.push(ending);
  }

  stop(event: HostEvent): void {
    if (this.#stopping) {
      // Whoever asks twice with Ctrl-C does not want to wait; the log can bear it.
      if (event === "SIGINT") this.#io.host?.exit(INTERRUPTED);
      return;
    }
    this.#stopping = true;
    const why = event === "orphaned" ? "the process that started this one is gone" : event;
    this.#log.info({ why }, "stopping: no new work, what is under way is answered");
    this.#stop();
  }

  end(): void {
    for (const ending of this.#endings) ending();
  }
}

function tellReady(replica: RunningReplica, tell: () => void): NodeJS.Timeout {
  const watch = setInterval(() => {
    if (!replica.ready().ready) return;
    clearInterval(watch);
    tell();
  }, LOOK_MS);
  return watch;
}

function addressesOf(replica: RunningReplica, { peers }: ReplicaConfig): object {
  const doors = replica.status().doors.map(({ name, address }) => [name, address]);
  return { peers: `${peers.listen.host}:${peers.listen.port}`, ...Object.fromEntries(doors) };
}
