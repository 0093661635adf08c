// Reads server-sent events off a response, as far as watches need it: the data of each event. It pulls: what nobody asks
// for stays with the sender, so a slow reader holds the stream back instead of filling memory.

import { orAborted } from "../clock.ts";

/** Longest event that is taken. */
const EVENT_CHARS_MAX = 16 * 1024 * 1024;

export interface EventStreamOptions {
  /** Longest silence, comments included; then the stream counts as dead. */
  readonly silenceMs: number;
  /** Ends the request behind the stream. */
  readonly stop: AbortController;
}

/** The data of each event. Ends when the stream ends; throws when it breaks or falls silent. */
export async function* readEvents(
  body: ReadableStream<Uint8Array>,
  { silenceMs, stop }: EventStreamOptions,
): AsyncGenerator<string> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  let data: string[] = [];
  const cancel = (): void => void reader.cancel().catch(() => {});
  stop.signal.addEventListener("abort", cancel);
  for (;;) {
    const timer = setTimeout(() => stop.abort(), silenceMs);
    const { done, value } = await orAborted(reader.read(), stop.signal).finally(() => clearTimeout(timer));
    if (done) return;
    text += decoder.decode(value, { stream: true });
    if (text.length > EVENT_CHARS_MAX) throw new Error(`an event has more than ${EVENT_CHARS_MAX} characters`);
    const lines = text.split(/\r\n|\n|\r(?!$)/);
    text = lines.pop()!;
    for (const line of lines) {
      if (line.startsWith("data:")) data.push(line.slice(line[5] === " " ? 6 : 5));
      else if (line === "" && data.length > 0) {
        yield data.join("\n");
        data = [];
      }
    }
  }
}
