// Load through a program as it is, with a book of what it was told.
//
// The laws it judges by: what was acknowledged is there, whoever is asked; what failed is there once or not at all, or,
// where a program sends again by itself, may be there more than once, and then is counted.
import { pause } from "./cluster.ts";

/** A program of others, connected to one replica. */
export interface Session {
  /** Resolves when the program says that it is written. */
  write(key: string, value: string): Promise<void>;
  read(key: string): Promise<string | null>;
  /** Adds one; resolves with the sum. */
  increment?(key: string): Promise<number>;
  close(): unknown;
}

export interface Program {
  readonly name: string;
  /** Whether its default settings send a command again whose answer was lost. */
  readonly resends: boolean;
  open(port: number): Promise<Session>;
}

/** What happened while one kind of death went on. */
export interface Tally {
  done: number;
  /** By their first word. */
  readonly errors: Map<string, number>;
}

export const newTally = (): Tally => ({ done: 0, errors: new Map() });

export const errorsOf = ({ errors }: Tally): number => [...errors.values()].reduce((sum, count) => sum + count, 0);

const WORKERS = 3;
const READS_AT_ONCE = 64;
/** So that whoever fails at once does not keep everybody busy. */
const AFTER_ERROR_MS = 20;

export class Load {
  readonly program: Program;
  tally: Tally = newTally();
  /** What was read and is not what was written. */
  readonly wrong: string[] = [];
  readonly #session: Session;
  /** In front of its keys. */
  readonly #prefix: string;
  readonly #written = new Map<string, string>();
  readonly #counter: string;
  #counted = 0;
  #doubtful = 0;
  #isEnding = false;
  #workers: Promise<unknown> = Promise.resolve();

  private constructor(program: Program, session: Session, name: string) {
    this.program = program;
    this.#session = session;
    this.#prefix = `${name}-${program.name.toLowerCase().replaceAll(/[^a-z0-9]/g, "")}`;
    this.#counter = `${this.#prefix}-count`;
  }

  static async open(program: Program, port: number, name = "load"): Promise<Load> {
    return new Load(program, await program.open(port), name);
  }

  /** Writes that were acknowledged. */
  get acknowledged(): number {
    return this.#written.size + this.#counted;
  }

  begin(): void {
    this.#isEnding = false;
    this.#workers = Promise.all(Array.from({ length: WORKERS }, (_, index) => this.#work(index)));
  }

  /** Begins a new tally; answers the one so far. */
  cut(): Tally {
    const { tally } = this;
    this.tally = newTally();
    return tally;
  }

  /** Resolves when the last operation has ended. */
  async end(): Promise<void> {
    this.#isEnding = true;
    await this.#workers;
    await this.#session.close();
  }

  /** Reads everything back through the program at another replica; answers what is lost and what was applied twice. */
  async check(port: number): Promise<{ readonly lost: readonly string[]; readonly twice: number }> {
    const session = await this.program.open(port);
    const lost: string[] = [];
    const entries = [...this.#written];
    for (let at = 0; at < entries.length; at += READS_AT_ONCE) {
      const part = entries.slice(at, at + READS_AT_ONCE);
      const found = await Promise.all(part.map(([key]) => session.read(key)));
      for (const [place, [key, value]] of part.entries()) if (found[place] !== value) lost.push(key);
    }
    const sum = session.increment === undefined ? this.#counted : (await session.increment(this.#counter)) - 1;
    await session.close();
    if (sum < this.#counted) lost.push(`${this.#counted - sum} of ${this.#counter}`);
    return { lost, twice: Math.max(0, sum - this.#counted - this.#doubtful) };
  }

  async #work(index: number): Promise<void> {
    for (let turn = 0; !this.#isEnding; turn++) {
      const key = `${this.#prefix}-${index}-${turn}`;
      const value = `value of ${key}`;
      const isWritten = await this.#try(async () => {
        await this.#session.write(key, value);
        this.#written.set(key, value);
      });
      if (isWritten)
        await this.#try(async () => {
          const found = await this.#session.read(key);
          if (found !== value) this.wrong.push(`${key} is ${found}`);
        });
      await this.#increment();
    }
  }

  async #increment(): Promise<void> {
    const { increment } = this.#session;
    if (increment === undefined) return;
    const isCounted = await this.#try(async () => {
      await increment.call(this.#session, this.#counter);
      this.#counted++;
    });
    if (!isCounted) this.#doubtful++;
  }

  async #try(act: () => Promise<void>): Promise<boolean> {
    try {
      await act();
      this.tally.done++;
      return true;
    } catch (error) {
      const kind = kindOf(error);
      this.tally.errors.set(kind, (this.tally.errors.get(kind) ?? 0) + 1);
      await pause(AFTER_ERROR_MS);
      return false;
    }
  }
}

/** Replies that are errors by their first word, others by what their library calls them. */
function kindOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const [word = ""] = error.message.split(" ");
  return /^[A-Z]{3,}$/.test(word) ? word : `${error.constructor.name}: ${error.message}`.slice(0, 80);
}
