// Who is served now, and who waits. A connection's requests are carried out one after the other, in the order in which
// they came: what a client pipelines happens in its order, and nobody gets more done at once by sending more at once. A
// connection may have a few requests waiting, all together many; a full door still takes the first request of every
// connection, so that one client's flood is not another one's outage.
import type { Socket } from "node:net";
import type { HttpLimits } from "./limits.ts";
import { type HttpProblem, problem } from "./problem.ts";

export type AdmissionLimits = Pick<HttpLimits, "pipelinedMax" | "requestsMax" | "responseBytesTotalMax">;

/** A request that was taken. */
export interface Place {
  /** Resolves when the requests before it are done with. */
  readonly turn: Promise<void>;
  /** It is answered, or its client is gone. */
  leave(): void;
}

interface Queue {
  open: number;
  last: Promise<void>;
}

export class Admission {
  readonly #limits: AdmissionLimits;
  readonly #queues = new WeakMap<Socket, Queue>();
  readonly #memory: { readonly bytes: number };
  #total = 0;

  /** `memory` counts what is held for clients. */
  constructor(limits: AdmissionLimits, memory: { readonly bytes: number }) {
    this.#limits = limits;
    this.#memory = memory;
  }

  /** Takes a request, or says why not. */
  enter(socket: Socket): Place | HttpProblem {
    const queue = this.#queues.get(socket) ?? { open: 0, last: Promise.resolve() };
    const { pipelinedMax, requestsMax, responseBytesTotalMax } = this.#limits;
    if (queue.open >= pipelinedMax)
      return problem("TOOMANYREQUESTS", `a connection has at most ${pipelinedMax} requests open; wait for answers`, {
        headers: { Connection: "close" },
      });
    if (this.#total >= requestsMax && queue.open > 0)
      return problem("OVERLOADED", "this replica has as many requests open as it may; send it again in a moment");
    if (this.#memory.bytes > responseBytesTotalMax)
      return problem("OVERLOADED", "too many answers wait to be read; send it again in a moment");
    this.#queues.set(socket, queue);
    queue.open++;
    this.#total++;
    const turn = queue.last;
    let leave = (): void => {};
    queue.last = new Promise((resolve) => {
      leave = () => {
        queue.open--;
        this.#total--;
        resolve();
      };
    });
    return { turn, leave };
  }
}
