// Who may do what, as doors ask it. Users are replicated state, so every replica knows the same ones; checking a secret
// and a permission is the door's work, and the user's name travels with the command.
//
// While there are no users every client may do everything, which is why doors listen on loopback only unless told
// otherwise. A change of users holds on a replica from when it has applied the commit that made it.
import type { CommandDefinition } from "@quorate/machine";
import type { Words } from "../running-replica.ts";

export interface Access {
  /** Whether commands are answered before anyone has signed in. May change with any commit: ask each time. */
  readonly open: boolean;
  /**
   * The name of whoever this secret belongs to; undefined if it is nobody's. Without a user, a token or the password of
   * `default`. Rejects with a `CommandError`, whose `reply` is the text to answer, when it cannot be told now.
   */
  signIn(user: string | undefined, secret: string): Promise<string | undefined>;
  /**
   * Why this user may not run this command, as an error's text (`NOPERM …`); undefined if they may. Nobody signed in is
   * the empty name (`NOAUTH …`, unless `open`). A command that runs others needs its words to be judged: without them
   * only a user who may do everything may run it. What MULTI queued is asked again at EXEC, with the words of its one
   * command, since users may have changed in between.
   */
  refusal(user: string, command: CommandDefinition, words?: Words): string | undefined;
  /**
   * Replaces secrets in a command by what may stand in the log. Nearly all commands come back as they are, at once.
   * Every command goes through here before it goes anywhere, logs included. Throws, or rejects with, a `CommandError`
   * when the words are not fit to go on.
   */
  seal(words: Words): Words | Promise<Words>;
}
