// Sets: members without order, each once.
import { type Command, read, type Word, write } from "../command.ts";
import { flag, integer, list } from "../reply.ts";
import { Family } from "./family.ts";

export class SetCommands<V> extends Family<V> {
  /** Adds members. Answers how many of them are new. */
  sadd(key: Word, ...members: Word[]): Command<number> {
    return write(integer, "SADD", key, ...members);
  }

  /** Removes members. Answers how many were there. */
  srem(key: Word, ...members: Word[]): Command<number> {
    return write(integer, "SREM", key, ...members);
  }

  /** All members. */
  smembers(key: Word): Command<V[]> {
    return read(list(this.value), "SMEMBERS", key);
  }

  /** Whether something is a member. */
  sismember(key: Word, member: Word): Command<boolean> {
    return read(flag, "SISMEMBER", key, member);
  }

  /** Whether each is a member. */
  smismember(key: Word, ...members: Word[]): Command<boolean[]> {
    return read(list(flag), "SMISMEMBER", key, ...members);
  }

  /** How many members a set has. */
  scard(key: Word): Command<number> {
    return read(integer, "SCARD", key);
  }

  /** Takes a member by chance; null if there is none. */
  spop(key: Word): Command<V | null> {
    return write(this.maybe, "SPOP", key);
  }

  /** A member by chance, which stays; null if there is none. */
  srandmember(key: Word): Command<V | null> {
    return read(this.maybe, "SRANDMEMBER", key);
  }

  /** Takes a member from one set to another. Answers whether it was there. */
  smove(source: Word, target: Word, member: Word): Command<boolean> {
    return write(flag, "SMOVE", source, target, member);
  }

  /** Members of all of the sets. */
  sinter(...keys: Word[]): Command<V[]> {
    return read(list(this.value), "SINTER", ...keys);
  }

  /** Members of any of the sets. */
  sunion(...keys: Word[]): Command<V[]> {
    return read(list(this.value), "SUNION", ...keys);
  }

  /** Members of the first set that are in none of the others. */
  sdiff(...keys: Word[]): Command<V[]> {
    return read(list(this.value), "SDIFF", ...keys);
  }
}
