// Makes the instruments of one registry: every name begins with `quorate_`, every label's values are known beforehand, and
// what can be read when somebody scrapes is read then.
import { Counter, Gauge, Histogram, type Registry } from "prom-client";

type Labels = Readonly<Record<string, string>>;

/** Sets one value; with labels where the instrument has some. */
export type Put = (value: number, labels?: Labels) => void;

export interface Instruments {
  counter(name: string, help: string, labels?: readonly string[]): Counter;
  histogram(name: string, help: string, buckets: readonly number[]): Histogram;
  /** A gauge that is read at every scrape. */
  gauge(name: string, help: string, read: (put: Put) => void, labels?: readonly string[]): void;
  /** A counter that somebody else keeps, read at every scrape. */
  kept(name: string, help: string, read: (put: Put) => void, labels?: readonly string[]): void;
}

/** From a tenth of a millisecond to ten seconds. */
export const LATENCY_BUCKETS: readonly number[] = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];

export function instrumentsOf(registry: Registry): Instruments {
  const named = (name: string, help: string, labels: readonly string[] = []) => ({
    name: `quorate_${name}`,
    help,
    labelNames: labels,
    registers: [registry],
  });
  return {
    counter: (name, help, labels) => new Counter(named(name, help, labels)),
    histogram: (name, help, buckets) => new Histogram({ ...named(name, help), buckets: [...buckets] }),
    gauge(name, help, read, labels) {
      new Gauge({
        ...named(name, help, labels),
        collect() {
          this.reset();
          read((value, of) => (of === undefined ? this.set(value) : this.set(of, value)));
        },
      });
    },
    kept(name, help, read, labels) {
      new Counter({
        ...named(name, help, labels),
        collect() {
          this.reset();
          read((value, of) => (of === undefined ? this.inc(value) : this.inc(of, value)));
        },
      });
    },
  };
}
