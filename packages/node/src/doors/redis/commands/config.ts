// CONFIG: the parameters that tools of Redis ask for. Nothing can be set here: a replica reads its configuration when it
// starts, and what all replicas must agree on is not one replica's to change.
import type { Reply } from "@quorate/machine";
import { resetStatistics } from "../door-statistics.ts";
import type { DoorView, OwnCommand } from "../own-command.ts";
import { bulk, error, help, OK, unknownSubcommand, wrongArity } from "../replies.ts";
import { nameGlob } from "./command.ts";

function parameters({ replica, limits, port }: DoorView): Readonly<Record<string, string | number>> {
  const { durability } = replica.status().replica;
  return {
    // Every acknowledged write is in the log before it is acknowledged: what Redis calls an append-only file.
    appendfsync: durability === "fsync" ? "always" : "no",
    appendonly: durability === "memory" ? "no" : "yes",
    "client-query-buffer-limit": limits.requestBytesMax,
    databases: 1,
    "lazyfree-lazy-user-del": "yes",
    maxclients: limits.clientsMax,
    maxmemory: 0,
    "maxmemory-policy": "noeviction",
    "notify-keyspace-events": "",
    port,
    "proto-max-bulk-len": limits.requestBytesMax,
    "replica-read-only": "no",
    save: "",
    "slowlog-log-slower-than": -1,
    "slowlog-max-len": 0,
    "tcp-keepalive": 300,
    timeout: Math.floor(limits.idleMs / 1000),
  };
}

/** There are fewer parameters; and each pattern is held against all of them, for whoever is signed in. */
const PATTERNS_MAX = 32;

function get(door: DoorView, patterns: readonly string[]): Reply {
  if (patterns.length > PATTERNS_MAX) return error(`ERR CONFIG GET takes at most ${PATTERNS_MAX} patterns here`);
  const globs = patterns.map(nameGlob);
  const chosen = Object.entries(parameters(door)).filter(([name]) => globs.some((matches) => matches(name)));
  return { kind: "map", entries: chosen.map(([name, value]) => [bulk(name), bulk(String(value))] as const) };
}

export const config: OwnCommand = {
  name: "CONFIG",
  arity: -2,
  group: "server",
  summary: "Answers the parameters that tools ask for; they are set where the replica is started.",
  syntax: "CONFIG subcommand [argument ...]",
  isAdmin: ([subcommand]) => subcommand?.toLowerCase() !== "get",
  run({ door, args: [word, ...args] }) {
    switch (word!.toLowerCase()) {
      case "get":
        return args.length === 0 ? wrongArity("config|get") : get(door, args);
      case "set": {
        if (args.length < 2 || args.length % 2 === 1) return wrongArity("config|set");
        return error(
          "ERR CONFIG SET is not here: change the replica's configuration (quorate start --help) and start it again",
        );
      }
      case "resetstat":
        if (args.length > 0) return wrongArity("config|resetstat");
        resetStatistics(door.statistics);
        return OK;
      case "rewrite":
        return error("ERR The server is running without a config file");
      case "help":
        return help("CONFIG", {
          "GET <pattern> ...": "Parameters whose names match.",
          RESETSTAT: "Counts of INFO begin anew.",
        });
      default:
        return unknownSubcommand("CONFIG", word!);
    }
  },
};
