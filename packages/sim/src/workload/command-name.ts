// Names commands for judges and their reports, so that a command in the log, what its client was told, and what a machine
// answered can be brought together. Law: a workload asks for nothing twice in the same words without a session.
import { type Command, decodeUtf8 } from "@quorate/core";
import type { CommandName } from "../checkers/types.ts";

/** What a command is called: by its session and number, or by what it says, which is then unique. */
export function commandName(command: Pick<Command, "session" | "words">): CommandName {
  const { session, words } = command;
  if (session !== undefined) return `${session.id}/${session.sequence}`;
  return words.map((word) => decodeUtf8(word) ?? "?").join(" ");
}
