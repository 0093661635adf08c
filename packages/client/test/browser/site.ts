// The web site of a test: one page with the client in it, from an origin of its own. The page asks its site for what only
// a test can do (kill a replica, lose an answer), and reports to it what it found.
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** What a page is told before it begins. */
export interface Orders {
  readonly scenario: string;
  readonly urls: readonly string[];
}

/** What a page may ask for, by name. */
export type Services = Readonly<Record<string, (url: string) => unknown>>;

interface Visitor {
  readonly orders: Orders;
  readonly services: Services;
  readonly report: (report: { readonly found?: unknown; readonly error?: string }) => void;
}

// What goes wrong outside of the page's own code is reported, too, or the test would only see that nothing came.
const HTML = `<!doctype html>
<meta charset="utf-8">
<title>A page with the client in it</title>
<script src="/errors.js"></script>
<script type="module" src="/page.js"></script>
`;
const ERRORS = `
const report = (error) => fetch("/report", { method: "POST", body: JSON.stringify({ error: String(error) }) });
addEventListener("error", ({ message, error }) => report(error?.stack ?? message));
addEventListener("unhandledrejection", ({ reason }) => report(reason?.stack ?? reason));
addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => report(violatedDirective + " forbids " + blockedURI));
`;

export class Site {
  readonly #server: Server;
  readonly #script: string;
  #visitor: Visitor | undefined;

  private constructor(script: string) {
    this.#script = script;
    this.#server = createServer((request, response) => {
      this.#serve(request).then(
        ([type, body]) => {
          const { urls } = this.#visitor?.orders ?? { urls: [] };
          // As strict as a page with a client can be: no code but its own files, no connections but to the replicas.
          const sockets = urls.map((url) => url.replace("http:", "ws:"));
          const policy = `default-src 'self'; connect-src 'self' ${[...urls, ...sockets].join(" ")}`;
          response.writeHead(200, { "content-type": type, "content-security-policy": policy }).end(body);
        },
        (error: unknown) => response.writeHead(500).end(String(error)),
      );
    });
  }

  static async open(script: string): Promise<Site> {
    const site = new Site(script);
    await new Promise<void>((resolve) => site.#server.listen(0, "127.0.0.1", resolve));
    return site;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Expects a page, and comes to what it reports. */
  expect<Found>(orders: Orders, services: Services = {}): Promise<Found> {
    return new Promise((resolve, reject) => {
      const report: Visitor["report"] = ({ found, error }) =>
        error === undefined ? resolve(found as Found) : reject(new Error(`in the page: ${error}`));
      this.#visitor = { orders, services, report };
    });
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #serve(request: IncomingMessage): Promise<readonly [type: string, body: string]> {
    const { orders, services, report } = this.#visitor!;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body: unknown = chunks.length === 0 ? undefined : JSON.parse(Buffer.concat(chunks).toString());
    switch (request.url) {
      case "/":
        return ["text/html", HTML];
      case "/errors.js":
        return ["text/javascript", ERRORS];
      case "/page.js":
        return ["text/javascript", this.#script];
      case "/orders":
        return ["application/json", JSON.stringify(orders)];
      case "/ask": {
        const { service, url } = body as { readonly service: string; readonly url: string };
        return ["application/json", JSON.stringify((await services[service]!(url)) ?? null)];
      }
      case "/report":
        report(body as Parameters<Visitor["report"]>[0]);
        return ["text/plain", ""];
      default:
        return ["text/plain", ""];
    }
  }
}
