// Commands over keys of every type.
import type { Chance } from "./chance.ts";
import type { Generator, Words } from "./compare.ts";
import { milliseconds, seconds, unixMilliseconds, unixSeconds } from "./strings.ts";

function conditions(chance: Chance): string[] {
  return chance
    .some(0, 2, () => chance.weighted([4, "NX"], [4, "XX"], [4, "GT"], [4, "LT"], [1, "FOO"]))
    .map((word) => chance.cased(word));
}

function pattern(chance: Chance): string {
  return chance.pick([
    "*",
    "k*",
    "k[0-3]",
    "k?",
    "[^k]*",
    "*1",
    "k[3-0]",
    "\\k1",
    "k[",
    "k[]",
    "k[\\]1]",
    "**1*",
    "",
    "K1",
    "[k-",
  ]);
}

export const keys: Generator = (chance) => {
  const key = chance.key();
  const make = chance.weighted<() => Words>(
    [4, () => [chance.pick(["DEL", "UNLINK"]), ...chance.some(1, 3, () => chance.key())]],
    [3, () => [chance.pick(["EXISTS", "TOUCH"]), ...chance.some(1, 4, () => chance.key())]],
    [3, () => ["TYPE", key]],
    [3, () => [chance.pick(["RENAME", "RENAMENX"]), key, chance.key()]],
    [
      3,
      () => [
        "COPY",
        key,
        chance.key(),
        ...chance
          .some(0, 2, () =>
            chance.pick([["REPLACE"], ["replace"], ["DB", "0"], ["DB", chance.integer()], ["FOO"], ["DB"]]),
          )
          .flat(),
      ],
    ],
    [2, () => ["KEYS", pattern(chance)]],
    [
      2,
      () => [
        "SCAN",
        chance.once(4) ? chance.integer() : "0",
        ...chance
          .some(0, 3, () =>
            chance.pick([
              ["COUNT", chance.integer()],
              ["MATCH", pattern(chance)],
              ["TYPE", "string"],
              ["type", "nosuch"],
              ["COUNT"],
              ["FOO", "1"],
            ]),
          )
          .flat(),
      ],
    ],
    [1, () => ["RANDOMKEY"]],
    [2, () => ["DBSIZE"]],
    [
      1,
      () =>
        chance.once(12)
          ? [
              chance.pick(["FLUSHALL", "FLUSHDB"]),
              ...chance.some(0, 1, () => chance.pick(["SYNC", "async", "FOO", ""])),
            ]
          : ["DBSIZE"],
    ],
    [3, () => ["EXPIRE", key, seconds(chance), ...conditions(chance)]],
    [3, () => ["PEXPIRE", key, milliseconds(chance), ...conditions(chance)]],
    [3, () => ["EXPIREAT", key, unixSeconds(chance), ...conditions(chance)]],
    [3, () => ["PEXPIREAT", key, unixMilliseconds(chance), ...conditions(chance)]],
    [6, () => [chance.pick(["TTL", "PTTL", "EXPIRETIME", "PEXPIRETIME"]), key]],
    [2, () => ["PERSIST", key]],
    [1, () => ["OBJECT", chance.pick(["ENCODING", "encoding", "REFCOUNT", "Freq"]), key]],
    [
      1,
      () =>
        chance.pick([
          ["OBJECT"],
          ["OBJECT", "FOO", key],
          ["OBJECT", "ENCODING"],
          ["OBJECT", "FREQ", key, key],
          ["OBJECT", "IDLETIME"],
          ["OBJECT", "refcount"],
          ["OBJECT", "HELP", key],
          ["NOSUCH", key, "b\r\n", "x".repeat(200)],
          ["GET"],
          ["GET", "a", "b"],
          ["set", "a"],
          ["\x00"],
          [""],
          ["nosuch\x00x", "\x00"],
        ]),
    ],
  );
  return [make()];
};
