// Opens one connection to a member that is meant: TCP, TLS, its key, hello and answer. One of three things comes of it: a
// wire, a reason why not, or nothing once it was cancelled.
import { connect, type Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { decodeAnswer, encodeHello, encodeRefusal, HELLO_BYTES_MAX, type Hello, type Home } from "./hello.ts";
import type { Refusal } from "./reasons.ts";
import type { TlsIdentity } from "./tls-identity.ts";
import { Wire } from "./wire.ts";

/** Where a member listens for its peers. */
export interface PeerAddress {
  readonly host: string;
  readonly port: number;
}

export interface DialOptions {
  readonly address: PeerAddress;
  readonly hello: Hello;
  readonly home: Home;
  readonly identity: TlsIdentity;
  readonly drainMs: number;
  /** The wire is paused. */
  connected(wire: Wire): void;
  /** `refusal` where this side refused the other; undefined where it could not be reached or refused us. */
  failed(refusal: Refusal | undefined, detail: string): void;
}

/** Begins; answers how to give up. */
export function dial(options: DialOptions): () => void {
  const { address, hello, home, identity } = options;
  const raw: Socket = connect({ host: address.host, port: address.port, noDelay: true });
  let socket: TLSSocket | undefined;
  let wire: Wire | undefined;
  let settled = false;

  function fail(refusal: Refusal | undefined, detail: string): void {
    if (settled) return;
    settled = true;
    if (refusal !== undefined && wire !== undefined) {
      wire.send(encodeRefusal(refusal));
      void wire.finish(options.drainMs);
    } else {
      destroy();
    }
    options.failed(refusal, detail);
  }

  function destroy(): void {
    wire?.reset();
    raw.destroy();
    socket?.destroy();
  }

  function secured(over: TLSSocket): void {
    const other = identity.whoIs(over);
    wire = new Wire(raw, over, HELLO_BYTES_MAX, {
      frame: answered,
      ended: (end, detail) => fail(end === "oversize" ? "malformed" : undefined, detail),
      drained: () => {},
    });
    if (typeof other === "string") fail(other, "who answers there shows no key of a member");
    else if (other.peer !== hello.to) fail("wrong-key", `member ${other.peer} answers there`);
    if (settled) return;
    wire.send(encodeHello(hello, home));
    wire.flush();
  }

  function answered(bytes: Uint8Array): void {
    if (settled || wire === undefined) return;
    wire.pause();
    const answer = decodeAnswer(bytes, home);
    if (typeof answer === "string") {
      fail(answer, "its answer was refused");
    } else if ("refused" in answer) {
      fail(undefined, `it refuses this replica: ${answer.refused}`);
    } else if (!isAnswerTo(hello, answer)) {
      fail("wrong-member", "it answered another hello than ours");
    } else {
      settled = true;
      options.connected(wire);
    }
  }

  raw.on("error", (error: NodeJS.ErrnoException) => fail(undefined, error.code ?? error.message));
  raw.on("close", () => fail(undefined, "the other side closed the connection during the handshake"));
  raw.once("connect", () => {
    if (settled) return;
    const over = identity.connect(raw);
    socket = over;
    over.on("error", (error: NodeJS.ErrnoException) => {
      const gone = error.code === "ECONNRESET" || error.code === "EPIPE";
      fail(gone ? undefined : "tls", error.code ?? error.message);
    });
    over.once("secureConnect", () => {
      if (!settled) secured(over);
    });
  });
  return () => {
    if (settled) return;
    settled = true;
    destroy();
  };
}

function isAnswerTo(hello: Hello, answer: Hello): boolean {
  const { attempt, boot, channel, from, to } = answer;
  const same = boot === hello.boot && attempt === hello.attempt && channel === hello.channel;
  return same && from === hello.to && to === hello.from;
}
