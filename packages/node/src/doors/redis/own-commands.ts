// Every command that the door answers by itself.

import { client } from "./commands/client.ts";
import { command } from "./commands/command.ts";
import { config } from "./commands/config.ts";
import { CONNECTION_COMMANDS } from "./commands/connection.ts";
import { info } from "./commands/info.ts";
import { SERVER_COMMANDS } from "./commands/server.ts";
import { SIGN_IN_COMMANDS } from "./commands/sign-in.ts";
import type { OwnCommand } from "./own-command.ts";

export const OWN_COMMANDS: ReadonlyMap<string, OwnCommand> = new Map(
  [...CONNECTION_COMMANDS, ...SIGN_IN_COMMANDS, client, command, config, info, ...SERVER_COMMANDS].map(
    (own) => [own.name, own] as const,
  ),
);
