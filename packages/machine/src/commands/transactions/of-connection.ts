// Commands that a connection answers by itself: the machine knows their names, words and documentation, nothing more.
import { unreachable } from "@quorate/core";

/** The `run` of a command that never comes as far as the machine: the runner refuses it first. */
export const ofConnection = (): never => unreachable("a command of the connection" as never);
