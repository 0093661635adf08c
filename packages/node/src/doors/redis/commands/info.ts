// INFO: where this replica stands, in the sections and fields that tools of Redis read, and a section of our own. What
// there is nothing of here (a master, snapshots of memory, evictions) stands as an ordinary Redis would say it, since
// programs decide by these fields whether they can work at all.
import { utf8 } from "@quorate/machine";
import type { DoorView, OwnCall, OwnCommand } from "../own-command.ts";
import { REDIS_VERSION } from "./redis-version.ts";

type Fields = Readonly<Record<string, string | number>>;
type Section = (door: DoorView, call: OwnCall) => Fields;

const flag = (is: boolean): number => (is ? 1 : 0);

const server: Section = ({ replica, port }) => {
  const { version, replica: self } = replica.status();
  return {
    redis_version: REDIS_VERSION,
    redis_git_sha1: "00000000",
    redis_git_dirty: 0,
    redis_build_id: version,
    redis_mode: "standalone",
    os: process.platform,
    arch_bits: 64,
    multiplexing_api: "libuv",
    process_id: process.pid,
    process_supervised: "no",
    run_id: replica.genesis.clusterId.padEnd(40, "0"),
    tcp_port: port,
    server_time_usec: replica.now() * 1000,
    uptime_in_seconds: self.uptimeSeconds,
    uptime_in_days: Math.floor(self.uptimeSeconds / 86_400),
    hz: 10,
    configured_hz: 10,
    executable: process.execPath,
    config_file: "",
    quorate_version: version,
  };
};

const clients: Section = ({ clients: connected, limits }) => ({
  connected_clients: connected.size,
  cluster_connections: 0,
  maxclients: limits.clientsMax,
  blocked_clients: 0,
  tracking_clients: 0,
});

const human = (bytes: number): string =>
  bytes < 1024 ** 2 ? `${(bytes / 1024).toFixed(2)}K` : `${(bytes / 1024 ** 2).toFixed(2)}M`;

const memory: Section = ({ statistics }) => {
  const { heapUsed, rss } = process.memoryUsage();
  return {
    used_memory: heapUsed,
    used_memory_human: human(heapUsed),
    used_memory_rss: rss,
    used_memory_rss_human: human(rss),
    used_memory_peak: rss,
    used_memory_peak_human: human(rss),
    mem_clients_normal: statistics.heldBytes,
    maxmemory: 0,
    maxmemory_human: "0B",
    maxmemory_policy: "noeviction",
    mem_fragmentation_ratio: (rss / heapUsed).toFixed(2),
    mem_allocator: "libc",
    active_defrag_running: 0,
    lazyfree_pending_objects: 0,
  };
};

const persistence: Section = ({ replica }) => {
  const { mode } = replica.status();
  return {
    // Recovering and restoring are what Redis calls loading: no command can be answered yet.
    loading: flag(mode === "recovering" || mode === "restoring"),
    async_loading: 0,
    rdb_changes_since_last_save: 0,
    rdb_bgsave_in_progress: 0,
    rdb_last_save_time: Math.floor(replica.now() / 1000),
    rdb_last_bgsave_status: "ok",
    aof_enabled: flag(replica.status().replica.durability === "fsync"),
    aof_rewrite_in_progress: 0,
    aof_last_bgrewrite_status: "ok",
    aof_last_write_status: "ok",
  };
};

const stats: Section = ({ statistics }) => ({
  total_connections_received: statistics.connectionsReceived,
  total_commands_processed: statistics.commandsProcessed,
  total_net_input_bytes: statistics.inputBytes,
  total_net_output_bytes: statistics.outputBytes,
  rejected_connections: statistics.connectionsRejected,
  total_error_replies: statistics.errorReplies,
  evicted_keys: 0,
  pubsub_channels: 0,
  pubsub_patterns: 0,
});

const replication: Section = ({ replica }) => ({
  // Every replica takes writes; the others of the cluster are no slaves of this one.
  role: "master",
  connected_slaves: 0,
  master_failover_state: "no-failover",
  master_replid: replica.genesis.clusterId.padEnd(40, "0"),
  master_repl_offset: replica.appliedIndex,
});

