// Who is there: HELLO, AUTH, ACL WHOAMI.

import type { Reply } from "@quorate/machine";
import { type ByteString, CommandError, textOf } from "@quorate/machine";
import type { ClientView, DoorView, OwnCall, OwnCommand } from "../own-command.ts";
import { array, bulk, EMPTY, error, integer, map, OK, unknownSubcommand, wrongArity } from "../replies.ts";
import { isClientName, NAME_ERROR } from "./client.ts";
import { REDIS_VERSION } from "./redis-version.ts";

const WRONG_PASS = error("WRONGPASS invalid username-password pair or user is disabled.");
const NO_PASSWORDS = error(
  "ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?",
);
const HELLO_FIRST = error(
  "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time",
);

/** The name that Redis gives to whoever signs in without one. */
const DEFAULT_USER = "default";

/** Undefined: signed in. */
async function signIn(
  client: ClientView,
  door: DoorView,
  user: ByteString | undefined,
  secret: ByteString,
): Promise<Reply | undefined> {
  const [name, plain] = [user === undefined ? undefined : textOf(user), textOf(secret)];
  if (plain === undefined || (user !== undefined && name === undefined)) return WRONG_PASS;
  try {
    if (await client.connection.signIn(name, plain)) return undefined;
  } catch (failure) {
    if (failure instanceof CommandError) return error(failure.reply);
    throw failure;
  }
  // While there are no users everybody is the default one, whatever the password, as in Redis.
  if (!door.isOpen) return WRONG_PASS;
  if (name === undefined) return NO_PASSWORDS;
  return name === DEFAULT_USER ? undefined : WRONG_PASS;
}

const auth: OwnCommand = {
  name: "AUTH",
  arity: -2,
  group: "connection",
  summary: "Signs in with a user's password, or with a token.",
  syntax: "AUTH [user] secret",
  isOpen: true,
  holdsReading: true,
  amidTransaction: "refuse",
  async run({ client, door, args }) {
    if (args.length > 2) return error("ERR syntax error");
    const [user, secret] = args.length === 2 ? [args[0], args[1]!] : [undefined, args[0]!];
    return (await signIn(client, door, user, secret)) ?? OK;
  },
};

interface Greeting {
  readonly protocol?: 2 | 3;
  readonly credentials?: readonly [user: ByteString, secret: ByteString];
  readonly name?: ByteString;
}

function readHello(args: readonly ByteString[]): Greeting | Reply {
  const [version, ...options] = args;
  if (version === undefined) return {};
  if (!/^-?\d{1,18}$/.test(version)) return error("ERR Protocol version is not an integer or out of range");
  if (version !== "2" && version !== "3") return error("NOPROTO unsupported protocol version");
  let greeting: Greeting = { protocol: version === "3" ? 3 : 2 };
  for (let at = 0; at < options.length; ) {
    const [option, first, second] = options.slice(at, at + 3);
    const word = option!.toLowerCase();
    if (word === "auth" && first !== undefined && second !== undefined) {
      greeting = { ...greeting, credentials: [first, second] };
      at += 3;
    } else if (word === "setname" && first !== undefined) {
      if (!isClientName(first)) return NAME_ERROR;
      greeting = { ...greeting, name: first };
      at += 2;
    } else return error(`ERR Syntax error in HELLO option '${option!.slice(0, 128)}'`);
  }
  return greeting;
}

const hello: OwnCommand = {
  name: "HELLO",
  arity: -1,
  group: "connection",
  summary: "Chooses RESP2 or RESP3, optionally signs in and names the connection; answers what this server is.",
  syntax: "HELLO [protocol [AUTH user secret] [SETNAME name]]",
  isOpen: true,
  holdsReading: true,
  amidTransaction: "refuse",
  async run({ client, door, args, onAnswered }: OwnCall) {
    const greeting = readHello(args);
    if ("kind" in greeting) return greeting;
    const { credentials, protocol = client.protocol, name } = greeting;
    if (credentials !== undefined) {
      const failure = await signIn(client, door, ...credentials);
      if (failure !== undefined) return failure;
    }
    const strange = client.connection.strangerRefusal;
    if (strange !== undefined) return strange.startsWith("NOAUTH") ? HELLO_FIRST : error(strange);
    if (name !== undefined) client.name = name;
    onAnswered(() => {
      client.protocol = protocol;
    });
    return map({
      server: bulk("redis"),
      version: bulk(REDIS_VERSION),
      proto: integer(protocol),
      id: integer(client.id),
      mode: bulk("standalone"),
      role: bulk("master"),
      modules: EMPTY,
    });
  },
};

const acl: OwnCommand = {
  name: "ACL",
  arity: -2,
  group: "server",
  summary:
    "WHOAMI answers who is signed in. Users are replicated state here: see USER.SET, USER.GET, USER.LIST, USER.DROP.",
  syntax: "ACL WHOAMI",
  run({ client, args: [subcommand, ...rest] }) {
    switch (subcommand!.toLowerCase()) {
      case "whoami":
        return rest.length > 0 ? wrongArity("acl|whoami") : bulk(client.connection.user ?? DEFAULT_USER);
      case "help":
        return array([bulk("ACL WHOAMI"), bulk("USER.SET, USER.GET, USER.LIST, USER.DROP: users as replicated state")]);
      case "cat":
      case "deluser":
      case "dryrun":
      case "genpass":
      case "getuser":
      case "list":
      case "load":
      case "log":
      case "save":
      case "setuser":
      case "users":
        return error(
          `ERR ACL ${subcommand!.toUpperCase()} is not here: users are replicated state, see USER.SET and its kin`,
        );
      default:
        return unknownSubcommand("ACL", subcommand!);
    }
  },
};

export const SIGN_IN_COMMANDS: readonly OwnCommand[] = [auth, hello, acl];
