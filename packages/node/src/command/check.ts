// `quorate check`: judges recorded histories, ours or another system's. What it cannot decide is never called right.
import {
  HistoryFormatError,
  type HistoryJudgement,
  type HistoryModel,
  judgeHistory,
  type Operation,
  parseHistory,
  UnsuitableHistoryError,
} from "@quorate/sim";
import { EXIT } from "./exit-code.ts";
import { failureOf } from "./failure.ts";
import { nameOf, readText } from "./read-text.ts";
import { counted } from "./text.ts";
import { UsageError } from "./usage-error.ts";
import type { Verb } from "./verb.ts";

const MODELS: readonly HistoryModel[] = ["auto", "register", "append", "txn"];

export const check: Verb = {
  name: "check",
  summary: "judges histories: linearizable, strictly serializable, or the smallest part that is wrong",
  flags: {
    model: { kind: "value", value: MODELS.join("|"), help: "what the objects are; left out, each by its operations" },
  },
  operands: { name: "FILE…", min: 1, max: Number.POSITIVE_INFINITY },
  details: `files
  JSON lines, an invocation and a completion each; - is standard input. docs/histories.md tells the format.

models
  auto      transactions if there are any; else each key that is appended to, or only read as a list, is a list,
            any other a register
  register  read, write, cas     append  read, append     txn  everything counts as a transaction

exit codes
  ${EXIT.ok} all hold, ${EXIT.safetyBroken} some do not, ${EXIT.failed} some could not be read or decided and none is known to be wrong

--json prints one object for each file, in the order given
  { file, property: "linearizable" or "strictly-serializable", verdict: "holds" or "violated" or "unknown",
    operations: count, evidence?, report? }
  evidence of the first    { key, model, operations: [operation], cutOpen, elementsErased, operationsTotal }
  evidence of the second   { anomaly, transactions: [operation], dependencies: [{ from, to, kind, reason }], reasons }
  operation                { process, f, key, value, outcome, start, end }: end is null while it is open
  A file that cannot be read gives { file, error: { code, message } }.

examples
  quorate check history.jsonl
  quorate sim --seed 7 --history run.jsonl && quorate check run.jsonl --json`,
  async run(args, io) {
    const model = readModel(args.text("model"));
    let code: number = EXIT.ok;
    for (const file of args.operands) {
      const answer = await checkFile(file, model);
      io.stdout(
        args.has("json") ? `${JSON.stringify(toJson(answer))}\n` : answer.kind === "judged" ? printJudged(answer) : "",
      );
      if (answer.kind === "refused") io.stderr(`quorate: ${answer.message}\n`);
      code = worse(code, exitCode(answer));
    }
    return code;
  },
};

function readModel(asked = "auto"): HistoryModel {
  const model = MODELS.find((name) => name === asked);
  if (model === undefined) throw new UsageError(`--model is one of ${MODELS.join(", ")}, not ${JSON.stringify(asked)}`);
  return model;
}

type Answer =
  | { readonly kind: "judged"; readonly file: string; readonly count: number; readonly judgement: HistoryJudgement }
  | { readonly kind: "refused"; readonly file: string; readonly code: string; readonly message: string };

async function checkFile(file: string, model: HistoryModel): Promise<Answer> {
  let lines: ReadonlyMap<number, number> = new Map();
  try {
    const history = parseHistory(await readText(file), nameOf(file));
    lines = history.lines;
    // A recorder that wrote nothing must not pass for a system that did nothing wrong.
    if (history.operations.length === 0) {
      return { kind: "refused", file, code: "empty-history", message: `${nameOf(file)}: no operation stands in it` };
    }
    const judgement = judgeHistory(history.operations, { model });
    return { kind: "judged", file, count: history.operations.length, judgement };
  } catch (error) {
    if (error instanceof HistoryFormatError) return { kind: "refused", file, code: error.code, message: error.message };
    if (error instanceof UnsuitableHistoryError) {
      const message = `${nameOf(file)}:${lines.get(error.index) ?? 1}: ${error.message}`;
      return { kind: "refused", file, code: error.code, message };
    }
    // No such file, not allowed; or a bug of ours, which must not keep the other files from being judged.
    const { code, words } = failureOf(error);
    return { kind: "refused", file, code, message: `${nameOf(file)}: ${words}` };
  }
}

function printJudged({ file, count, judgement: { property, verdict } }: Extract<Answer, { kind: "judged" }>): string {
  const words = property.replace("-", " ");
  switch (verdict.kind) {
    case "holds":
      return `${nameOf(file)}: ${words} (${counted(count, "operation")})\n`;
    case "unknown":
      return `${nameOf(file)}: undecided whether ${words}: ${verdict.report}\n`;
    case "violated":
      return `${nameOf(file)}: ${verdict.report}\n`;
  }
}

function toJson(answer: Answer): unknown {
  if (answer.kind === "refused") {
    const { file, code, message } = answer;
    return { file, error: { code, message } };
  }
  const { file, count, judgement } = answer;
  const { property, verdict } = judgement;
  const base = { file, property, verdict: verdict.kind, operations: count };
  if (verdict.kind === "holds") return base;
  if (verdict.kind === "unknown") return { ...base, report: verdict.report };
  return { ...base, evidence: withNullEnds(verdict.evidence), report: verdict.report };
}

/** JSON has no infinity: what is open has no end. */
function withNullEnds(evidence: object): unknown {
  return Object.fromEntries(
    Object.entries(evidence).map(([name, value]) =>
      name === "operations" || name === "transactions"
        ? [
            name,
            (value as readonly Operation[]).map((one) => ({ ...one, end: Number.isFinite(one.end) ? one.end : null })),
          ]
        : [name, value],
    ),
  );
}

function exitCode(answer: Answer): number {
  if (answer.kind === "refused") return EXIT.failed;
  const { kind } = answer.judgement.verdict;
  return kind === "holds" ? EXIT.ok : kind === "violated" ? EXIT.safetyBroken : EXIT.failed;
}

/** What is known to be wrong outweighs what is not known. */
function worse(left: number, right: number): number {
  return Math.max(left, right);
}
