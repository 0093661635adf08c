// What of express-session the tests use; it comes without types.
declare module "express-session" {
  import type { EventEmitter } from "node:events";
  import type { IncomingMessage, ServerResponse } from "node:http";

  export class Cookie {
    expires: Date | null;
    originalMaxAge: number | null;
  }
  export interface SessionData {
    cookie: Cookie;
  }
  export class Store extends EventEmitter {}
  export interface SessionOptions {
    readonly store: Store;
    readonly secret: string;
    readonly resave: boolean;
    readonly saveUninitialized: boolean;
  }
  export default function session(
    options: SessionOptions,
  ): (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void) => void;
}
