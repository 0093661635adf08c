// An auction as a module: commands that every replica runs in the same order and so answers alike. There is no lock and no
// database transaction in here: a command sees what all commands before it left, and is done before the next one begins.
import { defineModule, type ModuleState, Refusal } from "quorate";

export type Lot = {
  readonly open: boolean;
  readonly best: number;
  readonly bidder: string | null;
};

export const auction = defineModule({
  name: "auction",
  commands: {
    open: {
      summary: "Puts an item up for bids, for so many milliseconds.",
      arguments: 2,
      run(state, [item = "", ms = ""], { call }) {
        if (state.get(item) !== undefined) throw new Refusal(`${item} was put up before`, "EXISTS");
        state.set(item, { open: true, best: 0, bidder: null } satisfies Lot);
        // A timer of the cluster's: it runs when log time says so, whichever replicas are up by then.
        call("TIMER.SET", `auction:${item}`, ms, "auction.close", item);
        return "open";
      },
    },
    bid: {
      summary: "Bids on an item.",
      arguments: 3,
      run(state, [item = "", bidder = "", amount = ""]) {
        const lot = find(state, item);
        const offer = Number(amount);
        // A refusal is an answer: everything this command did is undone, and the bidder is told why.
        if (!lot.open) throw new Refusal(`${item} went to ${lot.bidder ?? "nobody"}`, "CLOSED");
        if (!Number.isSafeInteger(offer)) throw new Refusal(`${amount} is no whole amount`, "ERR");
        if (offer <= lot.best) throw new Refusal(`${lot.best} is bid already`, "OUTBID");
        state.set(item, { ...lot, best: offer, bidder } satisfies Lot);
        return "accepted";
      },
    },
    close: {
      summary: "Ends the bidding.",
      arguments: 1,
      run(state, [item = ""]) {
        state.set(item, { ...find(state, item), open: false } satisfies Lot);
        return "closed";
      },
    },
    lot: {
      summary: "Shows an item: whether it can be bid on, the best bid, and whose it is.",
      arguments: 1,
      // Changes nothing, so it is answered without an entry in the log.
      readonly: true,
      run: (state, [item = ""]) => find(state, item),
    },
  },
});

function find(state: ModuleState, item: string): Lot {
  const lot = state.get<Lot>(item);
  if (lot === undefined) throw new Refusal(`${item} is not for sale`, "NOSUCHLOT");
  return lot;
}
