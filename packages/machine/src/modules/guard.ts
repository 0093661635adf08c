// The determinism guard, for development: a module that answers by the clock, by chance or by the machine it runs on
// would split the cluster the first time two replicas disagree. Each command is run twice from the same state and must
// do the same both times; meanwhile everything that tells replicas apart is out of reach. What is found is thrown as a
// broken invariant that names the command, so it cannot be taken for a refusal.
import { InvariantError } from "@quorate/core";
import type { CommandContext, CommandDefinition, CommandFamily } from "../commands/command.ts";
import { packReply } from "../reply/pack-reply.ts";
import type { Reply } from "../reply/reply.ts";
import { StoreFailure } from "../store/store.ts";
import { outOfReach } from "./reach.ts";

/** The same families, each of whose commands is guarded. Costs a second run of every command. */
export function guardModules(families: readonly CommandFamily[]): readonly CommandFamily[] {
  return families.map((family) => ({ ...family, commands: family.commands.map(guarded) }));
}

function guarded(command: CommandDefinition): CommandDefinition {
  return {
    ...command,
    run(context, args) {
      const before = context.state.savepoint();
      const chance = context.random.save();
      const { innerReplyBytes } = context;
      const first = outcomeOf(command, context, args, before.batch);
      context.state.rollback(before);
      context.random.restore(chance);
      context.innerReplyBytes = innerReplyBytes;
      const second = outcomeOf(command, context, args, before.batch);
      if (first.told !== second.told) {
        throw new InvariantError(
          `${command.name} is not deterministic: run twice from the same state it did ${first.told} and then ${second.told}`,
        );
      }
      if (second.error !== undefined) throw second.error;
      return second.reply!;
    },
  };
}

interface Outcome {
  /** Reply or refusal, and every write, as one text. */
  readonly told: string;
  readonly reply?: Reply;
  readonly error?: unknown;
}

function outcomeOf(
  command: CommandDefinition,
  context: CommandContext,
  args: readonly string[],
  from: number,
): Outcome {
  const write = (): string => JSON.stringify(context.state.batch.writesSince(from));
  try {
    const reply = outOfReach(command.name, () => command.run(context, args));
    return { told: `${JSON.stringify(packReply(reply))} ${write()}`, reply };
  } catch (error) {
    if (error instanceof InvariantError || error instanceof StoreFailure) throw error;
    return { told: `${String(error)} ${write()}`, error };
  }
}
