// By its first word, who answers a command: the door, or the machine. Counts how often each was called.
import type { CommandDefinition, CommandFlag, CommandTable } from "@quorate/machine";
import { NameTable } from "../connection-names.ts";
import { NOT_HERE } from "./commands/not-here.ts";
import type { OwnCommand } from "./own-command.ts";
import { OWN_COMMANDS } from "./own-commands.ts";

export interface Route {
  /** Lower case. */
  readonly name: string;
  /** Undefined: the machine's. */
  readonly own: OwnCommand | undefined;
  /** What permissions are asked about where the door's own command administers, or tells of the state. */
  readonly administers: CommandDefinition | undefined;
  readonly reads: CommandDefinition | undefined;
  calls: number;
}

export interface Router {
  readonly routes: readonly Route[];
  /** Undefined: nobody knows the name. */
  find(word: Uint8Array | undefined): Route | undefined;
}

export function createRouter(commands: CommandTable): Router {
  const routes = new Map<string, Route>();
  for (const own of NOT_HERE) routes.set(own.name.toLowerCase(), routeOf(own));
  for (const name of commands.keys())
    routes.set(name, { name, own: undefined, administers: undefined, reads: undefined, calls: 0 });
  for (const own of OWN_COMMANDS.values()) routes.set(own.name.toLowerCase(), routeOf(own));
  const names = new NameTable(routes);
  return { routes: [...routes.values()], find: (word) => names.find(word) };
}

function routeOf(own: OwnCommand): Route {
  const administers = own.isAdmin === undefined ? undefined : definitionOf(own, ["connection", "admin"]);
  const reads = own.isRead === undefined ? undefined : definitionOf(own, ["readonly"]);
  return { name: own.name.toLowerCase(), own, administers, reads, calls: 0 };
}

function definitionOf({ name, arity, summary, syntax }: OwnCommand, flags: readonly CommandFlag[]): CommandDefinition {
  return {
    name,
    arity,
    flags,
    keys: { first: 0, last: 0, step: 0 },
    summary,
    syntax,
    examples: [],
    run() {
      throw new TypeError(`${name} is the door's own`);
    },
  };
}