const cpu: Section = () => {
  const { user, system } = process.cpuUsage();
  return { used_cpu_sys: (system / 1e6).toFixed(6), used_cpu_user: (user / 1e6).toFixed(6) };
};

/** Only how often; nothing here measures single commands. */
const commandStats: Section = ({ calls }) => {
  const fields: Record<string, string> = {};
  for (const [name, count] of calls()) if (count > 0) fields[`cmdstat_${name}`] = `calls=${count}`;
  return fields;
};

const cluster: Section = () => ({ cluster_enabled: 0 });

/**
 * How many of the keys expire, and when, is not counted. That there are any is known to those who may ask DBSIZE; to
 * others it looks as if there were none.
 */
const keyspace: Section = ({ replica }, { mayRun }) => {
  if (!mayRun("dbsize")) return {};
  const outcome = replica.readStale([Buffer.from("DBSIZE")]);
  const keys = outcome.kind === "reply" && outcome.reply.kind === "integer" ? Number(outcome.reply.value) : 0;
  return keys === 0 ? {} : { db0: `keys=${keys},expires=0,avg_ttl=0` };
};

const quorate: Section = ({ replica }) => {
  const status = replica.status();
  const { fault, rule, id } = status.cluster;
  return {
    quorate_version: status.version,
    cluster_id: id,
    replica: status.replica.name,
    mode: status.mode,
    ready: flag(status.ready),
    quorum_reached: flag(status.quorum.reached),
    quorum_reachable: status.quorum.reachable,
    quorum_needed: status.quorum.needed,
    members: status.members.length,
    members_up: status.members.filter(({ up }) => up).length,
    rule,
    faults_crash: fault.crash,
    faults_byzantine: fault.byzantine,
    durability: status.replica.durability,
    commit_index: status.commitIndex,
    applied_index: status.appliedIndex,
    log_time: status.logTime,
    storage_pressure: status.storage.pressure,
    reads: "linearizable unless READ.MODE STALE was asked for",
    trust:
      fault.byzantine === 0
        ? "no member is expected to lie; any replica's answer can be relied on"
        : "a client of this protocol trusts the one replica that it is connected to; @quorate/client asks enough of them",
  };
};

const SECTIONS: ReadonlyMap<string, Section> = new Map([
  ["Server", server],
  ["Clients", clients],
  ["Memory", memory],
  ["Persistence", persistence],
  ["Stats", stats],
  ["Replication", replication],
  ["CPU", cpu],
  ["Modules", () => ({})],
  ["Commandstats", commandStats],
  ["Errorstats", () => ({})],
  ["Cluster", cluster],
  ["Keyspace", keyspace],
  ["Quorate", quorate],
]);

/** Told only when asked for. */
const NOT_BY_DEFAULT: ReadonlySet<string> = new Set(["commandstats"]);

function infoText(call: OwnCall): string {
  const wanted = new Set(call.args.map((word) => word.toLowerCase()));
  const wantsAll = wanted.has("all") || wanted.has("everything");
  const wantsDefault = wanted.size === 0 || wanted.has("default");
  return [...SECTIONS]
    .filter(([title]) => {
      const name = title.toLowerCase();
      return wantsAll || wanted.has(name) || (wantsDefault && !NOT_BY_DEFAULT.has(name));
    })
    .map(([title, section]) => {
      const lines = Object.entries(section(call.door, call)).map(([name, value]) => `${name}:${value}\r\n`);
      return `# ${title}\r\n${lines.join("")}`;
    })
    .join("\r\n");
}

export const info: OwnCommand = {
  name: "INFO",
  arity: -1,
  group: "server",
  summary: "Where this replica stands, in Redis's sections and one of our own, `quorate`.",
  syntax: "INFO [section ...]",
  run: (call) => ({ kind: "verbatim", format: "txt", text: utf8(infoText(call)) }),
};
