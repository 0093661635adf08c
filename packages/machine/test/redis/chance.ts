// The generator of the comparison's commands: seeded, so that a failure repeats. Pools are small, so that commands meet
// each other's keys; one argument in many is hostile.
export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A whole number from 0 to `bound` - 1. */
  below(bound: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let word = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    word = (word + Math.imul(word ^ (word >>> 7), 61 | word)) ^ word;
    return ((word ^ (word >>> 14)) >>> 0) % bound;
  }

  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  /** True once in `times`. */
  once(times: number): boolean {
    return this.below(times) === 0;
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)]!;
  }

  /** Each of these with its own weight. */
  weighted<T>(...choices: readonly (readonly [weight: number, value: T])[]): T {
    let left = this.below(choices.reduce((sum, [weight]) => sum + weight, 0));
    for (const [weight, value] of choices) {
      if (left < weight) return value;
      left -= weight;
    }
    throw new Error("no choice");
  }

  /** From `low` to `high` results of `make`. */
  some<T>(low: number, high: number, make: () => T): T[] {
    return Array.from({ length: this.between(low, high) }, make);
  }

  /** Any case, as people type option words. */
  cased(text: string): string {
    return this.once(3) ? text.toLowerCase() : text;
  }

  /** A key that other families use too, so that wrong types are met. */
  key(): string {
    return this.once(200) ? this.pick(["", "\x00", "k\xff\xfe", "x".repeat(1000), "a b\r\nc"]) : `k${this.below(8)}`;
  }

  /** A value, field or member. */
  value(): string {
    const kind = this.below(12);
    if (kind < 4) return String(this.between(-20, 20));
    if (kind < 8) return `v${this.below(30)}`;
    if (kind === 8) return this.float();
    if (kind === 9) return this.integer();
    if (kind === 10) return this.pick(["", "\x00", "\xff\xfe\xfd", "a\r\nb", "hello world", "Ünï", "x".repeat(70)]);
    return "y".repeat(this.below(300));
  }

  /** Mostly a small integer; at times one at the edges, or none at all. */
  integer(): string {
    if (!this.once(8)) return String(this.between(-10, 10));
    return this.pick([
      "9223372036854775807",
      "-9223372036854775808",
      "9223372036854775806",
      "9223372036854775808",
      "-9223372036854775809",
      "18446744073709551615",
      "99999999999999999999999",
      "2147483647",
      "2147483648",
      "4294967296",
      "-2147483649",
      "1e3",
      "1.0",
      "01",
      "+1",
      "-0",
      " 1",
      "1 ",
      "0x10",
      "",
      "abc",
      "1\x00",
    ]);
  }

  /** A position or count: small, with the edges now and then. */
  index(): string {
    return this.once(30) ? this.integer() : String(this.between(-12, 12));
  }

  float(): string {
    const kind = this.below(20);
    if (kind < 8) return String(this.between(-50, 50));
    if (kind < 14) return String(this.between(-5000, 5000) / this.pick([10, 100, 1000, 3, 7]));
    if (kind < 16) return `${this.between(-99, 99)}e${this.between(-25, 25)}`;
    return this.pick([
      "inf",
      "-inf",
      "+inf",
      "Infinity",
      "nan",
      "1e308",
      "-1e308",
      "1.7976931348623157e308",
      "1e309",
      "5e-324",
      "1e-400",
      "3.0",
      ".5",
      "5.",
      "+1.5",
      "0x1p4",
      "0x1.8",
      " 1.5",
      "1.5 ",
      "1,5",
      "",
      "e5",
      "1e",
      "-0",
      "-0.0",
      "0.1",
      "3.14159265358979323846",
      "123456789012345678901234567890",
      "0.000000000000000000000123",
    ]);
  }
}
