// One run of a system under steady load that is struck by one fault after the other, and what clients saw of each. Which
// system that is, and whom it strikes, it is told: ours (failover-run.ts) and the peer (peer-run.ts) are measured by the
// same schedule and the same arithmetic.
//
// A member is healthy while it has links both ways to a quorum that it belongs to. Whoever is struck, or on its way back,
// is not; everybody else is, and has to serve as if nothing were the matter.
import { loadavg } from "node:os";
import { now, pause } from "./clock.ts";
import type { Language, LoadReport, Window, WindowReport } from "./load/orders.ts";
import { LoadGenerator } from "./load-generator.ts";
import type { Members } from "./members.ts";
import { inNamespaces, whyNoNamespaces } from "./namespaces.ts";
import { type Cut, onLoopback, type Place } from "./place.ts";

export interface System {
  readonly speaks: Language;
  /** Resolves when all members serve. */
  start(place: Place): Promise<Members>;
}

export type Fault = "none" | "kill" | "kill two" | "freeze" | Cut;

/** Whose turn it is where all members are equal; elsewhere by what they are at that moment. */
export type Whom = "the next" | "a follower" | "the leader";

export interface Strike {
  readonly fault: Fault;
  readonly whom: Whom;
}

export interface Durations {
  readonly floodMs: number;
  /** How long nothing is wrong, a member is dead, frozen, cut off; and how long the others are watched as it returns. */
  readonly calmMs: number;
  readonly deadMs: number;
  readonly frozenMs: number;
  readonly cutMs: number;
  readonly returnMs: number;
}

export interface StruckOptions extends Durations {
  readonly strikes: readonly Strike[];
  /** How much of the measured maximum is sent while faults strike. */
  readonly share: number;
  /** Who is struck first; the others follow in order. */
  readonly first: number;
  /** The file for what recorded clients saw, where there are any. */
  readonly history: string | undefined;
}

export interface FaultReport {
  readonly fault: string;
  readonly during: WindowReport;
  /** As the member came back; left out where none was away. */
  readonly after: WindowReport | undefined;
}

export interface StruckReport {
  /** Successful writes a second, closed loop, and what was sent while faults struck. */
  readonly most: number;
  readonly rate: number;
  readonly faults: readonly FaultReport[];
  /** Faults that could not be made here, and why. */
  readonly skipped: string | undefined;
  readonly load: LoadReport;
  /** Load of the machine when it began. */
  readonly machineLoad: number;
}

const MEMBERS = 5;
export const CONNECTIONS = 64;
const SETTLE_MS = 1_000;
/** Between two strikes nothing is watched, or a pause that the next one makes would be the last one's as well. */
const REST_MS = 1_000;
/** Whoever is not back by then is called healthy all the same, and its pause shows. */
const BACK_MS_MAX = 20_000;

export async function runStruck(system: System, options: StruckOptions): Promise<StruckReport> {
  const machineLoad = loadavg()[0]!;
  const cuts = options.strikes.map(({ fault }) => fault).filter(isCut);
  const why = cuts.length > 0 ? whyNoNamespaces() : undefined;
  const place = cuts.length > 0 && why === undefined ? inNamespaces(MEMBERS) : await onLoopback(MEMBERS);
  const skipped = why === undefined ? undefined : `NOT TRIED: ${cuts.join(", ")}, because ${why}`;
  let members: Members | undefined;
  let generator: LoadGenerator | undefined;
  try {
    members = await system.start(place);
    generator = new LoadGenerator(place);
    await generator.connect(place, CONNECTIONS, system.speaks);
    const most = await generator.flood(options.floodMs);
    const rate = most * options.share;
    await generator.steady(rate);
    await pause(SETTLE_MS);
    const script = new Script({ place, members, generator }, options);
    for (const strike of options.strikes) {
      if (isCut(strike.fault) && why !== undefined) continue;
      await script.play(strike);
      await pause(REST_MS);
    }
    const load = await generator.finish(script.windows, options.history);
    if (load.lost > 0 || load.refusedReads > 0) console.error(`what the members logged is in ${members.keepLogs()}`);
    return { most, rate, faults: pairUp(load.windows), skipped, load, machineLoad };
  } catch (error) {
    if (members !== undefined) console.error(`what the members logged is in ${members.keepLogs()}`);
    throw error;
  } finally {
    generator?.close();
    await members?.close();
    place.remove();
  }
}

