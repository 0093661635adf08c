// From the words behind `quorate` to an exit code: finds the verb, reads its flags, runs it, and turns whatever it
// throws into a message that says what to do and a code that scripts can act on.
import { readArgs } from "./args.ts";
import { EXIT, exitCodeOf } from "./exit-code.ts";
import { failureOf } from "./failure.ts";
import { generalHelp, verbHelp } from "./help.ts";
import { nearest } from "./nearest.ts";
import { UsageError } from "./usage-error.ts";
import type { Io, Verb } from "./verb.ts";
import { VERBS } from "./verbs.ts";
import { readVersion } from "./version.ts";

/** Runs the command and resolves to its exit code; never rejects. */
export async function runCommand(argv: readonly string[], io: Io, verbs: readonly Verb[] = VERBS): Promise<number> {
  const [first, ...rest] = argv;
  try {
    if (first === undefined) throw new UsageError("say what to do: quorate <verb>");
    if (first === "--version") return answer(io, `${readVersion()}\n`);
    if (first === "--help" || first === "-h") return answer(io, generalHelp(verbs));
    if (first === "help") {
      return answer(io, rest[0] === undefined ? generalHelp(verbs) : verbHelp(findVerb(rest[0], verbs)));
    }
    const verb = findVerb(first, verbs);
    const args = readArgs(verb, rest);
    if (args.has("help")) return answer(io, verbHelp(verb));
    return await verb.run(args, io);
  } catch (error) {
    tell(error, { io, verb: verbs.find(({ name }) => name === first), json: argv.includes("--json") });
    return exitCodeOf(error);
  }
}

function answer(io: Io, text: string): number {
  io.stdout(text);
  return EXIT.ok;
}

function findVerb(word: string, verbs: readonly Verb[]): Verb {
  const verb = verbs.find(({ name }) => name === word);
  if (verb !== undefined) return verb;
  const near = nearest(
    word,
    verbs.map(({ name }) => name),
  );
  const hint = near === undefined ? "" : `; did you mean ${near}?`;
  throw new UsageError(`there is no verb ${JSON.stringify(word)}${hint}`);
}

function tell(error: unknown, { io, verb, json }: { io: Io; verb: Verb | undefined; json: boolean }): void {
  const { code, message, words } = failureOf(error);
  // Whoever asked for JSON reads JSON, also when there is nothing else to read.
  if (json) io.stdout(`${JSON.stringify({ error: { code, message } })}\n`);
  io.stderr(`quorate: ${words}\n`);
  if (code === "usage") io.stderr(`Try: quorate ${verb === undefined ? "" : `${verb.name} `}--help\n`);
}
