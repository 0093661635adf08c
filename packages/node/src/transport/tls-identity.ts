// This replica's side of TLS, and who is at the other. TLS 1.3 only, both sides show a certificate, no session is ever
// resumed; the chain, the name and the dates of a certificate are not looked at, its key is all.
import { constants, type KeyObject } from "node:crypto";
import type { Socket } from "node:net";
import { connect, createSecureContext, type SecureContext, TLSSocket } from "node:tls";
import { type AuthorIndex, toHex } from "@quorate/core";
import { certificateKey, makeCertificate } from "../crypto/certificate.ts";

/** Who is at the other side of a TLS connection. */
export type Other = { readonly peer: AuthorIndex } | "no-certificate" | "unknown-key";

export class TlsIdentity {
  readonly #context: SecureContext;
  /** Members by the hex of their public keys. */
  readonly #members: ReadonlyMap<string, AuthorIndex>;

  constructor(privateKey: KeyObject, publicKeys: readonly Uint8Array[]) {
    this.#members = new Map(publicKeys.map((key, index) => [toHex(key), index]));
    this.#context = createSecureContext({
      key: privateKey.export({ format: "pem", type: "pkcs8" }),
      cert: makeCertificate(privateKey),
      minVersion: "TLSv1.3",
      maxVersion: "TLSv1.3",
      // Without tickets a session could only be resumed from a cache, and there is none.
      secureOptions: constants.SSL_OP_NO_TICKET,
    });
  }

  /** TLS over an accepted connection; says `secure` when done. */
  accept(raw: Socket): TLSSocket {
    return new TLSSocket(raw, {
      isServer: true,
      secureContext: this.#context,
      requestCert: true,
      // No authority vouches for these certificates: `whoIs` judges by the key.
      rejectUnauthorized: false,
    });
  }

  /** TLS over a connection that was made; says `secureConnect` when done. */
  connect(raw: Socket): TLSSocket {
    return connect({
      socket: raw,
      secureContext: this.#context,
      rejectUnauthorized: false,
      checkServerIdentity: () => undefined,
    });
  }

  /** The member at the other side, which has proved to hold the key of the certificate that it showed. */
  whoIs(socket: TLSSocket): Other {
    const certificate = socket.getPeerX509Certificate();
    if (certificate === undefined || socket.isSessionReused()) return "no-certificate";
    const key = certificateKey(certificate);
    const peer = key === undefined ? undefined : this.#members.get(toHex(key));
    return peer === undefined ? "unknown-key" : { peer };
  }
}
