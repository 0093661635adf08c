// Three servers, three bidders, one lamp. Each bidder talks to another server; one replica dies in the middle of it.
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { call, createLocalCluster } from "quorate";
import { auction, type Lot } from "./auction.ts";
import { serve } from "./server.ts";

const cluster = await createLocalCluster({ replicas: 3, modules: [auction] });
const servers = await Promise.all(cluster.replicas.map((replica) => serve(replica!)));
const urls = servers.map((server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}/lamp`);

await call(cluster.replica(0), "auction.open", "lamp", 4_000);

/** The lot as a server shows it; undefined where the server cannot say. */
async function look(url: string): Promise<Lot | undefined> {
  const response = await fetch(url);
  return response.ok ? ((await response.json()) as Lot) : undefined;
}

async function bid(bidder: string, limit: number, servers: readonly string[]): Promise<void> {
  for (let at = 0; ; await pause(20 + Math.random() * 80)) {
    const url = servers[at % servers.length]!;
    const lot = await look(url);
    if (lot === undefined) {
      // Every other server has everything that this one had.
      console.log(`${bidder} goes to another server`);
      at++;
    } else if (!lot.open || lot.best + 5 > limit) {
      return;
    } else if (lot.bidder !== bidder) {
      const response = await fetch(`${url}?bidder=${bidder}&amount=${lot.best + 5}`, { method: "POST" });
      // Not ok: somebody was faster, by a commit, or nobody can tell. Look again and think about it.
      if (response.ok) console.log(`${bidder} bids ${lot.best + 5}`);
    }
  }
}

await Promise.all([
  bid("ada", 60, urls),
  bid("bob", 75, urls.slice(1)),
  bid("eve", 90, urls.slice(2).concat(urls)),
  // As good as `kill -9`. What was accepted through it stays accepted.
  pause(400).then(() => cluster.kill(2)),
]);

// Nobody closes the auction: its timer does.
let lot: Lot | undefined;
while (lot === undefined || lot.open) {
  await pause(50);
  lot = await look(urls[0]!);
}
console.log(`the lamp goes to ${lot.bidder} for ${lot.best}`);

const late = await fetch(`${urls[1]!}?bidder=bob&amount=1000`, { method: "POST" });
console.log(`a late bid: ${late.status} ${((await late.json()) as { message: string }).message}`);

for (const server of servers) server.close();
await cluster.close();
