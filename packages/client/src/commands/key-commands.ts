// Keys: whatever they hold.
import { type Command, read, type Word, write } from "../command.ts";
import { flag, integer, list, nothing, orNull, text, tuple } from "../reply.ts";
import { Family, option, type ScanOptions, scanWords, when } from "./family.ts";

/** Some of the keys, and the cursor that asks for more: `"0"` when there are none. */
export interface KeyPage {
  readonly cursor: string;
  readonly keys: string[];
}

export class KeyCommands<V> extends Family<V> {
  /** Removes keys and tells how many were there. */
  del(...keys: Word[]): Command<number> {
    return write(integer, "DEL", ...keys);
  }

  /** How many of the keys are there; one named twice counts twice. */
  exists(...keys: Word[]): Command<number> {
    return read(integer, "EXISTS", ...keys);
  }

  /** What a key holds: `string`, `list`, `hash`, `set`, `zset`, one of our own, or `none`. */
  type(key: Word): Command<string> {
    return read(text, "TYPE", key);
  }

  /** The revision at which a key last changed; 0 if it is missing. */
  revision(key: Word): Command<number> {
    return read(integer, "REVISION", key);
  }

  /** Lets a key expire after some seconds of log time. Answers whether the key is there. */
  expire(key: Word, seconds: number): Command<boolean> {
    return write(flag, "EXPIRE", key, seconds);
  }

  /** Lets a key expire after some milliseconds. Answers whether the key is there. */
  pexpire(key: Word, ms: number): Command<boolean> {
    return write(flag, "PEXPIRE", key, ms);
  }

  /** Lets a key expire at a time. Answers whether the key is there. */
  expireAt(key: Word, time: Date): Command<boolean> {
    return write(flag, "PEXPIREAT", key, time.getTime());
  }

  /** Takes a key's time to live away. Answers whether it had one. */
  persist(key: Word): Command<boolean> {
    return write(flag, "PERSIST", key);
  }

  /** The seconds that a key still lives, by estimate; -1 if it does not expire, -2 if it is missing. */
  ttl(key: Word): Command<number> {
    return read(integer, "TTL", key);
  }

  /** The milliseconds that a key still lives, by estimate; -1 if it does not expire, -2 if it is missing. */
  pttl(key: Word): Command<number> {
    return read(integer, "PTTL", key);
  }

  /** Gives what a key holds another name; a key of that name is replaced. */
  rename(from: Word, to: Word): Command<void> {
    return write(nothing, "RENAME", from, to);
  }

  /** Gives what a key holds another name unless a key has it already. Answers whether it did. */
  renamenx(from: Word, to: Word): Command<boolean> {
    return write(flag, "RENAMENX", from, to);
  }

  /** Gives another key the same content and time to live. Answers whether it did. */
  copy(from: Word, to: Word, { replace }: { readonly replace?: boolean } = {}): Command<boolean> {
    return write(flag, "COPY", from, to, ...when("REPLACE", replace));
  }

  /** Some of the keys, from a cursor on that is `"0"` at first. */
  scan(cursor: Word = "0", options: ScanOptions & { readonly type?: string } = {}): Command<KeyPage> {
    const words = [...scanWords(options), ...option("TYPE", options.type)];
    return read(
      (reply) => {
        const [next, keys] = tuple(reply, 2);
        return { cursor: text(next!), keys: list(text)(keys!) };
      },
      "SCAN",
      cursor,
      ...words,
    );
  }

  /** Every key whose name matches. Looks at all of them: prefer `scan`. */
  keys(pattern: string): Command<string[]> {
    return read(list(text), "KEYS", pattern);
  }

  /** One of the keys by chance; null if there is none. */
  randomkey(): Command<string | null> {
    return read(orNull(text), "RANDOMKEY");
  }

  /** The number of keys. */
  dbsize(): Command<number> {
    return read(integer, "DBSIZE");
  }

  /** Removes every key. */
  flushall(): Command<void> {
    return write(nothing, "FLUSHALL");
  }
}
