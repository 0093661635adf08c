// The harness's side of the load generator: starts its process where the clients live, and gives it orders.
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { ROOT } from "./bundle.ts";
import type { Language, LoadReport, Order, Window, Word } from "./load/orders.ts";
import type { Place } from "./place.ts";

export class LoadGenerator {
  readonly #process: ChildProcess;
  #answered: ((word: Word) => void) | undefined;
  #ended: string | undefined;

  constructor(place: Place) {
    const loader = pathToFileURL(join(ROOT, "node_modules/tsx/dist/loader.mjs")).href;
    const program = fileURLToPath(new URL("load/load-process.ts", import.meta.url));
    const words = [process.execPath, "--conditions=@quorate/source", "--import", loader, program];
    const [first = "", ...rest] = place.atClients(words);
    this.#process = spawn(first, rest, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    this.#process.on("message", (word: Word) => this.#answered?.(word));
    this.#process.on("error", (error) => this.#end(error.message));
    this.#process.on("exit", (code, signal) => this.#end(`it ended with ${code ?? signal}`));
  }

  async connect(place: Place, connections: number, speaks: Language): Promise<void> {
    const targets = place.members.map(({ http, redis }) => ({ http, redis }));
    await this.#order({ kind: "connect", speaks, targets, connections });
  }

  /** Successful writes a second when every connection writes as fast as it is answered. */
  async flood(ms: number): Promise<number> {
    const word = await this.#order({ kind: "flood", ms });
    return word.kind === "flooded" ? word.perSecond : 0;
  }

  async steady(perSecond: number): Promise<void> {
    await this.#order({ kind: "steady", perSecond });
  }

  /** Resolves when every connection to these replicas is served again, or that time is over. */
  async served(replicas: readonly number[], ms: number): Promise<void> {
    await this.#order({ kind: "await", replicas, ms });
  }

  /** The place of the member that leads, of a system where one does. */
  async leader(): Promise<number> {
    const word = await this.#order({ kind: "leader" });
    if (word.kind !== "led") throw new Error(`the load generator said ${word.kind}`);
    return word.by;
  }

  async finish(windows: readonly Window[], history: string | undefined): Promise<LoadReport> {
    const word = await this.#order({ kind: "finish", windows, history });
    if (word.kind !== "finished") throw new Error(`the load generator said ${word.kind}`);
    return word.report;
  }

  close(): void {
    this.#process.kill("SIGKILL");
  }

  async #order(order: Order): Promise<Word> {
    const word = await new Promise<Word>((resolve) => {
      this.#answered = resolve;
      if (this.#ended !== undefined) this.#end(this.#ended);
      else this.#process.send(order);
    });
    if (word.kind === "failed") throw new Error(`the load generator could not ${order.kind}: ${word.message}`);
    return word;
  }

  #end(message: string): void {
    this.#ended = message;
    this.#answered?.({ kind: "failed", message });
  }
}
