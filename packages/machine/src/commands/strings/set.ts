// SET: gives a key a string, whatever it held before, under conditions and with a time to live.
import type { Millis } from "@quorate/core";
import { bulkOrNull, NULL, OK, type Reply } from "../../reply/reply.ts";
import { word } from "../arguments.ts";
import { type Arguments, type CommandContext, type CommandDefinition, FIRST_KEY } from "../command.ts";
import { syntaxError } from "../command-error.ts";
import { positiveTime, TIME_OPTIONS, type TimeForm } from "../expiry.ts";

export const set: CommandDefinition = {
  name: "SET",
  arity: -3,
  flags: ["write", "grows"],
  keys: FIRST_KEY,
  summary: "Gives a key a string, under conditions and with a time to live if wanted.",
  syntax:
    "SET key value [NX | XX] [GET] [EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds | KEEPTTL]",
  examples: [
    { run: "SET city Utrecht", reply: "OK" },
    { run: "SET city Delft NX", reply: "(nil)" },
    { run: "SET city Delft XX GET", reply: '"Utrecht"' },
    { run: "SET lock token NX PX 30000", reply: "OK" },
  ],
  run: (context, [key, value, ...rest]) => setString(context, "SET", key!, value!, parseOptions(rest)),
};

export interface SetOptions {
  readonly condition?: "nx" | "xx" | undefined;
  readonly get?: boolean;
  readonly keepTtl?: boolean;
  readonly time?: { readonly form: TimeForm; readonly argument: string } | undefined;
}

/** What SET does, for the older commands that are a SET with fixed options. */
export function setString(
  context: CommandContext,
  name: string,
  key: string,
  value: string,
  { condition, get = false, keepTtl = false, time }: SetOptions,
): Reply {
  const { keys } = context;
  let expireAt: Millis = time === undefined ? 0 : positiveTime(context, name, time.form, time.argument);
  const before = get ? keys.readAs(key, "string") : condition || keepTtl ? keys.read(key) : undefined;
  const refused = (condition === "nx" && before !== undefined) || (condition === "xx" && before === undefined);
  if (!refused) {
    if (keepTtl) expireAt = before?.expireAt ?? 0;
    keys.writeString(key, value, "set", expireAt);
  }
  if (get) return bulkOrNull(before?.body);
  return refused ? NULL : OK;
}

function parseOptions(args: Arguments): SetOptions {
  let condition: "nx" | "xx" | undefined;
  let get = false;
  let keepTtl = false;
  let time: { form: TimeForm; argument: string; option: string } | undefined;
  for (let at = 0; at < args.length; at++) {
    const option = word(args[at]);
    const form = TIME_OPTIONS.get(option);
    if ((option === "nx" || option === "xx") && (condition ?? option) === option) condition = option;
    else if (option === "get") get = true;
    else if (option === "keepttl" && time === undefined) keepTtl = true;
    else if (form !== undefined && !keepTtl && (time?.option ?? option) === option && at + 1 < args.length)
      time = { form, argument: args[++at]!, option };
    else throw syntaxError();
  }
  return { condition, get, keepTtl, time };
}
