// Every setting of a replica, once: the file's keys, the variables, the flags, the help, the JSON Schema and the page
// docs/configuration.md are all made from this table.
//
// A setting's key names it everywhere: `redis.tls.key` is that path in the file, QUORATE_REDIS_TLS_KEY in the environment
// and --redis-tls-key on the command line.
import { z } from "zod";
import { nearest } from "../command/nearest.ts";
import { type Address, parseAddress } from "./address.ts";

export interface Setting {
  readonly key: string;
  /** One line for the help and the reference, without a full stop. */
  readonly help: string;
  /** How its value is called in the help; left out: a switch. */
  readonly value?: string;
  /** As a file holds it. Turns the text of a variable or a flag into that. */
  readonly fromText?: (text: string) => unknown;
  readonly schema: z.ZodType;
  /** What holds where nobody says anything; left out: nothing does. */
  readonly default?: string;
  readonly required?: true;
  /** A file or a folder: relative to the file that names it, or to where the command was called. */
  readonly path?: true;
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;
const DURABILITIES = ["fsync", "os", "memory"] as const;
const LEVELS = ["debug", "info", "warn", "error"] as const;
const ACCESS = ["open", "users"] as const;

/** A member's name is also the name of a folder and a label of metrics. */
export function isMemberName(name: string): boolean {
  return NAME.test(name);
}

export const SETTINGS: readonly Setting[] = [
  {
    key: "member",
    help: "which member of the genesis this replica is",
    value: "NAME",
    schema: z.string({ error: "give a member's name" }),
    required: true,
  },
  {
    key: "genesis",
    help: "what all members agreed on before the first block, made by quorate init",
    value: "FILE",
    schema: text("the path of a genesis file"),
    default: "genesis.json",
    path: true,
  },
  {
    key: "key",
    help: "the member's private key, mode 600, outside the data directory",
    value: "FILE",
    schema: text("the path of a private key"),
    default: "key.pem",
    path: true,
  },
  {
    key: "data",
    help: "the data directory: block log and state; made by init, never by start",
    value: "DIR",
    schema: text("the path of a data directory"),
    default: "data",
    path: true,
  },
  {
    key: "durability",
    help: "how far a write reaches before it counts: device, system, process",
    value: "fsync|os|memory",
    schema: oneOf(DURABILITIES),
    default: "fsync",
  },
  {
    key: "peers.listen",
    help: "where this replica takes the connections of the other members",
    value: "HOST:PORT",
    schema: address(0),
    required: true,
  },
  {
    key: "peers.addresses",
    help: "where each other member can be reached; its own entry is ignored",
    value: "a=HOST:PORT,…",
    fromText: pairs,
    schema: z.record(z.string(), address(1), { error: "give a host:port for each member" }),
  },
  {
    key: "redis.listen",
    help: "where Redis clients connect; off: nowhere",
    value: "HOST:PORT",
    schema: door(),
    default: "off",
  },
  {
    key: "redis.tls.certificate",
    help: "certificate chain for the Redis door, as PEM",
    value: "FILE",
    schema: text("the path of a certificate"),
    path: true,
  },
  {
    key: "redis.tls.key",
    help: "private key of that certificate",
    value: "FILE",
    schema: text("the path of a private key"),
    path: true,
  },
  {
    key: "http.listen",
    help: "where HTTP and WebSocket clients and Prometheus connect; off: nowhere",
    value: "HOST:PORT",
    schema: door(),
    default: "off",
  },
  {
    key: "http.tls.certificate",
    help: "certificate chain for the HTTP door, as PEM",
    value: "FILE",
    schema: text("the path of a certificate"),
    path: true,
  },
  {
    key: "http.tls.key",
    help: "private key of that certificate",
    value: "FILE",
    schema: text("the path of a private key"),
    path: true,
  },
  {
    key: "http.hosts",
    help: "further names under which clients call the HTTP door",
    value: "NAME,…",
    fromText: list,
    schema: z.array(z.string(), { error: "give a list of host names" }),
  },
  {
    key: "http.origins",
    help: "other sites whose pages may use the HTTP door: https://app.example",
    value: "ORIGIN,…",
    fromText: list,
    schema: z.array(
      z.string().refine(isOrigin, { error: "give origins such as https://app.example, without a path" }),
      { error: "give a list of origins" },
    ),
  },
  {
    key: "access",
    help: "users: nobody is served before signing in, also while no user exists",
    value: "open|users",
    schema: oneOf(ACCESS),
    default: "open",
  },
  {
    key: "insecure",
    help: "lets doors listen beyond this machine without TLS or without users",
    fromText: yesNo,
    schema: z.boolean({ error: "say true or false" }),
    default: "false",
  },
  {
    key: "log.level",
    help: "how much is logged on standard error",
    value: "debug|info|warn|error",
    schema: oneOf(LEVELS),
    default: "info",
  },
];

export function flagOf(key: string): string {
  return key.replaceAll(".", "-");
}

export function variableOf(key: string): string {
  return `QUORATE_${key.replaceAll(".", "_").toUpperCase()}`;
}

function text(what: string): z.ZodType<string> {
  return z.string({ error: `give ${what}` }).min(1, { error: `give ${what}` });
}

function oneOf(words: readonly string[]): z.ZodType<string> {
  const said = `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
  return z.enum(words as [string, ...string[]], {
    error: ({ input }) => {
      const near = typeof input === "string" ? nearest(input, words) : undefined;
      return `${JSON.stringify(input)} is not ${said}${near === undefined ? "" : `; did you mean ${near}?`}`;
    },
  });
}

function address(portMin: number): z.ZodType<Address, string> {
  return addressText((input) => read(input, portMin)).transform((input) => parseAddress(input)!);
}

function door(): z.ZodType<Address | undefined, string> {
  return addressText((input) => input === "off" || read(input, 0), "host:port, or off").transform(parseAddress);
}

function addressText(fits: (input: string) => boolean, wanted = "host:port"): z.ZodString {
  const example = "as in 127.0.0.1:7001 or [::1]:7001";
  return z
    .string({ error: `give ${wanted}, ${example}` })
    .refine(fits, { error: ({ input }) => `${JSON.stringify(input)} is not ${wanted}, ${example}` });
}

function read(input: string, portMin: number): boolean {
  return (parseAddress(input)?.port ?? -1) >= portMin;
}

function isOrigin(input: string): boolean {
  return URL.canParse(input) && new URL(input).origin === input;
}

function list(input: string): readonly string[] {
  return input.split(",").map((word) => word.trim());
}

/** `a=1,b=2`. What is no pair stays under its own words, so that the schema says what is wrong with it. */
function pairs(input: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    list(input).map((word) => {
      const at = word.indexOf("=");
      return at < 0 ? [word, ""] : [word.slice(0, at).trim(), word.slice(at + 1).trim()];
    }),
  );
}

function yesNo(input: string): unknown {
  return input === "true" ? true : input === "false" ? false : input;
}
