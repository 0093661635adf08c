// Sessions: exactly-once for clients that number their commands.
import type { CommandFamily } from "../command.ts";
import { sessionClose } from "./session-close.ts";
import { sessionKeep } from "./session-keep.ts";
import { sessionKey } from "./session-key.ts";
import { sessionOpen } from "./session-open.ts";
import { sessionOutcome } from "./session-outcome.ts";
import { sessionResolve } from "./session-resolve.ts";

export const sessionCommands: CommandFamily = {
  name: "session",
  title: "Sessions",
  commands: [sessionClose, sessionKeep, sessionKey, sessionOpen, sessionOutcome, sessionResolve],
};
