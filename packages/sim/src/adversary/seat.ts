// Puts the adversaries of a scenario on their seats.
import type { World } from "../world/world.ts";
import { createBehaviour } from "./behaviour.ts";
import { Coalition } from "./coalition.ts";
import { LyingMember } from "./lying-member.ts";
import type { AdversarySpec } from "./spec.ts";
import { type FrameBranches, TwinSeat } from "./twins.ts";

/** Seats them all; answers the coalitions, for their counts of tricks. */
export function seatAdversaries(world: World<never>, specs: readonly AdversarySpec[]): readonly Coalition[] {
  return specs.map((spec, number) => {
    const coalition = new Coalition(world, spec.members, world.rng.fork(`coalition ${number}`));
    if (spec.kind === "twins") {
      const parts = coalition.split();
      const branches: FrameBranches = new WeakMap();
      for (const member of spec.members) {
        const seat = new TwinSeat(world, member, coalition, parts, branches);
        seat.start();
        world.seat(member, seat);
      }
      return coalition;
    }
    const behaviours = spec.kind === "crafting" ? spec.behaviours : [];
    coalition.members = spec.members.map(
      (member) => new LyingMember(member, coalition, behaviours.map(createBehaviour)),
    );
    for (const member of coalition.members) world.seat(member.self, member);
    if (spec.kind === "scripted") spec.script(coalition);
    return coalition;
  });
}
