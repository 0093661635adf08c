// What Redis has no commands for: limits, bounded counters, timers, fences, and who holds what.
import { type Command, read, type Word, write } from "../command.ts";
import { type Decode, flag, integer, list, nothing, orNull, text, tuple } from "../reply.ts";
import { Family, option } from "./family.ts";

/** What a rate limit said. */
export interface RateTaken {
  readonly allowed: boolean;
  /** How many are left in the window. */
  readonly left: number;
  /** Milliseconds until this much could be taken; 0 if it was. */
  readonly retryMs: number;
  /** Milliseconds until all are left. */
  readonly resetMs: number;
}

export interface Holder {
  readonly owner: string;
  /** Its fencing token. */
  readonly token: number;
  /** Milliseconds left, by estimate. */
  readonly leftMs: number;
}

/** Who holds something, and how many wait for it. */
export interface Holders {
  readonly holders: readonly Holder[];
  readonly waiting: number;
}

export class OwnCommands<V> extends Family<V> {
  /** Takes from a limit of so many per window. */
  takeRate(
    key: Word,
    limit: { readonly limit: number; readonly windowMs: number; readonly count?: number },
  ): Command<RateTaken> {
    return write(
      (reply) => {
        const [allowed, left, retryMs, resetMs] = tuple(reply, 4).map(integer);
        return { allowed: allowed === 1, left: left!, retryMs: retryMs!, resetMs: resetMs! };
      },
      "RATE.TAKE",
      key,
      limit.limit,
      limit.windowMs,
      ...option("COUNT", limit.count),
    );
  }

  /** Adds to a number if the sum keeps to the bounds. Answers the sum, or null if nothing was added. */
  addWithin(
    key: Word,
    amount: number,
    bounds: { readonly min?: number; readonly max?: number },
  ): Command<number | null> {
    const words = [...option("MIN", bounds.min), ...option("MAX", bounds.max)];
    return write(orNull(integer), "COUNTER.ADD", key, amount, ...words);
  }

  /** Runs a command once after a delay in log time, whoever is up by then; a timer of that name is replaced. */
  after(name: Word, delayMs: number, command: Command): Command<void> {
    return write(nothing, "TIMER.SET", name, delayMs, ...command.words);
  }

  /** Runs a command once at a time; a timer of that name is replaced. */
  at(name: Word, time: Date, command: Command): Command<void> {
    return write(nothing, "TIMER.AT", name, time.getTime(), ...command.words);
  }

  /** Takes a timer away. Answers whether there was one: false if it ran or never was. */
  cancelTimer(name: Word): Command<boolean> {
    return write(flag, "TIMER.CANCEL", name);
  }

  /** The milliseconds until a timer runs, by estimate; null if there is none. */
  timer(name: Word): Command<number | null> {
    return read(
      orNull((reply) => integer(tuple(reply, 2)[0]!)),
      "TIMER.GET",
      name,
    );
  }

  /** Runs a command only while the token still holds the lock, permit or office; else it is rejected with `FENCED`. */
  fence<R>(key: Word, token: number, command: Command<R>): Command<R> {
    return write(command.decode, "FENCE", key, token, ...command.words);
  }

  /** Who holds a lock; null if nobody does. */
  lockHolder(name: Word): Command<Holders | null> {
    return read(holders, "LOCK.HOLDER", name);
  }

  /** Who holds permits of a semaphore; null if nobody does. */
  semaphoreHolders(name: Word): Command<Holders | null> {
    return read(holders, "SEMAPHORE.HOLDERS", name);
  }

  /** Who has won an election; null if nobody has. */
  electionWinner(name: Word): Command<Holders | null> {
    return read(holders, "ELECTION.WINNER", name);
  }
}

const holders: Decode<Holders | null> = orNull((reply) => {
  const [held, waiting] = tuple(reply, 2);
  const one: Decode<Holder> = (holder) => {
    const [owner, token, leftMs] = tuple(holder, 3);
    return { owner: text(owner!), token: integer(token!), leftMs: integer(leftMs!) };
  };
  return { holders: list(one)(held!), waiting: integer(waiting!) };
});
