// Lists: elements in order, quick at both ends.
import { type Command, read, type Word, write } from "../command.ts";
import { integer, list, nothing, orNull } from "../reply.ts";
import { Family } from "./family.ts";

export class ListCommands<V> extends Family<V> {
  /** Puts elements before a list, one after the other. Answers its length. */
  lpush(key: Word, ...elements: Word[]): Command<number> {
    return write(integer, "LPUSH", key, ...elements);
  }

  /** Puts elements behind a list. Answers its length. */
  rpush(key: Word, ...elements: Word[]): Command<number> {
    return write(integer, "RPUSH", key, ...elements);
  }

  /** Takes the first element; null if there is none. */
  lpop(key: Word): Command<V | null> {
    return write(this.maybe, "LPOP", key);
  }

  /** Takes the last element; null if there is none. */
  rpop(key: Word): Command<V | null> {
    return write(this.maybe, "RPOP", key);
  }

  /** Takes up to `count` elements, the first one first. */
  lpopMany(key: Word, count: number): Command<V[]> {
    return write(orEmpty(list(this.value)), "LPOP", key, count);
  }

  /** Takes up to `count` elements, the last one first. */
  rpopMany(key: Word, count: number): Command<V[]> {
    return write(orEmpty(list(this.value)), "RPOP", key, count);
  }

  /** Takes an element from an end of one list, puts it to an end of another or the same, and answers it. */
  lmove(source: Word, target: Word, from: "LEFT" | "RIGHT", to: "LEFT" | "RIGHT"): Command<V | null> {
    return write(this.maybe, "LMOVE", source, target, from, to);
  }

  /** Length of a list; 0 when there is none. */
  llen(key: Word): Command<number> {
    return read(integer, "LLEN", key);
  }

  /** Elements from one place to another, both included; negative places count from the end. */
  lrange(key: Word, start: number, stop: number): Command<V[]> {
    return read(list(this.value), "LRANGE", key, start, stop);
  }

  /** The element at a place; null if there is none. */
  lindex(key: Word, index: number): Command<V | null> {
    return read(this.maybe, "LINDEX", key, index);
  }

  /** The first place of an element; null if it is not there. */
  lpos(key: Word, element: Word): Command<number | null> {
    return read(orNull(integer), "LPOS", key, element);
  }

  /** Replaces the element at a place. */
  lset(key: Word, index: number, element: Word): Command<void> {
    return write(nothing, "LSET", key, index, element);
  }

  /** Puts an element before or after the first that equals the pivot. Answers the length; -1 when none does. */
  linsert(key: Word, where: "BEFORE" | "AFTER", pivot: Word, element: Word): Command<number> {
    return write(integer, "LINSERT", key, where, pivot, element);
  }

  /** Removes elements that equal one: the first `count`, the last when negative, all when 0. Answers how many. */
  lrem(key: Word, count: number, element: Word): Command<number> {
    return write(integer, "LREM", key, count, element);
  }

  /** Keeps the elements from one place to another, both included. */
  ltrim(key: Word, start: number, stop: number): Command<void> {
    return write(nothing, "LTRIM", key, start, stop);
  }
}

function orEmpty<R>(decode: (reply: never) => R[]): (reply: unknown) => R[] {
  return (reply) => (reply === null ? [] : decode(reply as never));
}
