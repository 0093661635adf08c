// RATE.TAKE: a rate limit without a script. What is kept is one number, the log time at which the limit would be wholly
// unused again (the generic cell rate algorithm), so a key costs the same whatever the limit; unused, it expires.

import { Unpacker, varint } from "../../bytes/packing.ts";
import { array, integer } from "../../reply/reply.ts";
import { rangedInteger, word } from "../arguments.ts";
import { type CommandDefinition, FIRST_KEY } from "../command.ts";
import { syntaxError } from "../command-error.ts";

const LIMIT_MAX = 1_000_000;
const WINDOW_MS_MAX = 366 * 24 * 3_600_000;

export const rateTake: CommandDefinition = {
  name: "RATE.TAKE",
  arity: -4,
  flags: ["write", "grows", "fast"],
  keys: FIRST_KEY,
  summary:
    "Takes from a limit of so many per window: 1 if it was allowed, how many are left, milliseconds until this much could be taken (0 if it was), and until all are left.",
  syntax: "RATE.TAKE key limit window-milliseconds [COUNT count]",
  examples: [
    {
      run: "RATE.TAKE login 2 60000",
      reply: "1) (integer) 1\n2) (integer) 1\n3) (integer) 0\n4) (integer) 30000",
    },
    {
      run: "RATE.TAKE login 2 60000 COUNT 2",
      reply: "1) (integer) 0\n2) (integer) 1\n3) (integer) 30000\n4) (integer) 30000",
    },
  ],
  run({ keys, start }, [key, ...args]) {
    const limit = rangedInteger(args[0]!, 1, LIMIT_MAX, `ERR a limit is from 1 to ${LIMIT_MAX}`);
    const windowMs = rangedInteger(args[1]!, 1, WINDOW_MS_MAX, "ERR a window is from 1 ms to a year");
    const count = countOf(args.slice(2), limit);
    const entry = keys.readAs(key!, "rate");
    // Microseconds, relative to the start of this command: exact for any limit that makes sense.
    const window = windowMs * 1000;
    const cost = window / limit;
    const unusedAt = entry === undefined ? 0 : new Unpacker(entry.body).varint();
    const used = Math.max(0, unusedAt - start * 1000);
    const after = used + Math.ceil(count * cost);
    const allowed = after <= window;
    if (allowed && count > 0) {
      const at = start * 1000 + after;
      keys.write(key!, { type: "rate", body: varint(at), expireAt: Math.ceil(at / 1000) }, "rate");
    }
    const now = allowed ? after : used;
    const left = Math.floor((window - now) / cost);
    return array([
      integer(allowed ? 1 : 0),
      integer(left),
      integer(allowed ? 0 : Math.ceil((after - window) / 1000)),
      integer(Math.ceil(now / 1000)),
    ]);
  },
};

function countOf(args: readonly string[], limit: number): number {
  if (args.length === 0) return 1;
  if (args.length !== 2 || word(args[0]) !== "count") throw syntaxError();
  return rangedInteger(args[1]!, 0, limit, "ERR COUNT is from 0 to the limit");
}
