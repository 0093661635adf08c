// CLIENT: what a connection is called, who else is there, and who has to go.
import { type ByteString, type Reply, utf8 } from "@quorate/machine";
import type { ClientView, OwnCall, OwnCommand } from "../own-command.ts";
import {
  bulk,
  EMPTY,
  error,
  help,
  integer,
  map,
  NULL,
  OK,
  SYNTAX_ERROR,
  set,
  unknownSubcommand,
  wholeNumber,
  wrongArity,
} from "../replies.ts";

export const NAME_ERROR: Reply = error("ERR Client names cannot contain spaces, newlines or special characters.");

/** Printable ASCII without blanks. */
export const isClientName = (name: ByteString): boolean => /^[!-~]*$/.test(name);

const CLIENT_TYPES: ReadonlySet<string> = new Set(["normal", "master", "slave", "replica", "pubsub"]);

type Subcommand = (call: OwnCall, args: readonly ByteString[]) => Reply;

/** A client as CLIENT LIST prints it, without the line's end. */
export function describeClient(client: ClientView): ByteString {
  const now = performance.now();
  const { connection } = client;
  const fields = {
    id: client.id,
    addr: client.address,
    laddr: client.localAddress,
    fd: -1,
    name: client.name,
    age: Math.floor((now - client.connectedAt) / 1000),
    idle: Math.floor((now - client.activeAt) / 1000),
    flags: connection.isInTransaction ? "x" : "N",
    db: 0,
    sub: 0,
    psub: 0,
    ssub: 0,
    multi: connection.isInTransaction ? connection.queuedCount : -1,
    qbuf: client.heldBytes,
    "qbuf-free": 0,
    "argv-mem": connection.pendingBytes,
    "multi-mem": connection.transactionBytes,
    rbs: 0,
    rbp: 0,
    obl: 0,
    oll: connection.pendingCount,
    omem: client.unsentBytes,
    "tot-mem": client.heldBytes + connection.pendingBytes + connection.transactionBytes + client.unsentBytes,
    events: "r",
    cmd: client.lastCommand,
    user: utf8(connection.user ?? "default"),
    redir: -1,
    resp: client.protocol,
    "lib-name": client.libraryName,
    "lib-ver": client.libraryVersion,
  };
  return Object.entries(fields)
    .map(([name, value]) => `${name}=${value}`)
    .join(" ");
}

function list({ door }: OwnCall, args: readonly ByteString[]): Reply {
  let chosen = [...door.clients.values()];
  const [option, first, ...rest] = args;
  const word = option?.toLowerCase();
  if (word === "type" && first !== undefined && rest.length === 0) {
    if (!CLIENT_TYPES.has(first.toLowerCase())) return error(`ERR Unknown client type '${first.slice(0, 128)}'`);
    if (first.toLowerCase() !== "normal") chosen = [];
  } else if (word === "id" && first !== undefined) {
    const ids = [first, ...rest].map(wholeNumber);
    if (ids.includes(undefined) || ids.includes(0)) return error("ERR Invalid client ID");
    chosen = chosen.filter(({ id }) => ids.includes(id));
  } else if (option !== undefined) return SYNTAX_ERROR;
  return { kind: "verbatim", format: "txt", text: chosen.map((client) => `${describeClient(client)}\n`).join("") };
}

type Chooser = (client: ClientView) => boolean;

/** What the options of CLIENT KILL choose; a reply if they are wrong. */
function readKillOptions(args: readonly ByteString[]): { chooses: Chooser; skipsMe: boolean } | Reply {
  const choosers: Chooser[] = [];
  let skipsMe = true;
  if (args.length % 2 === 1) return SYNTAX_ERROR;
  for (let at = 0; at < args.length; at += 2) {
    const [option, value] = [args[at]!.toLowerCase(), args[at + 1]!];
    if (option === "id") {
      const id = wholeNumber(value);
      if (id === undefined || id === 0) return error("ERR client-id should be greater than 0");
      choosers.push((client) => client.id === id);
    } else if (option === "addr") choosers.push(({ address }) => address === value);
    else if (option === "laddr") choosers.push(({ localAddress }) => localAddress === value);
    else if (option === "user") choosers.push(({ connection }) => utf8(connection.user ?? "default") === value);
    else if (option === "type") {
      if (!CLIENT_TYPES.has(value.toLowerCase())) return error(`ERR Unknown client type '${value.slice(0, 128)}'`);
      choosers.push(() => value.toLowerCase() === "normal");
    } else if (option === "skipme" && /^(yes|no)$/i.test(value)) skipsMe = value.toLowerCase() === "yes";
    else return SYNTAX_ERROR;
  }
  return { chooses: (client) => choosers.every((chooses) => chooses(client)), skipsMe };
}

