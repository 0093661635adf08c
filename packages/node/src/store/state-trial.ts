// LMDB trusts the pages that it reads: where rot made nonsense of one, reading it can end the process by a signal, and so
// would every start after that. So a start leaves a mark while it opens and reads a state. Who finds the mark of another,
// which did not come to the end of that, has the state read by a process of its own first, and believes what becomes of it.
//
// The law it keeps: a state is given up only when reading it has ended a process that did nothing else. That a start was
// killed from outside says nothing about its state.
import { spawn } from "node:child_process";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";

/** Signals by which nonsense in memory ends a process, and nothing from outside usually does. */
const ENDED_BY_ITSELF: ReadonlySet<string | null> = new Set(["SIGSEGV", "SIGBUS", "SIGABRT", "SIGILL", "SIGFPE"]);

/** Reads every record of every database, in order; runs in a process of its own. */
const READER = `
  const { open } = require(process.argv[1]);
  const root = open({ path: process.argv[2], readOnly: true, maxDbs: 4 });
  for (const name of ["meta", "a", "b", "c"]) {
    const content = root.openDB({ name, encoding: "binary", keyEncoding: "binary" });
    let before;
    for (const { key } of content?.getRange({}) ?? []) {
      // A tree that leads back into itself has no end.
      if (before !== undefined && Buffer.compare(before, key) >= 0) process.abort();
      before = Buffer.from(key);
    }
  }
`;

export class StateTrial {
  readonly #path: string;
  readonly #mark: string;

  constructor(statePath: string) {
    this.#path = statePath;
    this.#mark = `${statePath}.opening`;
  }

  /** Marks that this process opens and reads the state. Answers whether that must not be tried, because it ends processes. */
  async begin(): Promise<{ readonly isDeadly: boolean }> {
    const isDeadly = existsSync(this.#mark) && (await endsItsReader(this.#path));
    if (!isDeadly) writeFileSync(this.#mark, "");
    return { isDeadly };
  }

  /** The process lives on, whatever it has found. */
  end(): void {
    rmSync(this.#mark, { force: true });
  }
}

function endsItsReader(path: string): Promise<boolean> {
  const lmdb = createRequire(import.meta.url).resolve("lmdb");
  return new Promise((resolve, reject) => {
    const reader = spawn(process.execPath, ["-e", READER, lmdb, path], { stdio: "ignore", env: {} });
    reader.once("error", reject);
    reader.once("exit", (_, signal) => resolve(ENDED_BY_ITSELF.has(signal)));
  });
}
