// A queue that several push to and several pop from: what comes out went in, once, and in that order.
import { QueueModel, type QueueOperation, queueIntervals } from "../../checkers/queue-model.ts";
import { type Interval, search } from "../../checkers/search.ts";
import type { Exercise, ExerciseEnd, Stage } from "../exercise.ts";
import type { Heard, MachineClient, Step } from "../machine-client.ts";
import { numberOf } from "../words.ts";

const QUEUE = "queue";
const BUDGET = 200_000;

export function queues(stage: Stage): Exercise {
  const operations: (QueueOperation & Interval)[] = [];
  const note = (f: QueueOperation["f"], value: number | undefined, start: number, heard: Heard): void => {
    if (heard.kind === "failed") return;
    const end = heard.kind === "unknown" ? Number.POSITIVE_INFINITY : stage.moment();
    const popped = heard.kind === "unknown" ? undefined : (numberOf(heard.reply) ?? null);
    operations.push({ f, value: f === "push" ? value : popped, start, end });
  };

  function* go(client: MachineClient): Step {
    const start = stage.moment();
    if (client.rng.chance(0.5)) {
      const value = stage.unique();
      note("push", value, start, yield* client.command(["LPUSH", QUEUE, value], { raw: client.feelsRaw() }));
    } else note("pop", undefined, start, yield* client.command(["RPOP", QUEUE]));
  }

  function judge({ complain, judgeHistories, take }: ExerciseEnd): void {
    const popped = operations.flatMap(({ f, value }) => (f === "pop" && value != null ? [value] : []));
    const twice = popped.find((value, at) => popped.indexOf(value) !== at);
    if (twice !== undefined) complain(`${twice} came out of the queue twice`);
    if (!judgeHistories || twice !== undefined) return;
    const kept = queueIntervals(operations);
    const result = search(kept, new QueueModel(kept), BUDGET);
    if (result.kind === "impossible")
      complain(`no order of ${kept.length} pushes and pops of one queue explains what came out: ${popped.join(", ")}`);
    else if (result.kind === "exhausted")
      take("safety", "queue", {
        kind: "unknown",
        report: `${kept.length} operations, gave up after ${result.steps} moves`,
      });
  }

  return {
    go,
    judge,
    get counts() {
      return { "queue operations": operations.length };
    },
  };
}
