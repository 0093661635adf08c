// `/v1/watch`: the change log as server-sent events. Whoever is cut off resumes from the last event's id, on any replica.
import type { ChangeStreamEnd, ChangeStreamEvent } from "@quorate/core/api";
import { byteString } from "@quorate/machine";
import type { WatchSink } from "./change-feed.ts";
import type { Exchange } from "./exchange.ts";
import { badRequest, type HttpProblem, problem } from "./problem.ts";

/** How long a client may take to read its stream's end before the connection is cut. */
const END_MS = 2000;

export async function getWatch(exchange: Exchange): Promise<void> {
  const { feed, limits } = exchange.door;
  const { response } = exchange;
  const user = exchange.user ?? "";
  const key = exchange.queryBytes("key");
  const prefix = exchange.queryBytes("prefix");
  if (key !== undefined && prefix !== undefined) throw badRequest("watch one key or all with a prefix, not both");
  // A browser that reconnects repeats the address it was given first; its header knows better.
  const from = exchange.headerWhole("Last-Event-ID", 1) ?? exchange.queryWhole("from", 1);
  const place = await feed.locate(user, from);
  if (typeof place !== "number") throw problemOfEnd(place);
  if (response.destroyed) return;
  exchange.beginStream("text/event-stream");
  response.socket?.setNoDelay(true);
  const sink = new EventStream(exchange, limits.sendBufferBytesMax);
  const filter = { key: key && byteString(key), prefix: prefix && byteString(prefix) };
  const watch = feed.watch(place, user, filter, sink);
  response.on("drain", () => {
    exchange.holdAnswer(response.writableLength);
    watch.resume();
  });
  response.once("close", () => watch.stop());
}

class EventStream implements WatchSink {
  readonly #exchange: Exchange;
  readonly #bufferMax: number;

  constructor(exchange: Exchange, bufferMax: number) {
    this.#exchange = exchange;
    this.#bufferMax = bufferMax;
  }

  send(event: ChangeStreamEvent): boolean {
    return this.#write(`id: ${event.next}\ndata: ${JSON.stringify(event)}\n\n`);
  }

  beat(): void {
    this.#write(":\n\n");
  }

  end(end: ChangeStreamEnd): void {
    const { response } = this.#exchange;
    response.end(`event: end\ndata: ${JSON.stringify(end)}\n\n`);
    setTimeout(() => response.destroy(), END_MS).unref();
  }

  #write(text: string): boolean {
    // Only a write that fills Node's own, smaller buffer is followed by `drain`.
    const { response } = this.#exchange;
    const room = response.write(text);
    this.#exchange.holdAnswer(response.writableLength);
    return room || response.writableLength < this.#bufferMax;
  }
}

/** Before the stream has begun, its end is a response: browsers reconnect to a stream, but not to a refusal. */
function problemOfEnd({ code, message }: ChangeStreamEnd): HttpProblem {
  switch (code) {
    case "compacted":
      return problem("COMPACTED", message);
    case "gap":
      return problem("GAP", message);
    case "not-allowed":
      return problem(message.startsWith("NOAUTH") ? "NOAUTH" : "NOPERM", message.replace(/^[A-Z]+ /, ""));
    default:
      return problem("NOQUORUM", message);
  }
}
