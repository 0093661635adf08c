// What the client tells about its work, for whoever gave it a `log`. Nothing depends on it.

export type ClientEvent =
  /** A replica did not answer as it should; others are asked meanwhile. */
  | { readonly kind: "replica-failed"; readonly url: string; readonly why: string; readonly retryInMs: number }
  /** A session was opened; writes are numbered in it. */
  | { readonly kind: "session-opened"; readonly session: string }
  /** A replica said something that f + 1 others contradict. */
  | { readonly kind: "contradicted"; readonly url: string; readonly what: string }
  /** A watch goes on at another replica. */
  | { readonly kind: "watch-resumed"; readonly url: string; readonly revision: number }
  /** A lease could not be extended this time. */
  | { readonly kind: "extend-failed"; readonly name: string; readonly why: string };

export type Log = (event: ClientEvent) => void;
