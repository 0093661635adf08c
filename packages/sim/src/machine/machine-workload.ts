// The real machine under clients that use it as people do: values, lists, queues, transactions, leases, timers, sessions,
// limits and the change log, all at once. A custom machine, or modules of one's own, take the same place.
import type { Batch, Machine } from "@quorate/core";
import {
  type CommandFamily,
  createMachine,
  type Digester,
  type KeyValueMachine,
  type MachineConfig,
  MemoryStore,
  type Reply,
} from "@quorate/machine";
import { checkDurability } from "../checkers/durability.ts";
import { judgeLinearizable } from "../checkers/linearizable.ts";
import { judgeSerializable } from "../checkers/serializable.ts";
import { pairOperations } from "../history/operation.ts";
import { checkRepetitions } from "../run/judge-repetitions.ts";
import type { Clients, CommandEffect, RunEnd, Workload, WorkloadHost } from "../workload/workload.ts";
import type { ProcessObserver, SimulatedProcess } from "../world/process.ts";
import { CommandLog } from "./command-log.ts";
import { type Change, type Exercise, type ExerciseEnd, type ExerciseFactory, LIST, type Stage } from "./exercise.ts";
import { EXERCISES } from "./exercises/index.ts";
import { MachineClient } from "./machine-client.ts";
import { listOf, wordsOf } from "./words.ts";

export interface WeightedExercise {
  readonly of: ExerciseFactory;
  readonly weight: number;
}

export interface MachineWorkloadOptions {
  /** What clients do, and how often, relative to each other. Left out: everything that the built-in machine can do. */
  readonly exercises?: readonly WeightedExercise[];
  /** Families of commands besides the built-in ones. */
  readonly families?: readonly CommandFamily[];
  readonly config?: Partial<MachineConfig>;
  /** The machine's own unless given. */
  readonly digester?: Digester;
  /** Changes each machine before it is used; canaries break a rule here. */
  readonly prepare?: (machine: KeyValueMachine) => void;
}

export function machineWorkload(options: MachineWorkloadOptions = {}): Workload<Reply> {
  return {
    createMachine(): Machine<Reply> {
      const { config, digester, families, prepare } = options;
      const machine = createMachine({
        store: new MemoryStore(),
        ...(config === undefined ? {} : { config }),
        ...(families === undefined ? {} : { families }),
        ...(digester === undefined ? {} : { digester }),
      });
      prepare?.(machine);
      return machine;
    },
    open: (host) => new MachineClients(host, options.exercises ?? EXERCISES.map((of) => ({ of, weight: 1 }))),
  };
}

class MachineClients implements Clients<Reply>, Stage {
  readonly #host: WorkloadHost<Reply>;
  readonly #log: CommandLog;
  readonly #complaints = new Set<string>();
  readonly #counts = new Map<string, number>();
  readonly #exercises: readonly Exercise[];
  /** An exercise as often as its weight says. */
  readonly #lots: readonly Exercise[];
  readonly #clients: readonly MachineClient[];
  readonly #watchers: readonly { readonly client: MachineClient; readonly exercise: Exercise }[];
  #unique = 0;
  #moment = 0;
  readonly observer: Partial<ProcessObserver<Reply>> = {
    started: (process, how) => how !== "fresh" && this.#scrub(process, "after a start"),
    restored: (process) => this.#scrub(process, "after taking a snapshot"),
  };

