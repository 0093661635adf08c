// A replica's configuration, complete and checked: what `loadConfig` answers.
import type { Durability } from "../storage/data-directory.ts";
import type { Address } from "./address.ts";

export interface TlsFiles {
  readonly certificate: string;
  readonly key: string;
}

export interface DoorConfig {
  readonly listen: Address;
  readonly tls: TlsFiles | undefined;
}

export type LogLevel = "debug" | "info" | "warn" | "error";

/** Paths are absolute. */
export interface ReplicaConfig {
  readonly member: string;
  readonly genesis: string;
  readonly key: string;
  readonly data: string;
  readonly durability: Durability;
  readonly peers: { readonly listen: Address; readonly addresses: ReadonlyMap<string, Address> };
  readonly redis: DoorConfig | undefined;
  readonly http: (DoorConfig & { readonly hosts: readonly string[]; readonly origins: readonly string[] }) | undefined;
  /** `users`: nobody is served before signing in. */
  readonly access: "open" | "users";
  readonly insecure: boolean;
  readonly log: { readonly level: LogLevel };
}
