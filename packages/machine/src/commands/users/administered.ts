// The law over all users: once there is one, somebody can sign in and administer the others.
import type { State } from "../../state/state.ts";
import { permits } from "../../state/users.ts";
import { CommandError } from "../command-error.ts";

/** Throws if nobody could administer users any more; asked after a change, which is then undone. */
export function checkAdministered(state: State): void {
  const somebody = state.users
    .list(state.config.usersMax)
    .some((user) => user.enabled && user.passwords.length + user.tokens.length > 0 && permits(user, ["admin"]));
  if (!somebody)
    throw new CommandError(
      "ERR nobody could administer users after this; first give another user ALLOW all and a password or token",
    );
}
