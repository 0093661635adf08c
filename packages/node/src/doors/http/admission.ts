// Who is served now, and who is told to wait. A connection may have a few requests open, all together many; a full door
// still takes the first request of every connection, so that one client's flood is not another one's outage.
import type { Socket } from "node:net";
import type { HttpLimits } from "./limits.ts";
import { type HttpProblem, problem } from "./problem.ts";

export class Admission {
  readonly #limits: Pick<HttpLimits, "pipelinedMax" | "requestsMax">;
  readonly #open = new WeakMap<Socket, number>();
  #total = 0;

  constructor(limits: Pick<HttpLimits, "pipelinedMax" | "requestsMax">) {
    this.#limits = limits;
  }

  /** Requests that are not answered yet. */
  get total(): number {
    return this.#total;
  }

  /** Counts a request in; or says why not. */
  enter(socket: Socket): HttpProblem | undefined {
    const open = this.#open.get(socket) ?? 0;
    const { pipelinedMax, requestsMax } = this.#limits;
    if (open >= pipelinedMax)
      return problem("TOOMANYREQUESTS", `a connection has at most ${pipelinedMax} requests open; wait for answers`, {
        headers: { Connection: "close" },
      });
    if (this.#total >= requestsMax && open > 0)
      return problem("OVERLOADED", "this replica has as many requests open as it may; send it again in a moment");
    this.#open.set(socket, open + 1);
    this.#total++;
    return undefined;
  }

  leave(socket: Socket): void {
    this.#open.set(socket, (this.#open.get(socket) ?? 1) - 1);
    this.#total--;
  }
}
