// Who may do what, as doors ask it. Users are replicated state, so every replica knows the same ones; checking a secret
// and a permission is the door's work, and the user's name travels with the command.
import type { CommandDefinition } from "@quorate/machine";
import type { Words } from "../running-replica.ts";

export interface Access {
  /** Whether commands are answered before anyone has signed in. */
  readonly open: boolean;
  /** The name of whoever this secret belongs to; undefined if it is nobody's. Without a user, a token or the default's. */
  signIn(user: string | undefined, secret: string): Promise<string | undefined>;
  /** Why this user may not run this command, as an error's text (`NOPERM …`); undefined if they may. */
  refusal(user: string, command: CommandDefinition): string | undefined;
  /** Replaces secrets in a command by what may stand in the log. Nearly all commands come back as they are, at once. */
  seal(words: Words): Words | Promise<Words>;
}
