// The page of all commands is the one that the table makes, and every entry says what a reader needs.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { commandReference, commandTable, defineModule, FAMILIES } from "../src/index.ts";

const commands = FAMILIES.flatMap((family) => [...family.commands]);

describe("the command reference", () => {
  it("is the page in docs; scripts/command-reference.ts writes it anew", () => {
    const page = readFileSync(new URL("../../../docs/commands.md", import.meta.url), "utf8");
    expect(page).toBe(commandReference(FAMILIES));
  });

  it.each(commands.map((command) => [command.name, command] as const))("%s is documented whole", (name, command) => {
    expect(name).toBe(name.toUpperCase());
    expect(command.summary).toMatch(/^[A-Z].*\.$/);
    expect(command.syntax.startsWith(name)).toBe(true);
    expect(command.examples.length).toBeGreaterThan(0);
    expect(command.flags.filter((flag) => ["write", "readonly", "connection"].includes(flag))).toHaveLength(1);
    expect(command.arity).not.toBe(0);
  });

  it("shows commands of a user's module as far as they say what they do", () => {
    const { commands, ...auction } = defineModule({
      name: "auction",
      commands: {
        bid: {
          arguments: 2,
          summary: "Bids for a lot.",
          syntax: "auction.bid lot amount",
          examples: [{ run: "auction.bid ship 5", reply: '"accepted"' }],
          run: () => "accepted",
        },
        lots: { readonly: true, arguments: 1, run: () => [] },
        anything: () => 1,
      },
    });
    const page = commandReference([{ ...auction, commands }]);
    expect(page).toContain("- **auction** (3): [auction.anything](#auctionanything), [auction.bid](#auctionbid)");
    expect(page).toContain(
      '### auction.bid\n\nBids for a lot. *(write)*\n\n```text\nauction.bid lot amount\n```\n\n```text\n> auction.bid ship 5\n"accepted"\n```',
    );
    expect(page).toContain("### auction.lots\n\n*(read)*\n\n```text\nauction.lots argument\n```\n");
    expect(page).toContain("```text\nauction.anything [argument ...]\n```");
    expect(page).not.toContain("```text\n\n```");
  });

  it("knows every command of the families that are whole as of Redis 7.0", () => {
    const wanted =
      "get set getset getdel getex mget mset msetnx setnx setex psetex append strlen getrange setrange incr decr incrby decrby incrbyfloat " +
      "del unlink exists type rename renamenx copy keys scan randomkey dbsize flushdb flushall expire pexpire expireat pexpireat ttl pttl expiretime pexpiretime persist touch object " +
      "hdel hexists hget hgetall hincrby hincrbyfloat hkeys hlen hmget hmset hrandfield hscan hset hsetnx hstrlen hvals " +
      "lindex linsert llen lmove lmpop lpop lpos lpush lpushx lrange lrem lset ltrim rpop rpoplpush rpush rpushx " +
      "sadd scard sdiff sdiffstore sinter sintercard sinterstore sismember smembers smismember smove spop srandmember srem sscan sunion sunionstore " +
      "zadd zcard zcount zdiff zdiffstore zincrby zinter zintercard zinterstore zlexcount zmpop zmscore zpopmax zpopmin zrandmember zrange zrangebylex zrangebyscore zrangestore zrank zrem zremrangebylex zremrangebyrank zremrangebyscore zrevrange zrevrangebylex zrevrangebyscore zrevrank zscan zscore zunion zunionstore " +
      "multi exec discard watch unwatch txn";
    const table = commandTable(FAMILIES);
    expect(wanted.split(" ").filter((name) => !table.has(name))).toEqual([]);
  });
});
