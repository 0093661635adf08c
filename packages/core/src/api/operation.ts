// What has become of a numbered command: `GET /v1/ops/{session}/{seq}` asks, `POST /v1/ops/{session}/{seq}/resolve`
// settles it for good. A session that is unknown or has ended is a problem with the code `NOSESSION`: nobody can tell.
import type { JsonReply } from "./command-json.ts";

export type Operation =
  /** Applied, with its reply for ever; `{ error }` where the command itself refused and so changed nothing. */
  | { readonly state: "applied"; readonly reply: JsonReply }
  /** Certainly not applied, and it never will be. */
  | { readonly state: "rejected"; readonly code: string; readonly message: string }
  /** Not applied so far; it may still be, until it is resolved. */
  | { readonly state: "pending" }
  /** The client acknowledged it; its reply is no longer kept. */
  | { readonly state: "forgotten" };
