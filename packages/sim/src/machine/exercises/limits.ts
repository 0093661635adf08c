// Stock that is never sold twice, and rates that are never exceeded: both are counted in what clients were told and in what
// the log says.
import type { Millis } from "@quorate/core";
import type { Exercise, ExerciseEnd, Stage } from "../exercise.ts";
import type { MachineClient, Step } from "../machine-client.ts";
import { listOf, numberOf, replyValue } from "../words.ts";

const STOCK = 20;
const RATE = "rate";
const LIMIT = 5;
const WINDOW_MS = 400;

interface Shelf {
  readonly key: string;
  /** What was left after each sale that a client knows of. */
  readonly left: number[];
  begun: number;
  unknown: number;
}

export function limits(stage: Stage): Exercise {
  const shelves: Shelf[] = [{ key: "stock:0", left: [], begun: 0, unknown: 0 }];
  const counts = { sales: 0, "sold out": 0, "takes allowed": 0, "takes refused": 0 };

  function* go(client: MachineClient): Step {
    yield* client.rng.chance(0.5) ? sale(client) : take(client);
  }

  function* sale(client: MachineClient): Step {
    const shelf = shelves.at(-1)!;
    const { key, left } = shelf;
    if (left.length === 0) {
      const filled = yield* client.command(["SET", key, STOCK, "NX"]);
      if (filled.kind !== "reply") return;
    }
    shelf.begun += 1;
    const heard = yield* client.command(["COUNTER.ADD", key, -1, "MIN", 0]);
    if (heard.kind === "unknown") shelf.unknown += 1;
    if (heard.kind !== "reply") return;
    const now = numberOf(heard.reply);
    if (now !== undefined) {
      counts.sales += 1;
      left.push(now);
      return;
    }
    counts["sold out"] += 1;
    if (shelf.begun <= STOCK)
      stage.complain(`${key} is sold out, but of ${STOCK} only ${shelf.begun - 1} can have been sold`);
    if (shelf === shelves.at(-1)) shelves.push({ key: `stock:${shelves.length}`, left: [], begun: 0, unknown: 0 });
  }

  function* take(client: MachineClient): Step {
    const heard = yield* client.command(["RATE.TAKE", RATE, LIMIT, WINDOW_MS]);
    if (heard.kind !== "reply") return;
    const [allowed] = listOf(heard.reply);
    counts[allowed === 1 ? "takes allowed" : "takes refused"] += 1;
  }

  function judge({ ask, complain, log }: ExerciseEnd): void {
    for (const { key, left, unknown } of shelves) {
      if (new Set(left).size !== left.length) complain(`one piece of ${key} was sold twice: ${left.join(", ")}`);
      const rest = replyValue(ask("GET", key));
      if (rest === null) continue;
      const sold = STOCK - Number(rest);
      if (Number(rest) < 0 || sold < left.length || sold > left.length + unknown)
        complain(`${key} has ${rest} left of ${STOCK}, and ${left.length} were sold for certain, ${unknown} perhaps`);
    }
    const taken = log.commands
      .filter(({ reply, words }) => words[0] === "RATE.TAKE" && listOf(reply)[0] === 1)
      .map(({ start }) => start)
      .sort((left, right) => left - right);
    const excess = firstExcess(taken);
    if (excess !== undefined) complain(excess);
  }

  return { go, judge, counts };
}

/** So many may be taken at once, and then as many in every window: never more between any two takes. */
function firstExcess(taken: readonly Millis[]): string | undefined {
  for (let from = 0; from < taken.length; from++) {
    for (let to = from + LIMIT; to < taken.length; to++) {
      const lasts = taken[to]! - taken[from]!;
      // One more for what is rounded.
      const most = LIMIT + (lasts * LIMIT) / WINDOW_MS + 1;
      if (to - from + 1 > most)
        return `${to - from + 1} were taken within ${lasts} ms, of ${LIMIT} each ${WINDOW_MS} ms`;
      if (lasts > WINDOW_MS * 4) break;
    }
  }
  return undefined;
}
