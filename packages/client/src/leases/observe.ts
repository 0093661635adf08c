// Observes an election: who has won it, now and whenever that changes.
import type { Client } from "../client.ts";

export interface Winner {
  readonly candidate: string;
  /** The fencing token of the office. */
  readonly token: number;
}

/** The winner now, then each change of it; null while nobody holds the office. */
export function observe(client: Client, name: string, signal?: AbortSignal): AsyncIterableIterator<Winner | null> {
  const watch = client.watch(signal === undefined ? { key: name } : { key: name, signal });
  const winners = (async function* (): AsyncGenerator<Winner | null> {
    let last: Winner | null | undefined;
    await watch.started;
    for (;;) {
      const holder = (await client.electionWinner(name))?.holders[0];
      const winner = holder === undefined ? null : { candidate: holder.owner, token: holder.token };
      if (winner?.token !== last?.token || last === undefined) yield winner;
      last = winner;
      for (;;) {
        const { done, value } = await watch.next();
        if (done === true) return;
        // Of what is past already, the state has told.
        if (value.event !== "waiting" && value.event !== "extended") break;
      }
    }
  })();
  return {
    next: () => winners.next(),
    async return() {
      await watch.return();
      return await winners.return(undefined);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
