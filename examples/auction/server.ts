// The application's own server: JSON over HTTP in front of one replica. It keeps nothing in memory, so there can be as many
// of them as there are replicas, and it does not matter which one somebody talks to.
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { CallError, call, type RunningReplica, type Value } from "quorate";

/** Serves `GET /ITEM` and `POST /ITEM?bidder=NAME&amount=N` on a free port. */
export async function serve(replica: RunningReplica): Promise<Server> {
  const server = createServer((request, response) => {
    void answer(replica, request)
      .catch((error: unknown) => ({ status: 500, body: { message: String(error) } }))
      .then(({ status, body }) => {
        response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
      });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return server;
}

async function answer(
  replica: RunningReplica,
  { method, url = "/" }: IncomingMessage,
): Promise<{ readonly status: number; readonly body: unknown }> {
  const { pathname, searchParams } = new URL(url, "http://auction");
  const item = decodeURIComponent(pathname.slice(1));
  const { bidder = "", amount = "" } = Object.fromEntries(searchParams);
  try {
    if (method === "POST")
      return { status: 200, body: await call<string>(replica, "auction.bid", item, bidder, amount) };
    const lot = await call<ReadonlyMap<string, Value>>(replica, "auction.lot", item);
    return { status: 200, body: Object.fromEntries(lot) };
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    // The one distinction that must survive: "no" is certain, and "nobody can tell" is not a no.
    return { status: error.outcome === "rejected" ? 409 : 504, body: { code: error.code, message: error.message } };
  }
}
