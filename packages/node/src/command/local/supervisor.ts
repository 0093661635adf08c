// Runs each replica of a local cluster as a process of its own, tells of those that die, and starts them again.
//
// The laws it keeps: no replica outlives this process: each holds a channel to it that closes with it, however it ends
// (start/run-replica.ts); a replica that refuses to run (configuration, corruption, a directory in use) is not started
// over and over; everything is stopped before `run` resolves.
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { flagOf } from "../../config/settings.ts";
import { printDuration } from "../../report/print-duration.ts";
import { commandName } from "../command-name.ts";
import { EXIT } from "../exit-code.ts";
import type { ReplicaNews } from "../start/run-replica.ts";
import type { Io } from "../verb.ts";
import type { LocalClusterFiles, LocalMember } from "./open-local-cluster.ts";
import type { StopEvents } from "./stop-events.ts";

export interface SupervisorOptions {
  readonly io: Io;
  readonly events: StopEvents;
  /** Whether one that died is started again. */
  readonly restart: boolean;
}

/** Long enough to see that it is gone. */
const RESTART_MS = 3_000;
const RESTART_MS_MAX = 60_000;
/** Who lived that long did not die of its own start. */
const SOUND_MS = 30_000;
/** When to show the cluster even if a few replicas are still on their way. */
const SHOW_MS = 4_000;
const STOP_MS = 10_000;
const OPENS: readonly ReplicaNews["kind"][] = ["open", "ready"];

/** What a person should do about an exit that starting again cannot mend. */
const REFUSALS: Readonly<Record<number, (member: LocalMember, command: string) => string>> = {
  [EXIT.usage!]: () => "this should not have happened",
  [EXIT.configuration!]: ({ config }) => `look at ${config}`,
  [EXIT.corruption!]: ({ config }, command) =>
    `rebuild it from the others: ${command} start --config ${config} --rebuild`,
  [EXIT.dataDirectoryInUse!]: ({ name }) => `another process runs ${name} on this directory: stop that one`,
};

class Child {
  readonly member: LocalMember;
  process: ChildProcess | undefined;
  startedAt = 0;
  pauseMs: number = RESTART_MS;
  timer: NodeJS.Timeout | undefined;
  isReady = false;
  isOut = false;

  constructor(member: LocalMember) {
    this.member = member;
  }
}

/** A replica did not come up with its cluster. */
export class ReplicaFailure extends Error {
  override readonly name: string = "ReplicaFailure";
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

const CODES: Readonly<Record<number, string>> = {
  [EXIT.configuration!]: "configuration",
  [EXIT.corruption!]: "corruption",
  [EXIT.dataDirectoryInUse!]: "data-directory-in-use",
};

export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #children: readonly Child[];
  #isStopping = false;
  #isShown = false;
  #changed: () => void = () => undefined;
  #failure: ReplicaFailure | undefined;

  constructor({ members }: LocalClusterFiles, options: SupervisorOptions) {
    this.#options = options;
    this.#children = members.map((member) => new Child(member));
  }

