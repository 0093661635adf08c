// Runs the command as tests want it: in this process, with everything that it says kept, and told what a test tells it.
import { runCommand } from "../../src/command/run.ts";
import type { Host, HostEvent } from "../../src/command/verb.ts";

export interface Run {
  readonly code: Promise<number>;
  /** All that was said so far. */
  readonly said: { stdout: string; stderr: string };
  /** What the process would have told whoever started it. */
  readonly news: object[];
  /** The codes with which it wanted to end at once. */
  readonly exits: number[];
  /** Tells it something, as the operating system would. */
  tell(event: HostEvent): void;
  /** Resolves when it told news of that kind. */
  heard(kind: string): Promise<void>;
}

export interface RunEnvironment {
  readonly env?: Readonly<Record<string, string>>;
  readonly interactive?: boolean;
  readonly self?: readonly string[];
}

export function start(argv: readonly string[], { env = {}, interactive = false, self = [] }: RunEnvironment = {}): Run {
  const said = { stdout: "", stderr: "" };
  const news: { readonly kind?: string }[] = [];
  const exits: number[] = [];
  const listeners = new Map<HostEvent, Set<() => void>>();
  const host: Host = {
    self,
    interactive,
    on(event, listener) {
      const all = listeners.get(event) ?? new Set();
      listeners.set(event, all.add(listener));
      return () => void all.delete(listener);
    },
    tell: (message) => void news.push(message),
    exit: (code) => void exits.push(code),
  };
  const io = {
    stdout: (text: string) => void (said.stdout += text),
    stderr: (text: string) => void (said.stderr += text),
    env,
    host,
  };
  const code = runCommand(argv, io);
  let isOver = false;
  void code.then(() => {
    isOver = true;
  });
  return {
    code,
    said,
    news,
    exits,
    tell(event) {
      for (const listener of listeners.get(event) ?? []) listener();
    },
    async heard(kind) {
      while (!news.some((one) => one.kind === kind)) {
        if (isOver) throw new Error(`it ended before it told ${kind}: ${said.stderr}`);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
  };
}

export async function run(...argv: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const { code, said } = start(argv);
  return { code: await code, ...said };
}
