// Asks replicas of which f may lie until f + 1 say the same: one of those is honest. Which ones are asked first is chance;
// whoever is slow or contradicts is not waited for.
import { type Patience, sleep } from "../clock.ts";
import type { Replica } from "./replicas.ts";

/** What one replica said. `as` is equal where replicas mean the same. */
export type Voice<T> =
  | { readonly kind: "said"; readonly value: T; readonly as: string }
  | { readonly kind: "silent"; readonly why: string };

export type Agreement<T> =
  | { readonly kind: "agreed"; readonly value: T }
  /** Everybody was asked. `heard` counts those who said something at all. */
  | {
      readonly kind: "disagreed";
      readonly said: readonly { readonly url: string; readonly said: string }[];
      readonly heard: number;
    };

export interface AgreementOptions {
  readonly replicas: readonly Replica[];
  /** f + 1. */
  readonly needed: number;
  /** After so long without an agreement one more replica is asked. */
  readonly hedgeMs: number;
  readonly patience: Patience;
}

export async function agree<T>(
  ask: (replica: Replica) => Promise<Voice<T>>,
  { replicas, needed, hedgeMs, patience }: AgreementOptions,
): Promise<Agreement<T>> {
  const voices = new Map<Replica, Voice<T>>();
  const waiting = [...replicas];
  const asked = new Set<Promise<void>>();
  const askNext = (): void => {
    const replica = waiting.shift();
    if (replica === undefined) return;
    const asking = ask(replica).then((voice) => {
      voices.set(replica, voice);
      asked.delete(asking);
    });
    asked.add(asking);
  };
  for (let count = 0; count < needed; count++) askNext();
  while (asked.size > 0 && !patience.over) {
    const heardBefore = voices.size;
    const hedge = new AbortController();
    const nap = sleep(Math.min(hedgeMs, patience.leftMs), hedge.signal);
    await Promise.race([...asked, nap]).finally(() => hedge.abort());
    const agreed = majority(voices, needed);
    if (agreed !== undefined) return { kind: "agreed", value: agreed };
    // Somebody was slow, silent, or said something else: one more.
    if (voices.size === heardBefore || asked.size + bestCount(voices) < needed) askNext();
  }
  const said = [...voices].map(([{ url }, voice]) => ({ url, said: voice.kind === "said" ? voice.as : voice.why }));
  return { kind: "disagreed", said, heard: [...voices.values()].filter(({ kind }) => kind === "said").length };
}

function counts<T>(voices: ReadonlyMap<Replica, Voice<T>>): Map<string, { count: number; value: T }> {
  const found = new Map<string, { count: number; value: T }>();
  for (const voice of voices.values()) {
    if (voice.kind === "silent") continue;
    const entry = found.get(voice.as);
    if (entry === undefined) found.set(voice.as, { count: 1, value: voice.value });
    else entry.count++;
  }
  return found;
}

function majority<T>(voices: ReadonlyMap<Replica, Voice<T>>, needed: number): T | undefined {
  return [...counts(voices).values()].find(({ count }) => count >= needed)?.value;
}

function bestCount(voices: ReadonlyMap<Replica, Voice<unknown>>): number {
  return Math.max(0, ...[...counts(voices).values()].map(({ count }) => count));
}
