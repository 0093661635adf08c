// `quorate decide`: the verdict of every slot of DAGs that somebody wrote down, each with its reason. What it answers is
// the oracle's word: the rule as docs/protocol.md has it, applied to the whole file.
import { type DagAnswer, decideDagFile, parseDagFile, printOutcome, unmetExpectations } from "@quorate/sim";
import { EXIT } from "./exit-code.ts";
import { failureOf } from "./failure.ts";
import { nameOf, readText } from "./read-text.ts";
import { columns } from "./text.ts";
import type { Io, Verb } from "./verb.ts";

export const decide: Verb = {
  name: "decide",
  summary: "verdict of every slot of DAG files, with the reason",
  flags: {},
  operands: { name: "FILE…", min: 1, max: Number.POSITIVE_INFINITY },
  details: `files
  A DAG as text (a line a round) or as JSON; - is standard input. docs/dag-files.md describes both forms.
  A file whose blocks break a structural rule is refused, with the block and the rule; the others are still
  decided, and the exit code is ${EXIT.failed} at the end. It is ${EXIT.failed} too when a verdict is not what an "expect" line says.

--json prints one line for each file, in the order given
  { slots: [{ slot: { round, author }, verdict: "commit" | "skip" | "undecided",
              block?, how?: "direct" | "indirect", because }] }
  with unmet: [text] beside slots where expectations are not met, or for a refused file
  { error: { code, message } }

examples
  quorate decide packages/core/testdata/twin_tiebreak.dag
  quorate decide --json a.json b.dag`,
  async run(args, io) {
    let code = EXIT.ok;
    for (const file of args.operands) if (!(await decideOne(file, { io, json: args.has("json") }))) code = EXIT.failed;
    return code;
  },
};

/** Answers for one file; says whether all is well with it. */
async function decideOne(file: string, { io, json }: { readonly io: Io; readonly json: boolean }): Promise<boolean> {
  try {
    const dag = parseDagFile(await readText(file));
    const answer = decideDagFile(dag);
    const unmet = unmetExpectations(dag, answer);
    io.stdout(
      json ? `${JSON.stringify(unmet.length === 0 ? answer : { ...answer, unmet })}\n` : print(file, answer, unmet),
    );
    return unmet.length === 0;
  } catch (error) {
    // Whatever it is, a bug of ours included: the other files are still answered, each on its line.
    const { code, message, words } = failureOf(error);
    if (json) io.stdout(`${JSON.stringify({ error: { code, message } })}\n`);
    io.stderr(`quorate: ${nameOf(file)}: ${words}\n`);
    return false;
  }
}

function print(file: string, { slots }: DagAnswer, unmet: readonly string[]): string {
  const rows = slots.map((slot) => [`${slot.slot.author}${slot.slot.round}`, printOutcome(slot), slot.because]);
  return [nameOf(file), ...columns(rows), ...unmet.map((text) => `  unmet: ${text}`), ""].join("\n");
}
