// JSON over a WebSocket at `/v1/ws`. A socket is a connection: its commands are answered in order, and MULTI, EXEC and
// WATCH work on it. Requests carry an id of the client's choice; every response names it.
import type { Answer } from "./answer.ts";
import type { ChangeStreamEnd, ChangeStreamEvent } from "./change.ts";
import type { CommandRequest } from "./command-json.ts";

export type SocketRequest =
  | ({ readonly id: number; readonly kind: "command" } & CommandRequest)
  /** Changes from a revision on (left out: from now on), of one key, of all keys with a prefix, or of all. */
  | {
      readonly id: number;
      readonly kind: "watch";
      readonly from?: number;
      readonly key?: string;
      readonly prefix?: string;
    }
  /** Ends the watch of that id. */
  | { readonly id: number; readonly kind: "unwatch" }
  /** Browsers cannot send headers with a socket: the first message may sign in. */
  | { readonly id: number; readonly kind: "auth"; readonly user?: string; readonly secret: string };

export type SocketResponse =
  | ({ readonly id: number; readonly kind: "answer" } & Answer)
  | { readonly id: number; readonly kind: "watch"; readonly event: ChangeStreamEvent | ChangeStreamEnd };
