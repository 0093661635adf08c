// A module of one's own in the simulated world. docs/simulator.md shows what follows, word for word; a test compares them.
import { defineModule, Refusal } from "@quorate/machine";
import { defineScenario, type Exercise, equalStakes, machineWorkload, replyValue, type Stage } from "@quorate/sim";

export const auction = defineModule({
  name: "auction",
  commands: {
    bid(state, [item = "", amount = ""]) {
      const best = Number(state.get(item) ?? 0);
      if (Number(amount) <= best) throw new Refusal(`${best} is bid already`);
      state.set(item, Number(amount));
      return "accepted";
    },
    best: { readonly: true, run: (state, [item = ""]) => state.get(item) ?? 0 },
  },
});

// What one client does in one go, and what must be true: once a bid was accepted, nobody is shown less.
export function bidding(stage: Stage): Exercise {
  let accepted = 0;
  return {
    *go(client) {
      const least = accepted;
      const seen = yield* client.read(["auction.best", "lamp"]);
      if (seen.kind !== "reply") return;
      const best = Number(replyValue(seen.reply));
      if (best < least) stage.complain(`${best} was shown as the best bid after ${least} had been accepted`);
      const amount = best + 1 + client.rng.integer(5);
      const heard = yield* client.command(["auction.bid", "lamp", amount], { expects: ["REFUSED"] });
      if (heard.kind === "reply" && replyValue(heard.reply) === "accepted") accepted = Math.max(accepted, amount);
    },
    judge({ ask, complain }) {
      const best = Number(replyValue(ask("auction.best", "lamp")));
      if (best < accepted) complain(`${accepted} was accepted, and ${best} is the best bid in the end`);
    },
  };
}

export const scenario = defineScenario({
  name: "auction",
  about: "bids through five replicas, of which one is cut off and one loses power",
  stakes: equalStakes(5),
  fault: { crash: 2, byzantine: 0 },
  faults: [
    { at: 300, fault: { verb: "partition", groups: [[0], [1, 2, 3, 4]] } },
    { at: 900, fault: { verb: "crash", member: 1, power: true } },
    { at: 1_500, fault: { verb: "heal" } },
    { at: 1_600, fault: { verb: "restart", member: 1 } },
  ],
  uses: machineWorkload({ families: [auction], exercises: [{ of: bidding, weight: 1 }] }),
});
