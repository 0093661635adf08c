// The toy machine under its clients: small, quick, and with every kind of mistake in reach that a log can make. It is what
// runs when a scenario names nothing else.
import type { Batch, Machine } from "@quorate/core";
import { checkDurability } from "../checkers/durability.ts";
import { judgeLinearizable } from "../checkers/linearizable.ts";
import { judgeSerializable } from "../checkers/serializable.ts";
import { Client } from "../client/client.ts";
import { OperationSource } from "../client/workload.ts";
import { pairOperations } from "../history/operation.ts";
import { HistoryRecorder } from "../history/recorder.ts";
import { checkExpiry } from "../run/judge-expiry.ts";
import { checkRepetitions } from "../run/judge-repetitions.ts";
import type { Clients, CommandEffect, RunEnd, Workload, WorkloadHost } from "../workload/workload.ts";
import { ToyMachine, type ToyMutations } from "./toy-machine.ts";
import type { ToyReply } from "./toy-reply.ts";

export const TOY_WORKLOAD: Workload<ToyReply> = toyWorkload();

/** The same with a rule of the machine broken. */
export function toyWorkload(mutations: ToyMutations = {}): Workload<ToyReply> {
  return {
    createMachine: (): Machine<ToyReply> => new ToyMachine(mutations),
    open: (host) => new ToyClients(host),
  };
}

class ToyClients implements Clients<ToyReply> {
  readonly #host: WorkloadHost<ToyReply>;
  readonly #source: OperationSource;
  /** The history of keys whose values expire. */
  readonly #lent = new HistoryRecorder();
  readonly #clients: readonly Client[];

  constructor(host: WorkloadHost<ToyReply>) {
    const { chance, spec } = host;
    this.#host = host;
    this.#source = new OperationSource(spec, chance.fork("operations"));
    this.#clients = Array.from(
      { length: spec.clients },
      (_, number) => new Client(host, this.#source, this.#lent, number, chance.fork(`client ${number}`)),
    );
  }

  start(): void {
    for (const client of this.#clients) client.start();
  }

  get waiting(): number {
    return this.#clients.filter(({ busy }) => busy).length;
  }

  effects(_batch: Batch, replies: readonly (readonly ToyReply[])[]): readonly CommandEffect[] {
    return replies.flat();
  }

  judge({ broken, clocksRight, expiryLateMs, judgeHistories, recorder, take, told }: RunEnd<ToyReply>): void {
    const repetitions = checkRepetitions(recorder.applied);
    take("safety", "repetitions", repetitions);
    const durability = checkDurability({ told, applied: recorder.applied });
    take("safety", "durability", durability);
    // Where the logs differ the histories must, and the search for the smallest part of them that is wrong tells nothing new.
    if (!judgeHistories || broken || repetitions.kind !== "holds" || durability.kind !== "holds") return;
    const operations = pairOperations(this.#host.history.events);
    take("safety", "linearizability", judgeLinearizable(operations.filter(({ f }) => f !== "txn")));
    take("safety", "serializability", judgeSerializable(operations.filter(({ f }) => f === "txn")));
    const { events } = this.#lent;
    const clocks = { clocksRight, expiryLateMs };
    take("safety", "expiry", checkExpiry(pairOperations(events), events, this.#source.ttls, clocks));
  }
}
