// The search: every world that can be reached, breadth first, each once. A world in which only time can pass and whose
// explored instants are used up is an end: from there it runs on alone, in one fixed order, until long after, and then
// nobody may need anything, everybody's log must be equal, and no more blocks may be made.
//
// What is covered is said, not assumed. If the bound on worlds is reached before the search is over, worlds on the edge
// are still run to their ends: `walks` of them by chance (seeded, with the faults that are left), then in the fixed order.
// Worlds are told apart by a 53-bit hash of everything that their future depends on; of a million worlds the chance that
// any two are mixed up is about one in ten thousand.
import { authorName, type Millis } from "../../src/ids.ts";
import { bitOf } from "./place.ts";
import { Setting, type SettingOptions } from "./setting.ts";
import { type Action, type Faults, isUp, nameOf, type Script, type World, Worlds } from "./world.ts";

export interface Configuration extends SettingOptions, Script {
  readonly name: string;
  readonly faults: Faults;
  /** Before the exploration: brings the quiet world to where it begins. */
  readonly prepare?: (worlds: Worlds, world: World) => World;
  /** How long an end runs on alone. */
  readonly tailMs?: Millis;
}

export interface Bounds {
  /** Worlds visited at most. */
  readonly worlds: number;
  /** How often time may pass while everything that can happen is explored. */
  readonly instants: number;
  /** Ends that are run to the end at most, evenly spread; the others count as not run. */
  readonly ends: number;
  /** Walks by chance that start at the edge of a search that was cut short, or at the beginning. */
  readonly walks: number;
  /** Merged input sequences tried against their like, for each place. */
  readonly doubts: number;
}

export interface Exploration {
  readonly name: string;
  readonly worlds: number;
  readonly transitions: number;
  readonly ends: number;
  readonly endsRun: number;
  readonly walks: number;
  /** Whether every world that can be reached within the instants was visited. */
  readonly exhausted: boolean;
  /** Steps of real replicas, and how often one had to be brought back to a place by its inputs. */
  readonly steps: number;
  readonly replays: number;
  /** Merged places that were tried against their like, and how many of them turned out to differ. */
  readonly tried: number;
  readonly mistakes: number;
  readonly depth: number;
  /** What went wrong first, with the schedule that leads there. */
  readonly violation: string | undefined;
  readonly schedule: readonly string[];
}

interface Visited {
  readonly before: number;
  readonly action: Action | undefined;
}

const TAIL_MS: Millis = 7_000;
/** At the end nobody makes blocks for this long. */
const SILENT_MS: Millis = 2_500;
const TAIL_STEPS_MAX = 5_000;
const WALK_STEPS = 120;
const WALK_INSTANTS = 8;
/** How likely a walk considers a fault at a step. */
const FAULT_CHANCE = 0.05;

export function explore(configuration: Configuration, bounds: Bounds): Exploration {
  return new Search(configuration, bounds).run();
}

export function printExploration(found: Exploration): string {
  const covered = found.exhausted ? "every world visited" : "cut short";
  return (
    `${found.name}: ${found.worlds} worlds, ${found.transitions} transitions, depth ${found.depth}, ` +
    `${found.endsRun} of ${found.ends} ends run, ${found.walks} walks, ${found.steps} replica steps, ${found.replays} replays, ` +
    `${found.mistakes} of ${found.tried} merges mistaken, ${covered}` +
    (found.violation === undefined ? "" : `\n  ${found.violation}\n    ${found.schedule.join("\n    ")}`)
  );
}

class Search {
  readonly #configuration: Configuration;
  readonly #bounds: Bounds;
  readonly #worlds: Worlds;
  readonly #visited: Visited[] = [];
  readonly #names = new Set<number>();
  readonly #ends: { readonly world: World; readonly at: number }[] = [];
  #first: World | undefined;
  #transitions = 0;
  #depth = 0;
  #endsRun = 0;
  #walked = 0;

  constructor(configuration: Configuration, bounds: Bounds) {
    this.#configuration = configuration;
    this.#bounds = bounds;
    this.#worlds = new Worlds(new Setting(configuration), configuration, bounds.doubts);
  }

