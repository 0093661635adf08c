// A door: a listener through which clients reach this replica, in a protocol that they already speak.
import type { DoorTls } from "./certificates.ts";

export interface Door {
  /** `redis`, `http`: as status and logs name it. */
  readonly name: string;
  /** Where it listens: `127.0.0.1:7001`. */
  readonly address: string;
  /** Clients connected now. */
  readonly connections: number;
  /** Shows this certificate to whoever connects from now on. Throws where it cannot be shown, or the door speaks no TLS. */
  renewCertificate(tls: DoorTls): void;
  /** Takes no more clients, lets what is under way finish for a moment, then closes. May be called twice. */
  close(): Promise<void>;
}

/** Where a door listens. Port 0 takes a free one. */
export interface Listen {
  readonly host: string;
  readonly port: number;
}
