// Readers of the change log: each goes on from its own cursor, through one replica after another, whatever happens to them.
// It sees every revision once and in order, or is told that some are gone; and no two readers see different changes.
import type { Exercise, ExerciseEnd, Stage } from "../exercise.ts";
import type { MachineClient, Step } from "../machine-client.ts";
import { errorCode, listOf, replyValue } from "../words.ts";

const READERS = 2;
const PAUSE_MS = 60;
/** Now and then a reader sleeps for so long that a short log lets go of what it has not read. */
const NAP_MS = 3_000;
const NAP_SHARE = 0.05;

export function changes(stage: Stage): Exercise {
  const seen = new Map<number, string>();
  const counts = { "changes read": 0, compacted: 0 };

  /** A change that nobody else makes, for the readers. */
  function* go(client: MachineClient): Step {
    yield* client.command(["SET", `watched:${client.rng.integer(2)}`, stage.unique()], { raw: client.feelsRaw() });
  }

  function* watch(client: MachineClient): Step {
    for (let cursor = 1; ; ) {
      // Others may still change something as long as they are amid it; only after them does nothing new mean the end.
      const isLast = stage.closing && !stage.busy;
      client.turn();
      const count = 1 + client.rng.integer(40);
      const heard = yield* client.read(["CHANGES.READ", cursor, "COUNT", count], { expects: ["COMPACTED"] });
      if (heard.kind === "reply") {
        const next = read(heard.reply, cursor, count);
        if (isLast && next === cursor) return;
        cursor = next;
        if (isLast) continue;
      }
      yield* client.sleep(client.rng.exponential(client.rng.chance(NAP_SHARE) ? NAP_MS : PAUSE_MS));
    }
  }

  function read(reply: Parameters<typeof errorCode>[0], cursor: number, count: number): number {
    if (reply.kind === "error") {
      counts.compacted += 1;
      const first = Number(/\d+$/.exec(reply.text)?.[0]);
      if (!(first > cursor)) stage.complain(`revision ${cursor} is gone, but the first that is kept is ${first}`);
      return Math.max(first, cursor + 1);
    }
    const [next, page] = listOf(reply) as readonly [number, readonly (readonly (string | number)[])[]];
    for (const [at, change] of page.entries()) {
      if (change[0] !== cursor + at) stage.complain(`revision ${change[0]} came where ${cursor + at} was due`);
      note(change);
    }
    if (next !== cursor + page.length || page.length > count)
      stage.complain(`a page of ${page.length} from revision ${cursor} goes on at ${next}`);
    counts["changes read"] += page.length;
    return next;
  }

  function note(change: readonly (string | number)[]): void {
    const revision = Number(change[0]);
    const text = change.join(" ");
    const before = seen.get(revision) ?? text;
    if (before !== text) stage.complain(`revision ${revision} is "${text}" to one reader and "${before}" to another`);
    seen.set(revision, text);
  }

  function judge({ ask, complain }: ExerciseEnd): void {
    const [first, last] = listOf(ask("CHANGES.RANGE")) as readonly [number, number];
    for (let cursor = first; cursor <= last; ) {
      const reply = ask("CHANGES.READ", cursor, "COUNT", 1_000);
      if (errorCode(reply) !== undefined) {
        complain(`the change log holds ${first} to ${last}, but reading from ${cursor} is ${replyValue(reply)}`);
        return;
      }
      cursor = read(reply, cursor, 1_000);
    }
    for (const revision of seen.keys())
      if (revision > last) complain(`revision ${revision} was read, but the last one is ${last}`);
  }

  return { go, watch, watchers: READERS, judge, counts };
}