function kill({ client, door, onAnswered }: OwnCall, args: readonly ByteString[]): Reply {
  const end = (victim: ClientView): void => {
    if (victim === client) onAnswered(() => client.end());
    else victim.kill();
  };
  if (args.length === 1) {
    const victim = [...door.clients.values()].find(({ address }) => address === args[0]);
    if (victim === undefined) return error("ERR No such client");
    end(victim);
    return OK;
  }
  const options = readKillOptions(args);
  if ("kind" in options) return options;
  const victims = [...door.clients.values()].filter(
    (other) => options.chooses(other) && !(options.skipsMe && other === client),
  );
  victims.forEach(end);
  return integer(victims.length);
}

function setInfo({ client }: OwnCall, [attribute, value]: readonly ByteString[]): Reply {
  const word = attribute!.toLowerCase();
  if (word !== "lib-name" && word !== "lib-ver") return error(`ERR Unrecognized option '${attribute!.slice(0, 128)}'`);
  if (!isClientName(value!)) return error(`ERR ${word} cannot contain spaces, newlines or special characters.`);
  if (word === "lib-name") client.libraryName = value!;
  else client.libraryVersion = value!;
  return OK;
}

const switchTo: Subcommand = (_, [word]) => (/^(on|off)$/i.test(word!) ? OK : SYNTAX_ERROR);

/** By name: how many words follow it (negative: at least), and what it does. */
const SUBCOMMANDS: ReadonlyMap<string, readonly [words: number, run: Subcommand]> = new Map(
  Object.entries({
    id: [0, ({ client }) => integer(client.id)],
    getname: [0, ({ client }) => (client.name === "" ? NULL : bulk(client.name))],
    setname: [
      1,
      ({ client }, [name]) => {
        if (!isClientName(name!)) return NAME_ERROR;
        client.name = name!;
        return OK;
      },
    ],
    setinfo: [2, setInfo],
    info: [0, ({ client }) => ({ kind: "verbatim", format: "txt", text: `${describeClient(client)}\n` })],
    list: [-1, list],
    kill: [-2, kill],
    // The door takes the ways in which it is not answered out of the stream before they come here.
    reply: [1, (_, [mode]) => (/^(on|off|skip)$/i.test(mode!) ? OK : SYNTAX_ERROR)],
    // Nothing is evicted and nothing remembers when it was used.
    "no-evict": [1, switchTo],
    "no-touch": [1, switchTo],
    unpause: [0, () => OK],
    pause: [-2, () => error("ERR CLIENT PAUSE is not here: one replica cannot hold back the clients of the others")],
    unblock: [
      -2,
      (_, [id]) => (wholeNumber(id) === undefined ? error("ERR value is not an integer or out of range") : integer(0)),
    ],
    getredir: [0, () => integer(-1)],
    tracking: [
      -2,
      (_, [mode]) =>
        mode!.toLowerCase() === "off" ? OK : error("ERR CLIENT TRACKING is not here yet: read without a local cache"),
    ],
    trackinginfo: [0, () => map({ flags: set([bulk("off")]), redirect: integer(-1), prefixes: EMPTY })],
    caching: [
      1,
      () =>
        error(
          "ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled",
        ),
    ],
    help: [
      0,
      () =>
        help("CLIENT", {
          "GETNAME | SETNAME <name>": "The name of this connection.",
          "SETINFO (LIB-NAME|LIB-VER) <value>": "The library of this connection.",
          "ID | INFO": "This connection.",
          "LIST [TYPE <type> | ID <id> ...]": "All connections to this replica.",
          "KILL <address> | KILL <option> <value> ...":
            "Ends connections to this replica by ID, ADDR, LADDR, TYPE, USER; SKIPME.",
          "REPLY (ON|OFF|SKIP)": "Whether this connection is answered.",
          "NO-EVICT, NO-TOUCH, UNPAUSE, GETREDIR, TRACKINGINFO": "Accepted; there is nothing of that kind here.",
        }),
    ],
  } satisfies Record<string, readonly [words: number, run: Subcommand]>),
);

/** What shows or ends other people's connections. */
const ADMIN_SUBCOMMANDS: ReadonlySet<string> = new Set(["list", "kill", "pause", "unblock"]);

export const client: OwnCommand = {
  name: "CLIENT",
  arity: -2,
  group: "connection",
  summary: "Names, lists and ends connections to this replica.",
  syntax: "CLIENT subcommand [argument ...]",
  isAdmin: ([subcommand]) => ADMIN_SUBCOMMANDS.has(subcommand?.toLowerCase() ?? ""),
  run(call) {
    const [word, ...args] = call.args;
    const found = SUBCOMMANDS.get(word!.toLowerCase());
    if (found === undefined) return unknownSubcommand("CLIENT", word!);
    const [count, run] = found;
    const fits = count >= 0 ? args.length === count : args.length >= -count - 1;
    return fits ? run(call, args) : wrongArity(`client|${word}`);
  },
};
