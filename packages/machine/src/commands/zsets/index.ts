// Sorted sets: members, each with a score, in the order of scores.
import type { CommandFamily } from "../command.ts";
import { zadd } from "./zadd.ts";
import { zcard } from "./zcard.ts";
import { zcount } from "./zcount.ts";
import { zdiff } from "./zdiff.ts";
import { zdiffstore } from "./zdiffstore.ts";
import { zincrby } from "./zincrby.ts";
import { zinter } from "./zinter.ts";
import { zintercard } from "./zintercard.ts";
import { zinterstore } from "./zinterstore.ts";
import { zlexcount } from "./zlexcount.ts";
import { zmpop } from "./zmpop.ts";
import { zmscore } from "./zmscore.ts";
import { zpopmax } from "./zpopmax.ts";
import { zpopmin } from "./zpopmin.ts";
import { zrandmember } from "./zrandmember.ts";
import { zrange } from "./zrange.ts";
import { zrangebylex } from "./zrangebylex.ts";
import { zrangebyscore } from "./zrangebyscore.ts";
import { zrangestore } from "./zrangestore.ts";
import { zrank } from "./zrank.ts";
import { zrem } from "./zrem.ts";
import { zremrangebylex } from "./zremrangebylex.ts";
import { zremrangebyrank } from "./zremrangebyrank.ts";
import { zremrangebyscore } from "./zremrangebyscore.ts";
import { zrevrange } from "./zrevrange.ts";
import { zrevrangebylex } from "./zrevrangebylex.ts";
import { zrevrangebyscore } from "./zrevrangebyscore.ts";
import { zrevrank } from "./zrevrank.ts";
import { zscan } from "./zscan.ts";
import { zscore } from "./zscore.ts";
import { zunion } from "./zunion.ts";
import { zunionstore } from "./zunionstore.ts";

export const sortedSetCommands: CommandFamily = {
  name: "sorted-set",
  title: "Sorted sets",
  commands: [
    zadd,
    zincrby,
    zscore,
    zmscore,
    zcard,
    zcount,
    zlexcount,
    zrange,
    zrangebyscore,
    zrevrange,
    zrevrangebyscore,
    zrangebylex,
    zrevrangebylex,
    zrangestore,
    zrank,
    zrevrank,
    zrem,
    zremrangebyrank,
    zremrangebyscore,
    zremrangebylex,
    zpopmin,
    zpopmax,
    zmpop,
    zrandmember,
    zscan,
    zunion,
    zinter,
    zdiff,
    zunionstore,
    zinterstore,
    zdiffstore,
    zintercard,
  ],
};
