// Certificates of doors: which ones can be shown at all, and how a door that is open comes to show another one.
//
// The law it keeps: a door always has a certificate that works. What cannot be shown is refused before anything changes,
// and connections that stand go on with what they were opened with.
import { X509Certificate } from "node:crypto";
import type { Server } from "node:net";
import { createSecureContext, type SecureContextOptions, Server as TlsServer } from "node:tls";

/** Certificate chain and private key, as PEM. */
export interface DoorTls {
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
}

/** Why no client could be shown this, in the words of TLS; undefined: it is fine. */
export function certificateProblem(tls: DoorTls): string | undefined {
  try {
    createSecureContext(tls);
    return undefined;
  } catch (error) {
    const { message, reason } = error as Error & { reason?: string };
    return reason ?? message;
  }
}

/** Until when the first certificate of a chain is valid, as it says itself. */
export function validUntil({ cert }: DoorTls): string {
  return new X509Certificate(cert).validTo;
}

/** From now on whoever connects is shown this one. Throws where it is none, and the server keeps the one it has. */
export function showCertificate(server: Server, before: SecureContextOptions, tls: DoorTls): void {
  if (!(server instanceof TlsServer)) {
    throw new TypeError("the door speaks no TLS; give it a certificate when it is opened");
  }
  const problem = certificateProblem(tls);
  if (problem !== undefined) throw new TypeError(`the door cannot show this certificate with this key (${problem})`);
  server.setSecureContext({ ...before, cert: tls.cert, key: tls.key });
}
