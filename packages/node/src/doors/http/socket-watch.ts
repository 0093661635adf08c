// A watch as one of many things on a socket.
import type { ChangeStreamEnd, ChangeStreamEvent, SocketRequest } from "@quorate/core/api";
import { utf8 } from "@quorate/machine";
import type { ChangeFeed, Watch } from "./change-feed.ts";

export interface SocketWatchOptions {
  readonly request: Extract<SocketRequest, { kind: "watch" }>;
  readonly feed: ChangeFeed;
  readonly user: string;
  /** Whether the client still wants it, once its place is found. */
  isWanted(): boolean;
  /** Puts it on its way; false when there is enough on the way. */
  send(event: ChangeStreamEvent | ChangeStreamEnd): boolean;
}

/** Begins it; undefined when it ended before it began. */
export async function watchOnSocket({
  request,
  feed,
  user,
  isWanted,
  send,
}: SocketWatchOptions): Promise<Watch | undefined> {
  const { from, key, prefix } = request;
  const place = await feed.locate(user, from);
  if (!isWanted()) return undefined;
  if (typeof place !== "number") {
    send(place);
    return undefined;
  }
  const filter = {
    key: key === undefined ? undefined : utf8(key),
    prefix: prefix === undefined ? undefined : utf8(prefix),
  };
  // Pings show that the socket lives; a silent watch has nothing to add.
  return feed.watch(place, user, filter, { send, beat() {}, end: send });
}
