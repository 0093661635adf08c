// One connection that speaks gRPC: single calls over HTTP/2, many at a time, each answered on its own. Like its neighbour
// for Redis it never sends anything twice by itself.
import { type ClientHttp2Session, type ClientHttp2Stream, connect, type IncomingHttpHeaders } from "node:http2";
import type { Address } from "../place.ts";

/** Whether a message is compressed, and its length, come before it. */
const PREFIX_BYTES = 5;
const OK = "0";

/** An answer that says why not. */
export class GrpcRefusal {
  readonly why: string;

  constructor(why: string) {
    this.why = why;
  }
}

export interface GrpcListener {
  opened(): void;
  /** The end: the error's code, or `closed`. Whatever was not answered never will be. */
  ended(why: string): void;
}

export type GrpcAnswer = (answer: Buffer | GrpcRefusal) => void;

export class GrpcConnection {
  readonly #session: ClientHttp2Session;
  readonly #listener: GrpcListener;
  #isEnded = false;

  constructor({ host, port }: Address, listener: GrpcListener) {
    this.#listener = listener;
    this.#session = connect(`http://${host}:${port}`);
    // Not before it was heard how many calls it takes at a time.
    this.#session.once("remoteSettings", () => listener.opened());
    this.#session.on("error", (error: NodeJS.ErrnoException) => this.#end(error.code ?? error.message));
    this.#session.on("goaway", () => this.#end("closed"));
    this.#session.on("close", () => this.#end("closed"));
  }

  /** The answer is left out where the connection ends before it. */
  call(path: string, message: Buffer, answered: GrpcAnswer): void {
    if (this.#isEnded) return;
    const stream = this.#session.request({
      ":method": "POST",
      ":path": path,
      "content-type": "application/grpc",
      te: "trailers",
    });
    const prefix = Buffer.alloc(PREFIX_BYTES);
    prefix.writeUInt32BE(message.length, 1);
    stream.end(Buffer.concat([prefix, message]));
    hear(stream, (answer) => {
      // Calls that end because the connection does are told of by its end.
      if (!this.#isEnded && !this.#session.closed && !this.#session.destroyed) answered(answer);
    });
  }

  /** Ends it without a word to the listener. */
  close(): void {
    this.#isEnded = true;
    this.#session.destroy();
  }

  #end(why: string): void {
    if (this.#isEnded) return;
    this.close();
    this.#listener.ended(why);
  }
}

function hear(stream: ClientHttp2Stream, answered: GrpcAnswer): void {
  const parts: Buffer[] = [];
  let said: IncomingHttpHeaders = {};
  let failed: string | undefined;
  // A refusal may come without a body: then what else stands at the end stands in the headers.
  const listen = (headers: IncomingHttpHeaders): void => {
    said = { ...said, ...headers };
  };
  stream.on("response", listen);
  stream.on("trailers", listen);
  stream.on("data", (part: Buffer) => parts.push(part));
  stream.on("error", (error: NodeJS.ErrnoException) => {
    failed = error.code ?? error.message;
  });
  stream.on("close", () => {
    const { "grpc-message": message, "grpc-status": status } = said;
    if (failed !== undefined) answered(new GrpcRefusal(failed));
    else if (status === OK) answered(Buffer.concat(parts).subarray(PREFIX_BYTES));
    else answered(new GrpcRefusal(typeof message === "string" ? decodeURIComponent(message) : `status ${status}`));
  });
}

/** Calls as promises, over a connection that is made once. */
export class GrpcAsker {
  readonly #connection: GrpcConnection;
  readonly #ended: Promise<never>;

  constructor(address: Address) {
    const { promise, reject } = failing();
    this.#ended = promise;
    this.#connection = new GrpcConnection(address, {
      opened() {},
      ended: (why) => reject(new Error(`the connection to ${address.host}:${address.port} ended: ${why}`)),
    });
  }

  ask(path: string, message: Buffer): Promise<Buffer> {
    const answer = new Promise<Buffer>((resolve, reject) => {
      this.#connection.call(path, message, (answer) => {
        if (answer instanceof GrpcRefusal) reject(new Error(`${path} was refused: ${answer.why}`));
        else resolve(answer);
      });
    });
    return Promise.race([answer, this.#ended]);
  }

  close(): void {
    this.#connection.close();
  }
}

/** A promise that may fail without anybody waiting for it. */
function failing(): { readonly promise: Promise<never>; readonly reject: (error: Error) => void } {
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<never>((_, fail) => {
    reject = fail;
  });
  promise.catch(() => {});
  return { promise, reject };
}
