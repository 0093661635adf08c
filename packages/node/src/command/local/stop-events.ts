// When a local cluster is to stop: at a signal, when whoever started it is gone, or when its time is up.
import type { Io } from "../verb.ts";

export interface StopEvents {
  /** Resolves with the reason. */
  readonly stop: Promise<string>;
  /** Resolves when somebody cannot wait for an orderly end. */
  readonly hurry: Promise<void>;
  /** Listens no longer. */
  end(): void;
}

export function stopEvents({ host }: Io, seconds: number | undefined): StopEvents {
  let stop: (reason: string) => void = () => undefined;
  let hurry: () => void = () => undefined;
  let isStopping = false;
  const stopped = new Promise<string>((resolve) => {
    stop = resolve;
  });
  const hurried = new Promise<void>((resolve) => {
    hurry = resolve;
  });
  const tell = (reason: string) => {
    if (isStopping && reason === "SIGINT") hurry();
    isStopping = true;
    stop(reason);
  };
  const events = ["SIGINT", "SIGTERM", "SIGHUP", "orphaned"] as const;
  const endings = events.map((event) => host?.on(event, () => tell(event)));
  const timer = seconds === undefined ? undefined : setTimeout(() => tell(`${seconds} s are over`), seconds * 1_000);
  return {
    stop: stopped,
    hurry: hurried,
    end() {
      clearTimeout(timer);
      for (const ending of endings) ending?.();
    },
  };
}
