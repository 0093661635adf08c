// One run of "kill any": a new cluster of five under steady load, struck by one fault after the other, and what clients
// saw of each.
//
// A replica is healthy while it has links both ways to a quorum that it belongs to. Whoever is struck, or on its way back,
// is not; everybody else is, and has to serve as if nothing were the matter.
import { execFile } from "node:child_process";
import { copyFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import type { Bundle } from "./bundle.ts";
import { now, pause } from "./clock.ts";
import type { LoadReport, Window, WindowReport } from "./load/orders.ts";
import { LoadGenerator } from "./load-generator.ts";
import { inNamespaces, whyNoNamespaces } from "./namespaces.ts";
import { type Cut, onLoopback, type Place } from "./place.ts";
import { Replicas } from "./replicas.ts";

export type Fault = "none" | "kill" | "kill two" | "freeze" | Cut;

export interface FailoverOptions {
  readonly faults: readonly Fault[];
  readonly floodMs: number;
  /** How much of the measured maximum is sent while faults strike. */
  readonly share: number;
  /** How long nothing is wrong, a replica is dead, frozen, cut off; and how long the others are watched as it returns. */
  readonly calmMs: number;
  readonly deadMs: number;
  readonly frozenMs: number;
  readonly cutMs: number;
  readonly returnMs: number;
  /** Who is struck first; the others follow in order. */
  readonly first: number;
}

export const WHOLE: Omit<FailoverOptions, "first"> = {
  faults: ["none", "kill two", "freeze", "both ways", "its sending", "its hearing"],
  floodMs: 4_500,
  share: 0.5,
  calmMs: 3_000,
  deadMs: 3_000,
  frozenMs: 30_000,
  cutMs: 6_000,
  returnMs: 4_000,
};

export interface FaultReport {
  readonly fault: string;
  readonly during: WindowReport;
  /** As the replica came back; left out where none was away. */
  readonly after: WindowReport | undefined;
}

export interface RunReport {
  /** Successful writes a second, closed loop, and what was sent while faults struck. */
  readonly most: number;
  readonly rate: number;
  readonly faults: readonly FaultReport[];
  /** Faults that could not be made here, and why. */
  readonly skipped: string | undefined;
  readonly load: LoadReport;
  /** What `quorate check` says of the history. */
  readonly verdict: string;
  readonly isRight: boolean;
  /** Load of the machine when it began. */
  readonly machineLoad: number;
}

const REPLICAS = 5;
export const CONNECTIONS = 64;
const SETTLE_MS = 1_000;
/** Whoever is not back by then is called healthy all the same, and its pause shows. */
const BACK_MS_MAX = 20_000;

export async function runFailover(options: FailoverOptions, bundle: Bundle): Promise<RunReport> {
  const machineLoad = loadavg()[0]!;
  const wantsCables = options.faults.some(isCut);
  const why = wantsCables ? whyNoNamespaces() : undefined;
  const place = wantsCables && why === undefined ? inNamespaces(REPLICAS) : await onLoopback(REPLICAS);
  const skipped =
    why === undefined ? undefined : `NOT TRIED: ${options.faults.filter(isCut).join(", ")}, because ${why}`;
  let replicas: Replicas | undefined;
  let generator: LoadGenerator | undefined;
  try {
    replicas = await Replicas.start(place, bundle);
    generator = new LoadGenerator(place);
    await generator.connect(place, CONNECTIONS);
    const most = await generator.flood(options.floodMs);
    const rate = most * options.share;
    await generator.steady(rate);
    await pause(SETTLE_MS);
    const script = new Script({ place, replicas, generator }, options);
    for (const fault of options.faults) if (!isCut(fault) || why === undefined) await script.strike(fault);
    const history = join(replicas.directory, "history.jsonl");
    const load = await generator.finish(script.windows, history);
    const { isRight, verdict } = await judge(bundle, history);
    return { most, rate, faults: pairUp(load.windows), skipped, load, verdict, isRight, machineLoad };
  } finally {
    generator?.close();
    await replicas?.close();
    place.remove();
  }
}

function isCut(fault: Fault): fault is Cut {
  return fault === "both ways" || fault === "its sending" || fault === "its hearing";
}

const RETURN = ", return";

interface Stage {
  readonly place: Place;
  readonly replicas: Replicas;
  readonly generator: LoadGenerator;
}

class Script {
  readonly windows: Window[] = [];
  readonly #stage: Stage;
  readonly #options: FailoverOptions;

  constructor(stage: Stage, options: FailoverOptions) {
    this.#stage = stage;
    this.#options = options;
  }

  async strike(fault: Fault): Promise<void> {
    const { calmMs, cutMs, deadMs, first, frozenMs, returnMs } = this.#options;
    const victim = (turn: number): number => (first + turn) % REPLICAS;
    const { place, replicas } = this.#stage;
    const [one, second, frozen, lonely] = [victim(0), victim(1), victim(2), victim(3)];
    switch (fault) {
      case "none":
        return this.#watch("nothing", [], calmMs);
      case "kill":
      case "kill two": {
        const [killed, also] = ["kill -9 of one", "kill -9 of a second one"];
        await this.#watch(killed, [one], deadMs, () => replicas.kill(one));
        if (fault === "kill two") {
          await this.#watch(also, [one, second], deadMs, () => replicas.kill(second));
          await this.#watch(also + RETURN, [one, second], returnMs, () => replicas.restart(second), second);
        }
        return this.#watch(killed + RETURN, [one], returnMs, () => replicas.restart(one), one);
      }
      case "freeze": {
        const name = `SIGSTOP for ${frozenMs / 1_000} s`;
        await this.#watch(name, [frozen], frozenMs, () => replicas.freeze(frozen));
        return this.#watch(name + RETURN, [frozen], returnMs, () => replicas.thaw(frozen), frozen);
      }
      default: {
        const name = `${fault === "both ways" ? "cut off" : `cut off, ${fault} only`} for ${cutMs / 1_000} s`;
        await this.#watch(name, [lonely], cutMs, () => place.cables?.cut(lonely, fault));
        return this.#watch(name + RETURN, [lonely], returnMs, () => place.cables?.heal(lonely, fault), lonely);
      }
    }
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

interface Verdict {
  readonly isRight: boolean;
  readonly verdict: string;
}

/** A history that does not pass is kept for whoever looks into it. */
function judge(bundle: Bundle, history: string): Promise<Verdict> {
  return new Promise((resolve) => {
    execFile(process.execPath, [bundle.entry, "check", history], { timeout: 120_000 }, (error, stdout, stderr) => {
      if (error === null) {
        resolve({ isRight: true, verdict: stdout.trim().replace(`${history}: `, "") });
        return;
      }
      const kept = join(tmpdir(), `quorate-history-${process.pid}-${Math.round(now())}.jsonl`);
      copyFileSync(history, kept);
      resolve({ isRight: false, verdict: `${stdout}${stderr}`.trim().replaceAll(history, kept) || error.message });
    });
  });
}
