// Commands about a server as Redis is one: durability, roles, what is slow. Each answer is true of a replica: where there
// is nothing of the kind, it says so.
import { type ByteString, CommandError, type Reply } from "@quorate/machine";
import type { Words } from "../../../running-replica.ts";
import type { DoorView, OwnCommand } from "../own-command.ts";
import {
  array,
  bulk,
  EMPTY,
  error,
  help,
  integer,
  map,
  NULL,
  OK,
  simple,
  text,
  unknownSubcommand,
  wholeNumber,
  wrongArity,
} from "../replies.ts";

const durabilityOf = ({ replica }: DoorView): string => replica.status().replica.durability;

const NOT_DURABLE = error(
  "ERR this replica keeps nothing across a restart (--durability memory): start it with another",
);
const ALWAYS_SAVED = simple("Every acknowledged write is in the log already");

const saving = (name: string, reply: Reply): OwnCommand => ({
  name,
  arity: name === "BGSAVE" ? -1 : 1,
  group: "server",
  summary: "Nothing to do: every write is in the log before it is acknowledged.",
  syntax: name,
  isAdmin: () => true,
  run: ({ door }) => (durabilityOf(door) === "memory" ? NOT_DURABLE : reply),
});

const lastSave: OwnCommand = {
  name: "LASTSAVE",
  arity: 1,
  group: "server",
  summary: "Now: every write is in the log before it is acknowledged. Without durability: when the replica started.",
  syntax: "LASTSAVE",
  run({ door }) {
    const now = Math.floor(door.replica.now() / 1000);
    const { durability, uptimeSeconds } = door.replica.status().replica;
    return integer(durability === "memory" ? now - uptimeSeconds : now);
  },
};

const role: OwnCommand = {
  name: "ROLE",
  arity: 1,
  group: "server",
  summary: "Master, as every replica: each takes writes.",
  syntax: "ROLE",
  run: ({ door }) => array([bulk("master"), integer(door.replica.appliedIndex), EMPTY]),
};

const slowLog: OwnCommand = {
  name: "SLOWLOG",
  arity: -2,
  group: "server",
  summary: "Empty: single commands are not timed. Latencies are among the metrics.",
  syntax: "SLOWLOG subcommand [argument]",
  isAdmin: () => true,
  run({ args: [word, ...args] }) {
    switch (word!.toLowerCase()) {
      case "get":
        return args.length > 1 ? wrongArity("slowlog|get") : EMPTY;
      case "len":
        return integer(0);
      case "reset":
        return OK;
      case "help":
        return help("SLOWLOG", { "GET, LEN, RESET": "Accepted; single commands are not timed here." });
      default:
        return unknownSubcommand("SLOWLOG", word!);
    }
  },
};

const latency: OwnCommand = {
  name: "LATENCY",
  arity: -2,
  group: "server",
  summary: "Empty: nothing is recorded per event. Latencies are among the metrics.",
  syntax: "LATENCY subcommand [argument ...]",
  isAdmin: () => true,
  run({ args: [word, ...args] }) {
    switch (word!.toLowerCase()) {
      case "latest":
      case "history":
        return EMPTY;
      case "histogram":
        return map({});
      case "reset":
        return integer(0);
      case "graph":
        return error(`ERR No samples available for event '${(args[0] ?? "").slice(0, 128)}'`);
      case "doctor":
        return text("Latencies are measured by histograms: see /metrics of the HTTP door, and `quorate explain`.\n");
      case "help":
        return help("LATENCY", { "LATEST, HISTORY, HISTOGRAM, RESET": "Accepted; see the metrics instead." });
      default:
        return unknownSubcommand("LATENCY", word!);
    }
  },
};

const SAMPLES = 8;
/** What a key and an element cost besides their bytes, roughly: records of the state, and their place in its order. */
const KEY_OVERHEAD = 96;
const ELEMENT_OVERHEAD = 64;

/** By type: how its elements are counted, and how a few of them are looked at. */
const MEASURES: Readonly<Record<string, { readonly count: string; readonly sample: readonly string[] }>> = {
  list: { count: "LLEN", sample: ["LRANGE", "", "0", String(SAMPLES - 1)] },
  hash: { count: "HLEN", sample: ["HRANDFIELD", "", String(SAMPLES), "WITHVALUES"] },
  set: { count: "SCARD", sample: ["SRANDMEMBER", "", String(SAMPLES)] },
  zset: { count: "ZCARD", sample: ["ZRANGE", "", "0", String(SAMPLES - 1)] },
};