  run(): Exploration {
    const { commands, faults, prepare } = this.#configuration;
    let first = this.#worlds.begin();
    if (prepare !== undefined) first = prepare(this.#worlds, first);
    for (const { at, id } of commands) first = this.#worlds.submit(first, id, at);
    first = { ...first, left: faults, instants: 0 };
    this.#first = first;
    if (first.violation !== undefined) return this.#report(first.violation, []);
    this.#add(first, -1, undefined);
    let layer = [{ world: first, at: 0 }];
    for (; layer.length > 0 && this.#visited.length < this.#bounds.worlds; this.#depth++) {
      const next: typeof layer = [];
      for (const { world, at } of layer) {
        for (const action of this.#worlds.actionsOf(world)) {
          if (action.kind === "advance" && world.instants >= this.#bounds.instants) {
            this.#ends.push({ world, at });
            continue;
          }
          this.#transitions += 1;
          const reached = this.#worlds.apply(world, action);
          if (reached.violation !== undefined)
            return this.#report(reached.violation, this.#schedule(at, [action], false));
          const added = this.#add(reached, at, action);
          if (added !== undefined) next.push({ world: reached, at: added });
        }
      }
      layer = next;
    }
    this.#worlds.remember = false;
    const whole = layer.length === 0;
    return this.#walk(layer) ?? this.#runEnds(whole);
  }

  /** From the edge of what was searched, or from the beginning, on by chance. */
  #walk(edge: readonly { readonly world: World; readonly at: number }[]): Exploration | undefined {
    const starts = edge.length > 0 ? edge : [{ world: this.#first!, at: 0 }];
    for (let walk = 0; walk < this.#bounds.walks; walk++) {
      const chance = chanceOf(walk);
      const { world: start, at } = starts[Math.floor(chance() * starts.length)]!;
      const taken: Action[] = [];
      let world = start;
      while (taken.length < WALK_STEPS && world.instants < start.instants + WALK_INSTANTS) {
        const actions = this.#worlds.actionsOf(world);
        const likely = actions.filter((action) => !isFault(action) || chance() < FAULT_CHANCE);
        const from = likely.length > 0 ? likely : actions;
        const action = from[Math.floor(chance() * from.length)]!;
        taken.push(action);
        world = this.#worlds.apply(world, action);
        if (world.violation !== undefined) break;
      }
      this.#walked += 1;
      const violation = world.violation ?? this.#finish(world);
      if (violation === undefined) continue;
      return this.#report(violation, this.#schedule(at, taken, world.violation === undefined));
    }
    return undefined;
  }

  #runEnds(whole: boolean): Exploration {
    const stride = Math.max(1, this.#ends.length / this.#bounds.ends);
    for (let next = 0; next < this.#ends.length; next += stride) {
      const { world, at } = this.#ends[Math.floor(next)]!;
      this.#endsRun += 1;
      const violation = this.#finish(world);
      if (violation !== undefined) return this.#report(violation, this.#schedule(at, [], true));
    }
    return this.#report(undefined, [], whole);
  }

  #add(world: World, before: number, action: Action | undefined): number | undefined {
    const name = nameOf(world);
    if (this.#names.has(name)) return undefined;
    this.#names.add(name);
    this.#visited.push({ before, action });
    return this.#visited.length - 1;
  }

  /** Lets a world run on alone; says what is wrong with its end. */
  #finish(world: World): string | undefined {
    const end = world.now + (this.#configuration.tailMs ?? TAIL_MS);
    let shown: number | undefined;
    for (let steps = 0; ; steps++) {
      world = this.#worlds.calm(world);
      for (const at of world.places.keys())
        if (!isUp(world, at) && world.kept[at]! >= 0 && this.#returns) world = this.#worlds.bringBack(world, at);
      world = this.#worlds.calm(world);
      if (world.violation !== undefined) return world.violation;
      if (world.now >= end) break;
      if (steps > TAIL_STEPS_MAX) return "time does not get on";
      if (world.now >= end - SILENT_MS) shown ??= countShown(world);
      world = this.#worlds.apply(world, { kind: "advance" });
      if (world.violation !== undefined) return world.violation;
    }
    return this.#judge(world, shown ?? 0);
  }

  get #returns(): boolean {
    return this.#configuration.crash.some(({ how }) => how === "return-later");
  }

  #judge(world: World, shown: number): string | undefined {
    const { committee } = this.#worlds.setting;
    const { liar } = this.#configuration;
    const live = [...world.places.entries()].filter(([at]) => isUp(world, at));
    const honest = live.filter(([at]) => at !== liar?.at);
    const able = live.filter(([, { mode }]) => mode === "normal");
    // Without a quorum nothing has to get on, and an amnesiac is none of it until it has recovered.
    const returning = live.some(([, { returned }]) => !returned);
    if (able.length < committee.thresholds.parents || (returning && live.length < committee.members.length))
      return undefined;
    // What a member that is gone had ordered beyond the commands need not be ordered again: nobody needs it.
    const longest = Math.max(...honest.map(([, { commits }]) => commits.at(-1)?.index ?? 0));
    const had = honest.reduce((bits, [, { has }]) => bits | has, world.acknowledged);
    for (const [at, place] of honest) {
      const name = authorName(at);
      if (place.mode !== "normal") return `${name} is still ${place.mode}`;
      if ((place.commits.at(-1)?.index ?? 0) !== longest) return `${name} lacks commits that others have`;
      if ((place.has & had) !== had) return `${name} lacks a command that was handed out`;
      if (place.needy) return `${name} needs something, and nothing comes`;
      for (const [read, asked] of this.#configuration.reads.entries()) {
        if ((world.asked & bitOf(read)) === 0 || asked.at !== at || place.root.boot > 1) continue;
        if (((place.ready | place.readRefused) & bitOf(asked.id)) === 0) return `a read at ${name} is never answered`;
      }
    }
    for (const { at, id } of this.#configuration.commands) {
      const place = world.places[at]!;
      if (!isUp(world, at) || place.root.boot > 1 || (place.refused & bitOf(id)) !== 0) continue;
      if ((place.acknowledged & bitOf(id)) === 0) return `command ${id} is never answered`;
    }
    return countShown(world) === shown ? undefined : "blocks are made although nobody needs them";
  }

  #schedule(at: number, taken: readonly Action[], alone: boolean): string[] {
    const actions: Action[] = taken.toReversed();
    for (let index = at; index > 0; index = this.#visited[index]!.before) actions.push(this.#visited[index]!.action!);
    let world = this.#first!;
    const told = actions.toReversed().map((action) => {
      const frame = "queue" in action ? world.queues[action.queue]![0] : undefined;
      const text = frame === undefined ? "" : `: ${this.#worlds.setting.print(frame)}`;
      world = this.#worlds.apply(world, action);
      return this.#worlds.print(action) + text;
    });
    return alone ? [...told, "and then alone"] : told;
  }

  #report(violation: string | undefined, schedule: readonly string[], exhausted = false): Exploration {
    return {
      name: this.#configuration.name,
      worlds: this.#visited.length,
      transitions: this.#transitions,
      ends: this.#ends.length,
      endsRun: this.#endsRun,
      walks: this.#walked,
      exhausted,
      steps: this.#worlds.all.made,
      replays: this.#worlds.all.replays,
      tried: this.#worlds.all.tried,
      mistakes: this.#worlds.all.mistakes,
      depth: this.#depth,
      violation,
      schedule,
    };
  }
}

function countShown(world: World): number {
  return world.places.reduce((sum, { shown }) => sum + shown.size, 0);
}

function isFault({ kind }: Action): boolean {
  return kind === "lose" || kind === "cut" || kind === "crash" || kind === "early";
}

/** A small generator of numbers in [0, 1): the same walk for the same number on every machine. */
function chanceOf(seed: number): () => number {
  let state = Math.imul(seed + 1, 0x9e3779b1);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let word = Math.imul(state ^ (state >>> 15), state | 1);
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61);
    return ((word ^ (word >>> 14)) >>> 0) / 2 ** 32;
  };
}
