// The help texts, made from what the verbs say of themselves, so that they cannot fall behind.
import { COMMON_FLAGS } from "./args.ts";
import { EXIT_MEANINGS } from "./exit-code.ts";
import { columns } from "./text.ts";
import type { Verb } from "./verb.ts";

/** `quorate --help`. */
export function generalHelp(verbs: readonly Verb[]): string {
  return [
    "quorate: a cluster of equals. Every replica accepts every write, a quorum makes it final.",
    "",
    "usage: quorate <verb> [flags]",
    "",
    "verbs",
    ...columns(verbs.map(({ name, summary }) => [name, summary])),
    "",
    "flags",
    ...columns([
      ["--help", "this text; quorate <verb> --help tells what a verb takes"],
      ["--version", "the version"],
    ]),
    "",
    "exit codes",
    ...columns(EXIT_MEANINGS.map(([code, meaning]) => [String(code), meaning])),
    "",
  ].join("\n");
}

/** `quorate <verb> --help`. */
export function verbHelp(verb: Verb): string {
  const flags = Object.entries({ ...verb.flags, ...COMMON_FLAGS });
  const operands = verb.operands === undefined ? "" : ` ${verb.operands.name}`;
  return [
    `quorate ${verb.name}: ${verb.summary}`,
    "",
    `usage: quorate ${verb.name} [flags]${operands}`,
    "",
    "flags",
    ...columns(
      flags.map(([name, { kind, value, help }]) => [
        kind === "switch" ? `--${name}` : `--${name} ${value ?? "VALUE"}`,
        help,
      ]),
    ),
    "",
    verb.details.trimEnd(),
    "",
  ].join("\n");
}