  /** Starts all, shows them, and keeps them running until told to stop. */
  async run(show: (pids: ReadonlyMap<string, number>) => void): Promise<void> {
    const { events, io } = this.#options;
    let isTold = false;
    void events.stop.then(() => {
      isTold = true;
      this.#changed();
    });
    for (const child of this.#children) this.#start(child);
    let isLate = false;
    let isPatient = false;
    const patience = setTimeout(() => {
      isLate = true;
      this.#changed();
    }, SHOW_MS);
    try {
      while (!isTold && this.#failure === undefined) {
        const late = this.#children.filter(({ isReady }) => !isReady).map(({ member }) => member.name);
        const isUp = late.length === 0 || (isLate && late.length * 2 < this.#children.length);
        if (isUp && !this.#isShown) {
          this.#isShown = true;
          show(this.#pids());
          if (late.length > 0) io.stderr(`quorate: still on their way: ${late.join(", ")}\n`);
        } else if (isLate && !isPatient && !this.#isShown) {
          isPatient = true;
          io.stderr(`quorate: still starting ${late.join(", ")}; this machine is busy\n`);
        }
        await new Promise<void>((resolve) => {
          this.#changed = resolve;
        });
      }
    } finally {
      clearTimeout(patience);
      if (isTold) io.stderr("quorate: stopping\n");
      await this.#stop();
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  #pids(): ReadonlyMap<string, number> {
    return new Map(this.#children.flatMap(({ member, process }) => (process?.pid ? [[member.name, process.pid]] : [])));
  }

  #start(child: Child): void {
    const { config, flags, log } = child.member;
    const [program = "", ...words] = this.#options.io.host?.self ?? [];
    const settings = [...flags].flatMap(([key, value]) => [`--${flagOf(key)}`, value]);
    const output = openSync(log, "a", 0o600);
    const started = spawn(program, [...words, "start", "--config", config, ...settings], {
      stdio: ["ignore", output, output, "ipc"],
      env: cleanEnvironment(this.#options.io.env ?? {}),
    });
    closeSync(output);
    child.process = started;
    child.startedAt = performance.now();
    child.isReady = false;
    started.on("message", ({ kind }: ReplicaNews) => {
      if (!OPENS.includes(kind)) return;
      if (kind === "ready") child.isReady = true;
      this.#changed();
    });
    started.once("error", (error) => this.#ended(child, started, error.message));
    started.once("exit", (code, signal) => this.#ended(child, started, code ?? signal ?? "?"));
  }

  #ended(child: Child, ended: ChildProcess, how: number | string): void {
    if (child.process !== ended) return;
    child.process = undefined;
    child.isReady = false;
    if (this.#isStopping) {
      this.#changed();
      return;
    }
    const { member } = child;
    const livedMs = performance.now() - child.startedAt;
    const words = typeof how === "number" ? `exited with code ${how}` : `was ended by ${how}`;
    const refusal = typeof how === "number" ? REFUSALS[how] : undefined;
    const said = typeof how === "number" && how !== 0 ? lastWords(member.log) : "";
    const what = `${member.name} (process ${ended.pid ?? "-"}) ${words} after ${printDuration(livedMs)}${said}`;
    if (refusal !== undefined) {
      child.isOut = true;
      const told = `${what}; ${refusal(member, commandName(this.#options.io))}`;
      // Before anybody was shown a cluster, one that refuses to run is the answer to the whole command.
      if (!this.#isShown) this.#failure ??= new ReplicaFailure(CODES[how as number] ?? "failed", told);
      else this.#say(told);
      this.#changed();
      return;
    }
    if (!this.#options.restart) {
      child.isOut = true;
      this.#say(`${what}; start it again with: ${commandName(this.#options.io)} start --config ${member.config}`);
      this.#changed();
      return;
    }
    child.pauseMs = livedMs >= SOUND_MS ? RESTART_MS : child.pauseMs;
    this.#say(`${what}; it is started again in ${printDuration(child.pauseMs)}`);
    child.timer = setTimeout(() => {
      this.#start(child);
      this.#say(`${member.name} is started again (process ${child.process?.pid ?? "-"})`);
    }, child.pauseMs);
    child.pauseMs = Math.min(RESTART_MS_MAX, child.pauseMs * 2);
    this.#changed();
  }

  async #stop(): Promise<void> {
    this.#isStopping = true;
    for (const { process, timer } of this.#children) {
      clearTimeout(timer);
      process?.kill("SIGTERM");
    }
    const kill = () => {
      for (const { process } of this.#children) process?.kill("SIGKILL");
    };
    void this.#options.events.hurry.then(kill);
    const deadline = setTimeout(kill, STOP_MS);
    while (this.#children.some(({ process }) => process !== undefined)) {
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
    clearTimeout(deadline);
  }

  #say(text: string): void {
    this.#options.io.stderr(`quorate: ${text}\n`);
  }
}

/** Variables of this process that are settings of a replica would speak to every one of them. */
function cleanEnvironment(env: NonNullable<Io["env"]>): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith("QUORATE_")));
}

/** The last line of a log that is an error's, in short. */
function lastWords(path: string): string {
  const lines = readFileSync(path, "utf8").trimEnd().split("\n").slice(-20);
  const at = lines.findLastIndex((one) => one.startsWith("quorate: ") || one.includes('"level":"error"'));
  const line = lines[at];
  if (line === undefined) return "";
  // Several lines where several things are wrong with a configuration.
  if (line.startsWith("quorate: ")) return `: ${lines.slice(at).join("\n").slice("quorate: ".length)}`;
  try {
    const { msg, error } = JSON.parse(line) as { readonly msg?: string; readonly error?: unknown };
    return `: ${msg ?? ""}${typeof error === "string" ? `: ${error}` : ""}`;
  } catch {
    return "";
  }
}
