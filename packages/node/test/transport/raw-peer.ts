// The other end of a connection, by hand: TLS and frames without any of the transport's manners, so that a test can say
// anything, at any pace, with any key.
import { once } from "node:events";
import { connect as connectTcp, type Socket } from "node:net";
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from "node:tls";
import { makeCertificate } from "../../src/crypto/certificate.ts";
import type { KeyPair } from "../../src/crypto/keys.ts";
import { type Answer, decodeAnswer, encodeHello, type Hello, type Home } from "../../src/transport/hello.ts";
import type { Refusal } from "../../src/transport/reasons.ts";

/** A TCP connection that outlives whatever the other side does to it. */
export async function rawTcp(port: number): Promise<Socket> {
  const socket = connectTcp({ port, host: "127.0.0.1" });
  socket.on("error", () => {});
  await once(socket, "connect");
  return socket;
}

/** TLS to a transport, as nobody or with a key. Rejects when the handshake fails. */
export async function rawTls(port: number, key?: KeyPair, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const credentials =
    key === undefined
      ? {}
      : { key: key.privateKey.export({ format: "pem", type: "pkcs8" }), cert: makeCertificate(key.privateKey) };
  const socket = connectTls({ port, host: "127.0.0.1", rejectUnauthorized: false, ...credentials, ...options });
  await once(socket, "secureConnect");
  socket.on("error", () => {});
  return socket;
}

export function framed(bytes: Uint8Array): Buffer {
  const frame = Buffer.alloc(4 + bytes.length);
  frame.writeUInt32BE(bytes.length);
  frame.set(bytes, 4);
  return frame;
}

/** The first frame that comes, or undefined if the connection ends before. */
export async function firstFrame(socket: TLSSocket): Promise<Uint8Array | undefined> {
  let bytes = Buffer.alloc(0);
  return await new Promise((resolve) => {
    socket.on("data", (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      if (bytes.length < 4) return;
      const length = bytes.readUInt32BE();
      if (bytes.length >= 4 + length) resolve(new Uint8Array(bytes.subarray(4, 4 + length)));
    });
    socket.on("close", () => resolve(undefined));
  });
}

/** Says hello and waits for the answer; undefined if there was none. */
export async function greet(socket: TLSSocket, hello: Hello, home: Home): Promise<Answer | Refusal | undefined> {
  const answer = firstFrame(socket);
  socket.write(framed(encodeHello(hello, home)));
  const bytes = await answer;
  return bytes === undefined ? undefined : decodeAnswer(bytes, home);
}

/** Waits until the other side ended it, in order or not. */
export async function closed(socket: Socket): Promise<void> {
  socket.resume();
  if (!socket.closed) await new Promise((resolve) => socket.once("close", resolve));
}
