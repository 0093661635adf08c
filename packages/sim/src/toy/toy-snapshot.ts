// The toy machine's state as bytes, one entry a piece, and back. What comes from a peer may be anything: reading throws
// on nonsense, and the caller compares digests before it believes the rest.
import { concatBytes, decodeUtf8, encodeUtf8 } from "@quorate/core";
import { type Ending, ToyState } from "./toy-state.ts";

type Line =
  | { readonly key: string; readonly text: string; readonly deadline: number | null }
  | { readonly key: string; readonly texts: readonly string[] }
  | {
      readonly session: string;
      readonly acknowledged: number;
      readonly endings: readonly (readonly [number, Ending["outcome"], string])[];
    };

export function* writeSnapshot(state: ToyState): Generator<Uint8Array> {
  for (const [key, entry] of state.entries) {
    yield line(
      entry.kind === "value"
        ? { key, text: entry.text, deadline: entry.deadline ?? null }
        : { key, texts: entry.texts },
    );
  }
  for (const [session, { acknowledged, endings }] of state.sessions) {
    const ended = [...endings].map(([sequence, { outcome, text }]) => [sequence, outcome, text] as const);
    yield line({ session, acknowledged, endings: ended });
  }
}

export function readSnapshot(pieces: Iterable<Uint8Array>): ToyState {
  const state = new ToyState();
  const text = decodeUtf8(concatBytes([...pieces]));
  if (text === undefined) throw new Error("a snapshot is not text");
  for (const part of text.split("\n")) {
    if (part === "") continue;
    const read = JSON.parse(part) as Line;
    if ("session" in read) {
      const endings = new Map(read.endings.map(([sequence, outcome, ended]) => [sequence, { outcome, text: ended }]));
      state.putSession(read.session, { acknowledged: read.acknowledged, endings });
    } else if ("texts" in read) for (const element of read.texts) state.append(read.key, element);
    else state.setValue(read.key, read.text, read.deadline ?? undefined);
  }
  return state;
}

function line(content: Line): Uint8Array {
  return encodeUtf8(`${JSON.stringify(content)}\n`);
}
