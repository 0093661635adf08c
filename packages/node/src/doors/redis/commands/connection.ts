// Commands about the connection itself: signs of life, ends, databases, the clock, and the two ways of reading.

import type { OwnCommand } from "../own-command.ts";
import {
  array,
  bulk,
  error,
  integer,
  map,
  NOT_AN_INTEGER,
  OK,
  SYNTAX_ERROR,
  simple,
  wholeNumber,
  wrongArity,
} from "../replies.ts";

const ping: OwnCommand = {
  name: "PING",
  arity: -1,
  group: "connection",
  summary: "Answers PONG, or the message.",
  syntax: "PING [message]",
  run({ args: [message, ...rest] }) {
    if (rest.length > 0) return wrongArity("PING");
    return message === undefined ? simple("PONG") : bulk(message);
  },
};

const echo: OwnCommand = {
  name: "ECHO",
  arity: 2,
  group: "connection",
  summary: "Answers the message.",
  syntax: "ECHO message",
  run: ({ args: [message] }) => bulk(message!),
};

const quit: OwnCommand = {
  name: "QUIT",
  arity: -1,
  group: "connection",
  summary: "Ends the connection behind the answers to everything before.",
  syntax: "QUIT",
  isOpen: true,
  holdsReading: true,
  amidTransaction: "run",
  run({ client, onAnswered }) {
    onAnswered(() => client.end());
    return OK;
  },
};

const reset: OwnCommand = {
  name: "RESET",
  arity: 1,
  group: "connection",
  summary: "Makes the connection as new: nobody signed in, no transaction, RESP2, linearizable reads.",
  syntax: "RESET",
  isOpen: true,
  holdsReading: true,
  amidTransaction: "run",
  run({ client, onAnswered }) {
    client.connection.reset();
    client.name = "";
    onAnswered(() => {
      client.protocol = 2;
    });
    return simple("RESET");
  },
};

const select: OwnCommand = {
  name: "SELECT",
  arity: 2,
  group: "connection",
  summary: "There is one database, number 0.",
  syntax: "SELECT index",
  run({ args: [index] }) {
    if (!/^-?\d{1,10}$/.test(index!)) return NOT_AN_INTEGER;
    return Number(index) === 0 ? OK : error("ERR DB index is out of range");
  },
};

const time: OwnCommand = {
  name: "TIME",
  arity: 1,
  group: "server",
  summary: "The time at this replica, in seconds and microseconds: its clock, or log time if that is ahead.",
  syntax: "TIME",
  run({ door }) {
    const now = door.replica.now();
    return array([bulk(String(Math.floor(now / 1000))), bulk(String(Math.floor((now % 1000) * 1000)))]);
  },
};

const wait: OwnCommand = {
  name: "WAIT",
  arity: 3,
  group: "generic",
  summary:
    "How many other members have this connection's last write in their history, once that many have it or the time is over. A write that was answered is with a quorum already.",
  syntax: "WAIT members milliseconds",
  when: "answered",
  amidTransaction: "refuse",
  async run({ client, args: [members, timeout] }) {
    const count = wholeNumber(members);
    if (count === undefined) return NOT_AN_INTEGER;
    if (/^-\d+$/.test(timeout!)) return error("ERR timeout is negative");
    const timeoutMs = wholeNumber(timeout);
    if (timeoutMs === undefined) return error("ERR timeout is not an integer or out of range");
    return integer(await client.connection.wait(count, timeoutMs));
  },
};

const waitAof: OwnCommand = {
  name: "WAITAOF",
  arity: 4,
  group: "generic",
  summary:
    "Whether this connection's last write is on this replica's disk (1, or 0 where durability is not fsync), and how many other members have it in their durable history.",
  syntax: "WAITAOF local members milliseconds",
  when: "answered",
  amidTransaction: "refuse",
  async run({ client, door, args: [local, members, timeout] }) {
    const [atLeast, count, timeoutMs] = [local, members, timeout].map(wholeNumber);
    if (atLeast === undefined || count === undefined || timeoutMs === undefined) return NOT_AN_INTEGER;
    const isDurable = door.replica.status().replica.durability === "fsync";
    if (atLeast > (isDurable ? 1 : 0))
      return error("ERR WAITAOF cannot be used when numlocal is set but this replica does not sync every write");
    const reached = await client.connection.wait(count, timeoutMs);
    return array([integer(isDurable ? 1 : 0), integer(isDurable ? reached : 0)]);
  },
};

const readMode: OwnCommand = {
  name: "READ.MODE",
  arity: -1,
  group: "connection",
  summary:
    "How this connection reads. STALE: from this replica's state as it is, at once, without asking the others. Without a word: the mode, the commit that the last answer reflects, the last commit applied here, and by how many milliseconds at most its state is old.",
  syntax: "READ.MODE [LINEARIZABLE | STALE]",
  amidTransaction: "refuse",
  run({ client: { connection }, door: { replica }, args: [mode, ...rest] }) {
    if (rest.length > 0) return wrongArity("READ.MODE");
    if (mode !== undefined) {
      const word = mode.toLowerCase();
      if (word !== "stale" && word !== "linearizable") return SYNTAX_ERROR;
      connection.stale = word === "stale";
      return OK;
    }
    return map({
      mode: bulk(connection.stale ? "stale" : "linearizable"),
      "last-index": integer(connection.lastIndex),
      "applied-index": integer(replica.appliedIndex),
      "age-ms": integer(Math.max(0, replica.now() - replica.status().logTime)),
    });
  },
};

const readOnly = (name: "READONLY" | "READWRITE"): OwnCommand => ({
  name,
  arity: 1,
  group: "cluster",
  summary: "Accepted and without effect: every replica takes reads and writes. See READ.MODE for stale reads.",
  syntax: name,
  run: () => OK,
});

export const CONNECTION_COMMANDS: readonly OwnCommand[] = [
  ping,
  echo,
  quit,
  reset,
  select,
  time,
  wait,
  waitAof,
  readMode,
  readOnly("READONLY"),
  readOnly("READWRITE"),
];
