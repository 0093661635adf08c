// Waits for a replica to be of use: it is open before it can serve, since that takes the others.
import type { RunningReplica } from "../running-replica.ts";

const LOOK_MS = 10;

/** Resolves when linearizable operations can be served; rejects when the replica stops before, or the signal fires. */
export async function whenReady(
  replica: RunningReplica,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<void> {
  let end: { readonly failure: Error | undefined } | undefined;
  void replica.stopped.then((stopped) => {
    end = stopped;
  });
  while (!replica.ready().ready) {
    signal?.throwIfAborted();
    if (end !== undefined) throw end.failure ?? new Error(`${replica.name} was closed before it was ready`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
