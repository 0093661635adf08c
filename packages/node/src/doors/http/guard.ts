// Who may talk to this door from where. A browser runs anybody's pages on a machine that can reach a replica at
// 127.0.0.1, so a request proves two things before anything of it is read: that it was addressed to this replica by a name
// that is its own (or a page could point its own name at us), and that a page it comes from is ours.
import type { IncomingMessage } from "node:http";
import { isIPv4 } from "node:net";
import { badRequest, type HttpProblem, problem } from "./problem.ts";

export interface GuardOptions {
  /** What it listens on. */
  readonly host: string;
  /** Further names that it goes by: `db.example.com`. */
  readonly hosts: readonly string[];
  /** Origins of pages that may use it: `https://app.example.com`. */
  readonly origins: readonly string[];
}

export class Guard {
  readonly #hosts: ReadonlySet<string>;
  readonly #origins: ReadonlySet<string>;

  constructor({ host, hosts, origins }: GuardOptions) {
    this.#hosts = new Set([host, ...hosts].map((name) => nameOf(name) ?? name.toLowerCase()));
    this.#origins = new Set(origins.map((origin) => origin.toLowerCase().replace(/\/$/, "")));
  }

  /** Why this request is not for us, if so. */
  refusal(request: IncomingMessage): HttpProblem | undefined {
    const host = request.headers.host;
    if (host === undefined) return badRequest("a request names the replica in its Host header");
    if (!this.#isOurs(host, request.socket.localAddress))
      return problem(
        "MISDIRECTED",
        `this replica does not go by the name of ${quoted(host)}; use 127.0.0.1 or localhost, or add the name to http.hosts`,
      );
    const origin = request.headers.origin;
    if (origin !== undefined)
      return this.allows(origin) || isSame(origin, host)
        ? undefined
        : problem(
            "CROSSORIGIN",
            `a page of ${quoted(origin)} may not use this replica; if it should, add its origin to http.origins`,
          );
    // Pages can make a browser fetch without an Origin, blindly; a person may still follow a link to here.
    const site = request.headers["sec-fetch-site"];
    if ((site === "cross-site" || site === "same-site") && request.headers["sec-fetch-mode"] !== "navigate")
      return problem("CROSSORIGIN", "another site's page may not use this replica; open its address by itself");
    return undefined;
  }

  /** Whether pages of that origin were let in by configuration. */
  allows(origin: string): boolean {
    return this.#origins.has(origin.toLowerCase());
  }

  #isOurs(host: string, localAddress: string | undefined): boolean {
    const name = nameOf(host);
    if (name === undefined) return false;
    if (name === "localhost" || name.endsWith(".localhost") || name === "::1") return true;
    if (isIPv4(name) && name.startsWith("127.")) return true;
    return this.#hosts.has(name) || name === localAddress?.replace(/^::ffff:(?=\d+\.)/i, "").toLowerCase();
  }
}

/** A Host header without its port: ports are forwarded and mapped, they prove nothing. */
function nameOf(host: string): string | undefined {
  const [, address, name] = /^(?:\[([0-9a-f:.]+)\]|([^:[\]/\s]+))(?::\d{1,5})?$/i.exec(host) ?? [];
  return (address ?? name)?.toLowerCase().replace(/\.$/, "");
}

/** Whether a page of that origin was served under this Host. The scheme is not ours to know behind a proxy. */
function isSame(origin: string, host: string): boolean {
  if (!/^https?:\/\/[^/]+$/i.test(origin)) return false;
  const port = /^https:/i.test(origin) ? ":443" : ":80";
  const authority = origin.replace(/^https?:\/\//i, "").toLowerCase();
  return withPort(authority, port) === withPort(host.toLowerCase(), port);
}

function withPort(authority: string, port: string): string {
  return /:\d+$/.test(authority) ? authority : authority + port;
}

const quoted = (text: string): string => JSON.stringify(text.slice(0, 100));
