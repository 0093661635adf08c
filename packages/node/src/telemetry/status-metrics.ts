// Metrics that are the status, read when somebody scrapes.
import type { StatusReport } from "@quorate/core/api";
import type { Instruments } from "./instruments.ts";

const MODES: readonly StatusReport["mode"][] = ["normal", "recovering", "restoring", "suspicious", "halted"];
const PRESSURES: readonly StatusReport["storage"]["pressure"][] = ["none", "soft", "hard"];

export function addStatusMetrics({ gauge }: Instruments, status: () => StatusReport): void {
  gauge(
    "info",
    "What runs here: always 1.",
    (put) => {
      const { version, cluster, replica } = status();
      const { name: member, durability } = replica;
      put(1, { version, cluster: cluster.id, rule: cluster.rule, member, durability });
    },
    ["version", "cluster", "rule", "member", "durability"],
  );
  gauge("server_ready", "1 while linearizable operations can be served.", (put) => put(Number(status().ready)));
  gauge(
    "mode",
    "1 for the mode that the replica is in.",
    (put) => {
      const { mode } = status();
      for (const one of MODES) put(Number(one === mode), { mode: one });
    },
    ["mode"],
  );
  gauge("incarnation", "How many data directories this member has had.", (put) => put(status().replica.incarnation));
  gauge("uptime_seconds", "For how long the replica has been running.", (put) => put(status().replica.uptimeSeconds));

  gauge(
    "members",
    "Members of the committee by whether this replica has a working link to them; itself counts as up.",
    (put) => {
      const { members } = status();
      const up = members.filter((one) => one.self || one.up).length;
      put(up, { state: "up" });
      put(members.length - up, { state: "down" });
    },
    ["state"],
  );
  gauge("exposed_members", "Members that were caught saying two things.", (put) =>
    put(status().members.filter(({ exposed }) => exposed).length),
  );
  gauge("quorum_size", "Stake that a quorum needs.", (put) => put(status().quorum.needed));
  gauge("reachable_weight", "Stake that this replica reaches, its own included.", (put) =>
    put(status().quorum.reachable),
  );

  gauge("round", "The highest round accepted here.", (put) => put(status().round));
  gauge("own_round", "The round of this replica's newest own block.", (put) => put(status().ownRound));
  gauge("undecided_round", "The oldest round with an undecided slot.", (put) => put(status().undecidedRound));
  gauge("decided_slot", "Index of the last commit decided here.", (put) => put(status().commitIndex));
  gauge("applied_slot", "Index of the last commit applied here.", (put) => put(status().appliedIndex));
  gauge("flushed_slot", "Index of the last commit whose state is on the disk.", (put) =>
    put(status().storage.flushedIndex),
  );
  gauge("log_time_seconds", "Log time, as seconds since 1970.", (put) => put(status().logTime / 1000));

  gauge("wal_bytes", "Bytes of the block log on disk, segments kept ready included.", (put) =>
    put(status().storage.logBytes),
  );
  gauge(
    "disk_pressure",
    "1 for how full the disk is: at soft, doors refuse what grows the state; at hard, the replica stops.",
    (put) => {
      const { pressure } = status().storage;
      for (const level of PRESSURES) put(Number(level === pressure), { level });
    },
    ["level"],
  );
  gauge(
    "door_connections",
    "Clients connected now, by door.",
    (put) => {
      for (const { name, connections } of status().doors) put(connections, { door: name });
    },
    ["door"],
  );

  const ofPeers = (name: string, help: string, read: (peer: StatusReport["members"][number]) => number | null) =>
    gauge(
      name,
      help,
      (put) => {
        for (const member of status().members) {
          const value = member.self ? null : read(member);
          if (value !== null) put(value, { peer: member.name });
        }
      },
      ["peer"],
    );
  ofPeers("peer_up", "1 while there is a working link to that member.", ({ up }) => Number(up));
  ofPeers("peer_silent_seconds", "Since when nothing was heard of that member.", ({ silentMs }) => silentMs / 1000);
  ofPeers("peer_rtt_seconds", "Round trip to that member, where measured.", ({ rttMs }) =>
    rttMs === null ? null : rttMs / 1000,
  );
  ofPeers("peer_round", "The newest round of that member known here.", ({ round }) => round);
}
