// What a session promises, counted: each number adds one to a count of its own, and is sent again and again, to several
// replicas at once, before and after it is answered. However often it came, the count says one.
import type { Exercise, ExerciseEnd, Stage } from "../exercise.ts";
import type { MachineClient, Step } from "../machine-client.ts";
import { numberOf, replyValue } from "../words.ts";

const COUNTS = "once";

export function once(stage: Stage): Exercise {
  const answered = new Set<string>();
  const failed = new Set<string>();

  function* go(client: MachineClient): Step {
    const token = `n${stage.unique()}`;
    const heard = yield* client.command(["HINCRBY", COUNTS, token, 1], { echo: 0.7 });
    if (heard.kind === "failed") failed.add(token);
    if (heard.kind !== "reply") return;
    answered.add(token);
    const count = numberOf(heard.reply);
    if (count !== 1) stage.complain(`one number of a session was applied ${count} times`);
  }

  function judge({ ask, complain }: ExerciseEnd): void {
    const fields = replyValue(ask("HGETALL", COUNTS)) as readonly (string | number)[];
    const found = new Map<string, number>();
    for (let at = 0; at < fields.length; at += 2) found.set(String(fields[at]), Number(fields[at + 1]));
    for (const [token, count] of found) {
      if (count !== 1) complain(`${token}, a number of a session, was applied ${count} times`);
      if (failed.has(token)) complain(`${token} was applied though its client was told that it never would be`);
    }
    for (const token of answered) if (!found.has(token)) complain(`${token} was answered and is not there`);
  }

  return {
    go,
    judge,
    get counts() {
      return { "numbers counted": answered.size };
    },
  };
}
