// Carries out faults on a world, and ends them all. Within one bound only: members that lost what they had promised to
// keep count against the cluster's fault bounds until they have recovered, and a loss beyond those would be a loss that
// nobody promised to survive. Such a fault is turned into a plain crash.
import type { AuthorIndex } from "@quorate/core";
import { MARK } from "../world/trace.ts";
import type { World } from "../world/world.ts";
import { type Fault, type FaultVerb, printFault } from "./fault.ts";

export class Nemesis<Reply> {
  readonly #world: World<Reply>;
  /** Members whose disk was lost and who may not have recovered yet. */
  readonly #lost = new Set<AuthorIndex>();
  readonly #lossAllowed: number;
  /** How often each verb was carried out, turned into another, or found nothing to do. */
  readonly carriedOut: Map<FaultVerb, number> = new Map();

  constructor(world: World<Reply>) {
    this.#world = world;
    const { committee, adversaries = [] } = world.options;
    const lying = adversaries.reduce((sum, member) => sum + (committee.stakes[member] ?? 0), 0);
    this.#lossAllowed = committee.thresholds.crash + Math.max(0, committee.thresholds.byzantine - lying);
  }

  apply(fault: Fault): void {
    const { trace } = this.#world;
    const done = this.#carryOut(fault);
    trace.mark(MARK.fault, 0, fault.verb.length, done ? 1 : 0);
    if (trace.sink !== undefined) trace.line("!", `${printFault(fault)}${done ? "" : " (nothing to do)"}`);
    if (done) this.carriedOut.set(fault.verb, (this.carriedOut.get(fault.verb) ?? 0) + 1);
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

  #carryOut(fault: Fault): boolean {
    const { network } = this.#world;
    switch (fault.verb) {
      case "partition":
        this.#links((from, to) => {
          const group = (member: AuthorIndex) => fault.groups.findIndex((members) => members.includes(member));
          if (group(from) >= 0 && group(to) >= 0 && group(from) !== group(to)) network.cut(from, to);
        });
        return true;
      case "cut":
        for (const from of fault.from) for (const to of fault.to) if (from !== to) network.cut(from, to);
        return true;
      case "heal":
        this.#links((from, to) => network.mend(from, to));
        return true;
      case "hold":
        this.#links((from, to) => fault.from.includes(from) && network.hold(from, to));
        return true;
      case "release":
        this.#links((from, to) => fault.from.includes(from) && network.release(from, to));
        return true;
      case "mute":
        this.#links((from, to) => from === fault.member && network.mute(from, to));
        return true;
      case "unmute":
        this.#links((from, to) => from === fault.member && network.unmute(from, to));
        return true;
      case "spoil":
        this.#links((from, to) => network.spoil(from, to, fault.frames));
        return true;
      case "slow":
        network.slow(fault.member, fault.factor);
        this.#world.processes[fault.member]?.setTurnMs(fault.turnMs);
        return true;
      case "blackout":
        for (const { self } of this.#world.honest) {
          this.#world.crash(self, { silently: true, what: "power fails everywhere" });
          this.#world.after(fault.restartMs, () => this.#world.launch(self));
        }
        return true;
      case "restart":
        this.#world.launch(fault.member);
        return true;
      default:
        return this.#strike(fault);
    }
  }

  /** Faults of one honest process. */
  #strike(fault: Extract<Fault, { readonly member: AuthorIndex }>): boolean {
    const { member } = fault;
    const process = this.#world.processes[member];
    if (process === undefined) return false;
    switch (fault.verb) {
      case "skew":
        process.clock.skew(fault.rate);
        return true;
      case "jump":
        process.clock.jump(fault.by);
        return true;
      case "pause":
        if (!process.running || process.paused) return false;
        process.pause();
        return true;
      case "resume":
        process.resume();
        return true;
    }
    if (!process.running) return false;
    switch (fault.verb) {
      case "crash":
        this.#world.crash(member, { silently: fault.power, what: fault.power ? "power fails" : "killed" });
        return true;
      case "crash-at":
        process.dieAtPoint(fault.point, () => {
          this.#world.crash(member, { silently: false, what: `killed at its crash point ${fault.point}` });
          this.#world.after(fault.restartMs, () => this.#world.launch(member));
        });
        return true;
      case "fill":
        process.disk.fill(true);
        this.#world.after(fault.restartMs, () => {
          process.disk.fill(false);
          this.#world.launch(member);
        });
        return true;
      case "corrupt":
      case "wipe":
        this.#world.crash(member, { silently: false, what: fault.verb });
        this.#world.after(fault.restartMs, () => this.#world.launch(member));
        if (!this.#mayLose(member)) return true;
        if (fault.verb === "wipe") process.disk.wipe();
        else if (!process.disk.rot()) return true;
        this.#lost.add(member);
        return true;
      default:
        return false;
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

  #links(each: (from: AuthorIndex, to: AuthorIndex) => void): void {
    const { length } = this.#world.processes;
    for (let from = 0; from < length; from++) for (let to = 0; to < length; to++) if (from !== to) each(from, to);
  }
}