  constructor(host: WorkloadHost<Reply>, exercises: readonly WeightedExercise[]) {
    this.#host = host;
    this.#log = new CommandLog((text) => this.complain(text));
    this.#exercises = exercises.map(({ of }) => of(this));
    this.#lots = exercises.flatMap(({ weight }, at) => new Array<Exercise>(weight).fill(this.#exercises[at]!));
    const client = (number: number): MachineClient =>
      new MachineClient(
        host,
        {
          complain: (text) => this.complain(text),
          unique: () => this.unique(),
          count: (name) => this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1),
          isClosing: () => this.closing,
        },
        number,
        host.chance.fork(`client ${number}`),
      );
    this.#clients = Array.from({ length: host.spec.clients }, (_, number) => client(number));
    this.#watchers = this.#exercises
      .flatMap((exercise) => new Array<Exercise>(exercise.watchers ?? 0).fill(exercise))
      .map((exercise, at) => ({ exercise, client: client(host.spec.clients + at) }));
  }

  get now(): number {
    return this.#host.now;
  }

  get spec(): WorkloadHost<Reply>["spec"] {
    return this.#host.spec;
  }

  get closing(): boolean {
    return !this.#host.open;
  }

  get busy(): boolean {
    return this.#clients.some(({ busy }) => busy);
  }

  get waiting(): number {
    return [...this.#clients, ...this.#watchers.map(({ client }) => client)].filter(({ busy }) => busy).length;
  }

  unique(): number {
    return ++this.#unique;
  }

  moment(): number {
    return ++this.#moment;
  }

  complain(text: string): void {
    this.#complaints.add(text);
  }

  start(): void {
    for (const client of this.#clients) this.#next(client);
    for (const { client, exercise } of this.#watchers) {
      if (exercise.watch !== undefined) client.run(exercise.watch(client), () => undefined);
    }
  }

  effects(batch: Batch, replies: readonly (readonly Reply[])[]): readonly CommandEffect[] {
    return this.#log.effects(batch, replies);
  }

  judge(end: RunEnd<Reply>): void {
    const { broken, judgeHistories, recorder, replicas, take, told } = end;
    const { applied } = recorder;
    take("safety", "repetitions", checkRepetitions(applied));
    take("safety", "durability", checkDurability({ told, applied }));
    for (const process of replicas) if (process.running) this.#scrub(process, "at the end");
    const furthest = replicas.filter(({ running }) => running).sort((left, right) => right.index - left.index)[0];
    if (!broken && furthest !== undefined) this.#judgeExercises(end, furthest);
    for (const text of this.#complaints) end.complain({ kind: "safety", text });
    // What is wrong already makes histories wrong, and the search for their smallest part tells nothing new.
    if (broken || !judgeHistories || this.#complaints.size > 0) return;
    const operations = pairOperations(this.#host.history.events);
    const single = operations.filter(({ f }) => f !== "txn");
    const isList = ({ key }: { readonly key: string }): boolean => key.startsWith(LIST);
    take("safety", "lists", judgeLinearizable(single.filter(isList), { model: "list" }));
    const registers = single.filter((operation) => !isList(operation));
    take("safety", "linearizability", judgeLinearizable(registers, { model: "register" }));
    take("safety", "serializability", judgeSerializable(operations.filter(({ f }) => f === "txn")));
  }

  get counts(): Readonly<Record<string, number>> {
    const counts = new Map([
      ...this.#counts,
      ["repetitions recognised", this.#log.repetitions],
      ["late", this.#log.late],
    ]);
    for (const exercise of this.#exercises) {
      for (const [name, count] of Object.entries(exercise.counts ?? {}))
        counts.set(name, (counts.get(name) ?? 0) + count);
    }
    return Object.fromEntries([...counts].sort(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0)));
  }

  #next(client: MachineClient): void {
    this.#host.after(client.rng.exponential(this.#host.spec.thinkMs), () => {
      if (this.closing) return;
      client.roam();
      client.run(client.rng.pick(this.#lots).go(client), () => this.#next(client));
    });
  }

  #judgeExercises(
    { clocksRight, expiryLateMs, judgeHistories, take }: RunEnd<Reply>,
    replica: SimulatedProcess<Reply>,
  ): void {
    const ask: ExerciseEnd["ask"] = (...words) => {
      const answer = replica.machine.query(wordsOf(words), 0);
      if ("reply" in answer) return answer.reply;
      throw new Error(`${words.join(" ")} met a deadline at ${answer.deadline}, though no clock has reached it`);
    };
    const end: ExerciseEnd = {
      clocksRight,
      expiryLateMs,
      judgeHistories,
      take,
      log: this.#log,
      changes: readChanges(ask),
      complain: (text) => this.complain(text),
      ask,
    };
    for (const exercise of this.#exercises) exercise.judge?.(end);
  }

  /** A state must hold what its commits have counted. */
  #scrub({ machine, self }: SimulatedProcess<Reply>, when: string): void {
    const { scrub } = machine as Partial<KeyValueMachine>;
    if (scrub === undefined) return;
    this.#counts.set("scrubs", (this.#counts.get("scrubs") ?? 0) + 1);
    if (!scrub.call(machine)) this.complain(`replica ${self} does not hold what its commits have counted, ${when}`);
  }
}

function readChanges(ask: ExerciseEnd["ask"]): readonly Change[] {
  const [first, last] = listOf(ask("CHANGES.RANGE")) as readonly [number, number];
  const changes: Change[] = [];
  for (let cursor = first; cursor <= last; ) {
    const [next, page] = listOf(ask("CHANGES.READ", cursor, "COUNT", 1_000)) as readonly [
      number,
      readonly (readonly [number, string, string | number, number])[],
    ];
    changes.push(...page.map(([, event, key, index]) => ({ event, key: String(key), index })));
    if (!(next > cursor)) break;
    cursor = next;
  }
  return changes;
}
