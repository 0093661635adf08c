// Three servers, three bidders, one lamp. Each bidder talks to another server; one replica dies in the middle of it.
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { call, createLocalCluster } from "quorate";
import { auction, type Lot } from "./auction.ts";
import { serve } from "./server.ts";

const cluster = await createLocalCluster({ replicas: 3, modules: [auction] });
const servers = await Promise.all(cluster.replicas.map((replica) => serve(replica!)));
const urls = servers.map((server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}/lamp`);

await call(cluster.replica(0), "auction.open", "lamp", 3_000);

async function bid(bidder: string, limit: number, through: readonly string[]): Promise<void> {
  let [url = "", ...others] = through;
  for (;;) {
    const shown = await fetch(url);
    if (!shown.ok) {
      // The replica behind this server is gone. Every other one has everything.
      [url = "", ...others] = others;
      console.log(`${bidder} goes to another server`);
      continue;
    }
    const { best, bidder: leader, open } = (await shown.json()) as Lot;
    if (!open || best + 5 > limit) return;
    if (leader !== bidder) {
      const response = await fetch(`${url}?bidder=${bidder}&amount=${best + 5}`, { method: "POST" });
      // Not ok: somebody was faster, by a commit, or nobody can tell. Look again and think about it.
      if (response.ok) console.log(`${bidder} bids ${best + 5}`);
    }
    await pause(20 + Math.random() * 80);
  }
}

await Promise.all([
  bid("ada", 60, [urls[0]!]),
  bid("bob", 75, [urls[1]!]),
  bid("eve", 90, [urls[2]!, urls[0]!]),
  // As good as `kill -9`. What was accepted through it stays accepted.
  pause(400).then(() => cluster.kill(2)),
]);

// Nobody closes the auction: its timer does.
let lot: Lot;
do lot = (await (await fetch(urls[0]!)).json()) as Lot;
while (lot.open);
console.log(`the lamp goes to ${lot.bidder} for ${lot.best}`);

const late = await fetch(`${urls[1]!}?bidder=bob&amount=1000`, { method: "POST" });
console.log(`a late bid: ${late.status} ${((await late.json()) as { message: string }).message}`);

for (const server of servers) server.close();
await cluster.close();