/** An estimate: a count, and the size of a few elements. */
function memoryUsage({ replica }: DoorView, key: ByteString): Reply {
  const ask = (...words: readonly string[]): Reply => {
    const outcome = replica.readStale(words.map((word) => Buffer.from(word, "latin1")) as Words);
    if (outcome.kind !== "reply") throw new CommandError("NOQUORUM this replica cannot be asked now; ask another");
    return outcome.reply;
  };
  const number = (reply: Reply): number => (reply.kind === "integer" ? Number(reply.value) : 0);
  const type = ask("TYPE", key);
  const name = type.kind === "simple" ? type.text : "none";
  if (name === "none") return NULL;
  if (name === "string") return integer(KEY_OVERHEAD + key.length + number(ask("STRLEN", key)));
  const measure = MEASURES[name];
  if (measure === undefined) return integer(KEY_OVERHEAD + key.length);
  const count = number(ask(measure.count, key));
  const sample = ask(...measure.sample.map((word) => (word === "" ? key : word)));
  const items = sample.kind === "array" || sample.kind === "set" ? sample.items : [];
  const pairs = sample.kind === "pairs" || sample.kind === "map" ? sample.entries : [];
  const bytes = [...items, ...pairs.flat()].reduce(
    (sum, item) => sum + (item.kind === "bulk" ? item.value.length : 8),
    0,
  );
  const sampled = Math.max(1, items.length + pairs.length);
  return integer(Math.round(KEY_OVERHEAD + key.length + count * (ELEMENT_OVERHEAD + bytes / sampled)));
}

const memory: OwnCommand = {
  name: "MEMORY",
  arity: -2,
  group: "server",
  summary: "USAGE estimates the bytes of a key from its size and a few of its elements.",
  syntax: "MEMORY subcommand [argument ...]",
  isRead: ([subcommand]) => subcommand?.toLowerCase() === "usage",
  when: "answered",
  run({ door, args: [word, ...args] }) {
    switch (word!.toLowerCase()) {
      case "usage": {
        const [key, option, samples, ...rest] = args;
        if (key === undefined) return wrongArity("memory|usage");
        const fits = option === undefined || (option.toLowerCase() === "samples" && wholeNumber(samples) !== undefined);
        if (!fits || rest.length > 0) return error("ERR syntax error");
        try {
          return memoryUsage(door, key);
        } catch (failure) {
          if (failure instanceof CommandError) return error(failure.reply);
          throw failure;
        }
      }
      case "doctor":
        return text("Nothing is diagnosed here: see the metrics of the process.\n");
      case "purge":
        return OK;
      case "stats":
      case "malloc-stats":
        return error(`ERR MEMORY ${word!.toUpperCase()} is not here: see the metrics of the process`);
      case "help":
        return help("MEMORY", { "USAGE <key>": "An estimate of its bytes.", PURGE: "Accepted." });
      default:
        return unknownSubcommand("MEMORY", word!);
    }
  },
};

const cluster: OwnCommand = {
  name: "CLUSTER",
  arity: -2,
  group: "cluster",
  summary: "Refused as by a Redis that stands alone: every replica has all keys, and nobody is sent elsewhere.",
  syntax: "CLUSTER subcommand [argument ...]",
  run: () => error("ERR This instance has cluster support disabled"),
};

const asking: OwnCommand = { ...cluster, name: "ASKING", arity: 1, syntax: "ASKING" };

const refused = (name: string, why: string): OwnCommand => ({
  name,
  arity: -1,
  group: "server",
  summary: `Refused: ${why}.`,
  syntax: name,
  isAdmin: () => true,
  amidTransaction: "refuse",
  run: () => error(`ERR ${name} is refused: ${why}`),
});

const OWN_MEMBERSHIP = "members of a cluster are equals; who belongs to it is not decided by one connection";

export const SERVER_COMMANDS: readonly OwnCommand[] = [
  saving("SAVE", OK),
  saving("BGSAVE", ALWAYS_SAVED),
  saving("BGREWRITEAOF", ALWAYS_SAVED),
  lastSave,
  role,
  slowLog,
  latency,
  memory,
  cluster,
  asking,
  refused("SHUTDOWN", "stop the process (SIGTERM), it drains and closes in order"),
  refused("MONITOR", "commands of others are not shown; the change log tells what changed (CHANGES.READ)"),
  refused("DEBUG", "it could break what the replicas agree on"),
  refused("REPLICAOF", OWN_MEMBERSHIP),
  refused("SLAVEOF", OWN_MEMBERSHIP),
  refused("FAILOVER", "there is no leader to fail over from"),
  refused("SYNC", "replicas speak their own protocol with each other"),
  refused("PSYNC", "replicas speak their own protocol with each other"),
  refused("REPLCONF", "replicas speak their own protocol with each other"),
  refused("MODULE", "modules are given to a replica when it is made (defineModule)"),
  refused("SWAPDB", "there is one database, number 0"),
];
