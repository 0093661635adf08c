// Judges whether what replicas hold stays within its bounds, whatever the faults. Every sampled size needs a bound.
import type { MemoryInput, MemorySample, Verdict } from "./types.ts";

export interface MemoryEvidence {
  /** The name of the size. */
  readonly size: string;
  /** The largest sample of it. */
  readonly sample: MemorySample;
  /** Undefined if the size has none. */
  readonly bound: number | undefined;
}

/** Judges all samples; the report has a line for each size that is out of bounds, with its largest sample. */
export function checkMemory({ samples, bounds }: MemoryInput): Verdict<MemoryEvidence> {
  const largest = new Map<string, MemorySample>();
  let checked = 0;
  for (const sample of samples) {
    for (const [size, value] of Object.entries(sample.sizes)) {
      checked++;
      const before = largest.get(size);
      // Not `<`: a size that is not a number must not pass as a small one.
      if (before === undefined || !(value <= before.sizes[size]!)) largest.set(size, sample);
    }
  }
  const faults: MemoryEvidence[] = [];
  for (const [size, sample] of largest) {
    const bound = Object.hasOwn(bounds, size) ? bounds[size] : undefined;
    if (bound === undefined || !(sample.sizes[size]! <= bound)) faults.push({ size, sample, bound });
  }
  const [evidence] = faults;
  if (evidence === undefined) return { kind: "holds", checked };
  return { kind: "violated", evidence, report: faults.map(printFault).join("\n") };
}

function printFault({ size, sample: { replica, at, sizes }, bound }: MemoryEvidence): string {
  const limit = bound === undefined ? "and no bound is known for it" : `beyond its bound of ${bound}`;
  return `${size} was ${sizes[size]} on replica ${replica} at ${at} ms, ${limit}`;
}
