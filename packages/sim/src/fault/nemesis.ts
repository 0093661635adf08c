// Carries out faults on a world, and ends them all. Within one bound only: members that lost what they had promised to
// keep count against the cluster's fault bounds until they have recovered, and a loss beyond those would be a loss that
// nobody promised to survive. Such a fault is turned into a plain crash.
//
// Law: a fault counts when it has changed something, and as what it came to.
import type { AuthorIndex } from "@quorate/core";
import { MARK } from "../world/trace.ts";
import type { World } from "../world/world.ts";
import { type Fault, type FaultVerb, printFault } from "./fault.ts";

/** What came of a fault. */
interface Came {
  readonly done: boolean;
  /** What it counts as; left out where nothing began, or not yet. */
  readonly as?: FaultVerb;
}

const NOTHING: Came = { done: false };
const UNCOUNTED: Came = { done: true };

export class Nemesis<Reply> {
  readonly #world: World<Reply>;
  /** Members whose disk was lost and who may not have recovered yet. */
  readonly #lost = new Set<AuthorIndex>();
  readonly #lossAllowed: number;
  /** How often each verb changed something. */
  readonly carriedOut: Map<FaultVerb, number> = new Map();

  constructor(world: World<Reply>) {
    this.#world = world;
    const { committee, adversaries = [] } = world.options;
    const lying = adversaries.reduce((sum, member) => sum + (committee.stakes[member] ?? 0), 0);
    this.#lossAllowed = committee.thresholds.crash + Math.max(0, committee.thresholds.byzantine - lying);
  }

  apply(fault: Fault): void {
    const { trace } = this.#world;
    const { as, done } = this.#carryOut(fault);
    trace.mark(MARK.fault, 0, fault.verb.length, done ? 1 : 0);
    if (trace.sink !== undefined) {
      const remark = !done ? " (nothing to do)" : as === undefined || as === fault.verb ? "" : ` (comes to ${as})`;
      trace.line("!", `${printFault(fault)}${remark}`);
    }
    if (as !== undefined) this.#count(as);
  }

  /** Ends everything: links work, processes run, clocks are right, disks have room. */
  end(): void {
    const { network, processes, trace } = this.#world;
    trace.mark(MARK.fault, 0, 0, 0);
    if (trace.sink !== undefined) trace.line("!", "everything is healed");
    network.heal();
    for (const process of processes) {
      if (process === undefined) continue;
      process.clock.correct();
      process.disk.fill(false);
      process.setTurnMs(0);
      process.resume();
      process.surviveAll();
      this.#world.launch(process.self);
    }
  }

  #count(verb: FaultVerb): void {
    this.carriedOut.set(verb, (this.carriedOut.get(verb) ?? 0) + 1);
  }

  #carryOut(fault: Fault): Came {
    const { network, processes } = this.#world;
    const { verb } = fault;
    const came = (changed: boolean): Came => (changed ? { done: true, as: verb } : NOTHING);
    switch (verb) {
      case "partition": {
        const group = (member: AuthorIndex): number => fault.groups.findIndex((members) => members.includes(member));
        const apart = (from: AuthorIndex, to: AuthorIndex): boolean =>
          group(from) >= 0 && group(to) >= 0 && group(from) !== group(to);
        return came(this.#links((from, to) => apart(from, to) && network.cut(from, to)));
      }
      case "cut":
        return came(
          this.#links((from, to) => fault.from.includes(from) && fault.to.includes(to) && network.cut(from, to)),
        );
      case "heal":
        return came(this.#links((from, to) => network.mend(from, to)));
      case "hold":
        return came(this.#links((from, to) => fault.from.includes(from) && network.hold(from, to)));
      case "release":
        return came(this.#links((from, to) => fault.from.includes(from) && network.release(from, to)));
      case "mute":
        return came(this.#links((from, to) => from === fault.member && network.mute(from, to)));
      case "unmute":
        return came(this.#links((from, to) => from === fault.member && network.unmute(from, to)));
      case "spoil":
        this.#links((from, to) => network.spoil(from, to, fault.frames));
        return fault.frames === undefined ? UNCOUNTED : came(true);
      case "slow":
        network.slow(fault.member, fault.factor);
        processes[fault.member]?.setTurnMs(fault.turnMs);
        return fault.factor === 1 && fault.turnMs === 0 ? UNCOUNTED : came(true);
      case "blackout": {
        const running = this.#world.honest.filter((process) => process.running);
        for (const { self } of this.#world.honest) {
          this.#world.crash(self, { silently: true, what: "power fails everywhere" });
          this.#world.after(fault.restartMs, () => this.#world.launch(self));
        }
        return came(running.length > 0);
      }
      case "restart": {
        const wasRunning = processes[fault.member]?.running;
        this.#world.launch(fault.member);
        return came(processes[fault.member]?.running !== wasRunning);
      }
      default:
        return this.#strike(fault);
    }
  }

  /** Faults of one honest process. */
  #strike(fault: Extract<Fault, { readonly member: AuthorIndex }>): Came {
    const { member, verb } = fault;
    const struck: Came = { done: true, as: verb };
    const process = this.#world.processes[member];
    if (process === undefined) return NOTHING;
    switch (verb) {
      case "skew":
        process.clock.skew(fault.rate);
        return struck;
      case "jump":
        process.clock.jump(fault.by);
        return struck;
      case "pause":
        if (!process.running || process.paused) return NOTHING;
        process.pause();
        return struck;
      case "resume":
        if (!process.paused) return NOTHING;
        process.resume();
        return struck;
    }
    if (!process.running) return NOTHING;
    switch (verb) {
      case "crash":
        this.#world.crash(member, { silently: fault.power, what: fault.power ? "power fails" : "killed" });
        return struck;
      case "crash-at":
        // It may be over before the process gets to that point.
        process.dieAtPoint(fault.point, () => {
          this.#count(verb);
          this.#world.crash(member, { silently: false, what: `killed at its crash point ${fault.point}` });
          this.#world.after(fault.restartMs, () => this.#world.launch(member));
        });
        return UNCOUNTED;
      case "fill":
        process.disk.fill(true);
        this.#world.after(fault.restartMs, () => {
          process.disk.fill(false);
          this.#world.launch(member);
        });
        return struck;
      case "corrupt":
      case "wipe": {
        this.#world.crash(member, { silently: false, what: verb });
        this.#world.after(fault.restartMs, () => this.#world.launch(member));
        const mayLose = this.#mayLose(member);
        if (mayLose && verb === "wipe") process.disk.wipe();
        if (!mayLose || (verb === "corrupt" && !process.disk.rot())) return { done: true, as: "crash" };
        this.#lost.add(member);
        return struck;
      }
      default:
        return NOTHING;
    }
  }

  /** Whether one more member may lose its disk now. */
  #mayLose(member: AuthorIndex): boolean {
    const { committee } = this.#world.options;
    for (const lost of this.#lost) {
      const mode = this.#world.processes[lost]?.mode;
      if (mode !== undefined && mode !== "recovering") this.#lost.delete(lost);
    }
    let stake = this.#lost.has(member) ? 0 : (committee.stakes[member] ?? 0);
    for (const lost of this.#lost) stake += committee.stakes[lost] ?? 0;
    return stake <= this.#lossAllowed;
  }

  /** Does something to every direction of every link; says whether that changed one. */
  #links(change: (from: AuthorIndex, to: AuthorIndex) => boolean): boolean {
    const { length } = this.#world.processes;
    let changed = false;
    for (let from = 0; from < length; from++) {
      for (let to = 0; to < length; to++) if (from !== to && change(from, to)) changed = true;
    }
    return changed;
  }
}
