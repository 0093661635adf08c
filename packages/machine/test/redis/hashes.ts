// Commands over hashes.
import type { Chance } from "./chance.ts";
import type { Generator, Words } from "./compare.ts";
import { choiceCount, misspoken, scanWords } from "./sets.ts";

function field(chance: Chance): string {
  return chance.once(20) ? chance.value() : `f${chance.below(10)}`;
}

function value(chance: Chance): string {
  return chance.weighted(
    [3, () => chance.value()],
    [3, () => chance.integer()],
    [2, () => chance.float()],
    // Strings up to 64 bytes long stay in Redis's small form, longer ones do not.
    [1, () => "z".repeat(chance.between(60, 68))],
  )();
}

function withValues(chance: Chance): string[] {
  if (chance.once(3)) return [];
  return [chance.once(10) ? chance.pick(["WITHVALUE", "", "1"]) : chance.cased("WITHVALUES")];
}

export const hashes: Generator = (chance) => {
  const key = chance.key();
  const pairs = (): string[] => chance.some(1, 4, () => [field(chance), value(chance)]).flat();
  const make = chance.weighted<() => Words>(
    [12, () => ["HSET", key, ...pairs()]],
    [2, () => ["HMSET", key, ...pairs()]],
    [4, () => ["HSETNX", key, field(chance), value(chance)]],
    [5, () => ["HGET", key, field(chance)]],
    [4, () => ["HMGET", key, ...chance.some(1, 4, () => field(chance))]],
    [5, () => ["HGETALL", key]],
    [3, () => [chance.pick(["HKEYS", "HVALS"]), key]],
    [3, () => ["HLEN", key]],
    [3, () => ["HEXISTS", key, field(chance)]],
    [3, () => ["HSTRLEN", key, field(chance)]],
    [7, () => ["HDEL", key, ...chance.some(1, 4, () => field(chance))]],
    [8, () => ["HINCRBY", key, field(chance), chance.integer()]],
    [8, () => ["HINCRBYFLOAT", key, field(chance), chance.float()]],
    [2, () => ["HRANDFIELD", key]],
    [4, () => ["HRANDFIELD", key, choiceCount(chance), ...withValues(chance)]],
    [2, () => ["HRANDFIELD", key, "1000", ...withValues(chance)]],
    [1, () => ["HRANDFIELD", key, "4611686018427387904", "WITHVALUES"]],
    [4, () => ["HSCAN", key, ...scanWords(chance, () => chance.pick(["*", "f*", "f[0-5]", "?2", "", "f1"]))]],
    [1, () => ["SET", key, chance.value()]],
    [1, () => ["DEL", key]],
    [1, () => ["EXPIRE", key, "100000"]],
    [1, () => ["TTL", key]],
  );
  const [name, ...rest] = misspoken(chance, make());
  return [[chance.cased(name!), ...rest]];
};
