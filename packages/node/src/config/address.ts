// Where something listens or can be reached: `127.0.0.1:7001`, `node-3.example:9001`, `[::1]:8001`. One spelling in files,
// variables, flags and messages.
import { isIP, isIPv4 } from "node:net";

/** A host and a port. Port 0, where something listens: any free one. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Reads `host:port`; undefined for anything else. */
export function parseAddress(text: string): Address | undefined {
  const [, bracketed, plain, digits = ""] = /^(?:\[([^\]]+)\]|([^\s:[\]/]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  if (host === undefined || port > 65_535) return undefined;
  if (bracketed !== undefined && isIP(bracketed) !== 6) return undefined;
  return { host, port };
}

export function printAddress({ host, port }: Address): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Whether only this machine can reach it. A name counts by what it always means, never by what it resolves to today. */
export function isLoopback(host: string): boolean {
  if (isIPv4(host)) return host.startsWith("127.");
  return host === "localhost" || host === "::1";
}