function isCut(fault: Fault): fault is Cut {
  return fault === "both ways" || fault === "its sending" || fault === "its hearing";
}

const RETURN = ", return";

interface Stage {
  readonly place: Place;
  readonly members: Members;
  readonly generator: LoadGenerator;
}

class Script {
  readonly windows: Window[] = [];
  readonly #stage: Stage;
  readonly #options: StruckOptions;

  constructor(stage: Stage, options: StruckOptions) {
    this.#stage = stage;
    this.#options = options;
  }

  async play({ fault, whom }: Strike): Promise<void> {
    const { calmMs, cutMs, deadMs, frozenMs, returnMs } = this.#options;
    const { members, place } = this.#stage;
    const of = whom === "the next" ? "" : ` of ${whom}`;
    switch (fault) {
      case "none":
        return this.#watch("nothing", [], calmMs);
      case "kill":
      case "kill two": {
        const [one, second] = [await this.#victim(whom, 0), this.#next(1)];
        const [killed, also] = [`kill -9${of || " of one"}`, "kill -9 of a second one"];
        await this.#watch(killed, [one], deadMs, () => members.kill(one));
        if (fault === "kill two") {
          await this.#watch(also, [one, second], deadMs, () => members.kill(second));
          await this.#watch(also + RETURN, [one, second], returnMs, () => members.restart(second), second);
        }
        return this.#watch(killed + RETURN, [one], returnMs, () => members.restart(one), one);
      }
      case "freeze": {
        const frozen = await this.#victim(whom, 2);
        const name = `SIGSTOP${of} for ${frozenMs / 1_000} s`;
        await this.#watch(name, [frozen], frozenMs, () => members.freeze(frozen));
        return this.#watch(name + RETURN, [frozen], returnMs, () => members.thaw(frozen), frozen);
      }
      default: {
        const lonely = await this.#victim(whom, 3);
        const cut = `${whom === "the next" ? "" : `${whom} `}cut off`;
        const name = `${fault === "both ways" ? cut : `${cut}, ${fault} only`} for ${cutMs / 1_000} s`;
        await this.#watch(name, [lonely], cutMs, () => place.cables?.cut(lonely, fault));
        return this.#watch(name + RETURN, [lonely], returnMs, () => place.cables?.heal(lonely, fault), lonely);
      }
    }
  }

  #next(turn: number): number {
    return (this.#options.first + turn) % MEMBERS;
  }

  async #victim(whom: Whom, turn: number): Promise<number> {
    if (whom === "the next") return this.#next(turn);
    const leader = await this.#stage.generator.leader();
    if (whom === "the leader") return leader;
    return this.#next(turn) === leader ? this.#next(turn + 1) : this.#next(turn);
  }

  async #watch(
    name: string,
    unhealthy: readonly number[],
    ms: number,
    act: () => Promise<void> | void = () => {},
    returning?: number,
  ): Promise<void> {
    const from = now();
    await act();
    await pause(ms);
    if (returning !== undefined) await this.#stage.generator.served([returning], BACK_MS_MAX);
    this.windows.push({ name, from, to: now(), unhealthy });
  }
}

function pairUp(windows: readonly WindowReport[]): readonly FaultReport[] {
  return windows
    .filter(({ name }) => !name.endsWith(RETURN))
    .map((during) => {
      return { fault: during.name, during, after: windows.find(({ name }) => name === during.name + RETURN) };
    });
}
