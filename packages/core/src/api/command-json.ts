// Commands and replies as JSON. Everything is bytes underneath: text stands for its UTF-8, and what is no text is spelled
// out as base64, so that nothing is ever bent to fit.

/** A word of a command, or bytes of a reply. A number is written out in decimal. */
export type JsonWord = string | number | { readonly base64: string };

/** One command as it is posted to `/v1/commands`. */
export interface CommandRequest {
  /** The command and its arguments: `["SET", "a", "1"]`. */
  readonly words: readonly JsonWord[];
  /** Exactly-once: the session that `SESSION.OPEN` named, and this command's number in it. Both or neither. */
  readonly session?: string;
  readonly seq?: number;
  /** Replies of this session up to this number have arrived and need not be kept. */
  readonly ack?: number;
  /** Milliseconds of log time from now after which the command must not be applied any more. */
  readonly withinMs?: number;
  /** Answer a read from this replica's own state as it is; the answer says of which commit that is. */
  readonly stale?: boolean;
  /** Where the session is bound to a client's key: its signature over the encoded command, as base64. */
  readonly signature?: string;
  /** With `signature`: the absolute log time after which the command must not be applied, as it was signed. */
  readonly notAfter?: number;
}

/** Several commands in one request: run in this order, answered in this order, not atomic (that is `TXN`). */
export interface CommandsRequest {
  readonly commands: readonly CommandRequest[];
}

/**
 * A reply. A status or a text is a string, a whole number a number; what JSON cannot hold exactly is an object with one
 * field that names what it is.
 */
export type JsonReply =
  | string
  | number
  | boolean
  | null
  | readonly JsonReply[]
  | { readonly base64: string }
  /** A 64-bit integer beyond what a JSON number holds, in decimal. */
  | { readonly integer: string }
  /** `inf`, `-inf`, `nan` or `-0`. */
  | { readonly double: string }
  | { readonly map: readonly (readonly [JsonReply, JsonReply])[] }
  /** A command inside a transaction refused. */
  | { readonly error: string };
