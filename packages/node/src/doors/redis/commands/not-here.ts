// Commands of Redis that this version does not have. A name that is merely unknown leaves people guessing; these say so,
// still as unknown commands, because that is what libraries look for before they do without. When the machine learns one,
// its own definition counts.
import type { OwnCommand } from "../own-command.ts";
import { error } from "../replies.ts";

const FAMILIES: Readonly<Record<string, string>> = {
  "pub/sub": "SUBSCRIBE UNSUBSCRIBE PSUBSCRIBE PUNSUBSCRIBE SSUBSCRIBE SUNSUBSCRIBE PUBLISH SPUBLISH PUBSUB",
  scripting: "EVAL EVAL_RO EVALSHA EVALSHA_RO SCRIPT FUNCTION FCALL FCALL_RO",
  blocking: "BLPOP BRPOP BLMOVE BRPOPLPUSH BLMPOP BZPOPMIN BZPOPMAX BZMPOP",
  streams: "XADD XLEN XRANGE XREVRANGE XREAD XREADGROUP XGROUP XACK XCLAIM XAUTOCLAIM XPENDING XTRIM XDEL XINFO XSETID",
  bits: "SETBIT GETBIT BITCOUNT BITPOS BITOP BITFIELD BITFIELD_RO",
  geo: "GEOADD GEODIST GEOHASH GEOPOS GEOSEARCH GEOSEARCHSTORE GEORADIUS GEORADIUSBYMEMBER",
  HyperLogLog: "PFADD PFCOUNT PFMERGE",
  "sorting, dumping and moving": "SORT SORT_RO DUMP RESTORE MIGRATE MOVE",
};

export const NOT_HERE: readonly OwnCommand[] = Object.entries(FAMILIES).flatMap(([what, names]) =>
  names.split(" ").map(
    (name): OwnCommand => ({
      name,
      arity: -1,
      group: "generic",
      summary: "",
      syntax: name,
      amidTransaction: "refuse",
      run: () => error(`ERR unknown command '${name.toLowerCase()}': ${what} commands of Redis are not here yet`),
    }),
  ),
);
