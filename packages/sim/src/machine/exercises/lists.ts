// Lists that are appended to and read whole: from the order of their elements the order of the appends can be read off.
import { type Exercise, LIST, type Stage } from "../exercise.ts";
import type { MachineClient, Step } from "../machine-client.ts";
import { listRead } from "../words.ts";

export function lists(stage: Stage): Exercise {
  function* go(client: MachineClient): Step {
    const key = `${LIST}${client.rng.integer(stage.spec.keys)}`;
    if (client.rng.chance(0.5)) {
      const value = stage.unique();
      const raw = client.feelsRaw();
      yield* client.observe({ f: "append", key, value }, client.command(["RPUSH", key, value], { raw }), () => ({
        type: "ok",
      }));
      return;
    }
    const words = ["LRANGE", key, 0, -1];
    const ask = client.rng.chance(0.2) ? client.command(words) : client.read(words);
    yield* client.observe({ f: "read", key, value: null }, ask, (reply) => ({ type: "ok", value: listRead(reply) }));
  }

  return { go };
}
