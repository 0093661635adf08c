// Transactions over several lists, as MULTI and EXEC make them; some watch what they read, and must fail when it changed.
// What a watched transaction read beforehand counts as read in the moment of its EXEC.
import type { Step as HistoryStep, Value } from "../../history/event.ts";
import type { Exercise, Stage } from "../exercise.ts";
import type { MachineClient, Step } from "../machine-client.ts";
import { listOf, queued, replyValue } from "../words.ts";

export function transactions(stage: Stage): Exercise {
  const counts = { "watched transactions that failed": 0, "watched transactions": 0 };

  function* go(client: MachineClient): Step {
    yield* client.rng.chance(0.4) ? watched(client) : plain(client);
  }

  function* plain(client: MachineClient): Step {
    const steps = Array.from({ length: 1 + client.rng.integer(3) }, (): HistoryStep => {
      const key = keyOf(client);
      return client.rng.chance(0.5) ? ["r", key, null] : ["append", key, stage.unique()];
    });
    const raw = steps.some(([f]) => f === "append") && client.feelsRaw();
    const ask = client.command(["TXN.EXEC", 0, ...steps.flatMap(commandOf)], { raw });
    yield* client.observe({ f: "txn", value: steps }, ask, (reply) => ({
      type: "ok",
      value: answered(steps, replyValue(reply) as readonly Value[]),
    }));
  }

  function* watched(client: MachineClient): Step {
    const keys = [...new Set([keyOf(client), keyOf(client)])];
    const append: HistoryStep = ["append", client.rng.pick(keys), stage.unique()];
    const reads = keys.map((key): HistoryStep => ["r", key, null]);
    const seen: HistoryStep[] = [];
    const ask = function* (): ReturnType<MachineClient["command"]> {
      const range = yield* client.read(["CHANGES.RANGE"]);
      if (range.kind !== "reply") return { kind: "failed" };
      const revision = Number(listOf(range.reply)[1]);
      for (const key of keys) {
        client.roam();
        const read = yield* client.read(["LRANGE", key, 0, -1]);
        if (read.kind !== "reply") return { kind: "failed" };
        seen.push(["r", key, listOf(read.reply)]);
      }
      client.roam();
      const watching = keys.flatMap((key) => [key, revision]);
      return yield* client.command(["TXN.EXEC", keys.length, ...watching, ...commandOf(append)], {
        raw: client.feelsRaw(),
      });
    };
    counts["watched transactions"] += 1;
    yield* client.observe({ f: "txn", value: [...reads, append] }, ask(), (reply) => {
      if (reply.kind === "array") return { type: "ok", value: [...seen, append] };
      counts["watched transactions that failed"] += 1;
      return { type: "fail" };
    });
  }

  const keyOf = ({ rng }: MachineClient): string => `t${rng.integer(stage.spec.keys)}`;

  return { go, counts };
}

function commandOf([f, key, value]: HistoryStep): readonly (string | number)[] {
  return f === "r" ? queued("LRANGE", key, 0, -1) : queued("RPUSH", key, Number(value));
}

function answered(steps: readonly HistoryStep[], replies: readonly Value[]): readonly HistoryStep[] {
  return steps.map(([f, key, value], at) => [f, key, f === "r" ? (replies[at] ?? null) : value]);
}
