// The families whose commands Redis does not have.
import type { CommandFamily } from "./command.ts";
import { sessionCommands } from "./sessions/index.ts";

export const OWN_FAMILIES: readonly CommandFamily[] = [sessionCommands];
