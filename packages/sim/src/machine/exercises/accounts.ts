// Money that moves between accounts: a transfer happens as a whole or not at all, so every look at all accounts together
// finds the same sum. Some transfers carry a command that must fail, and take everything back with it.
import type { Value } from "../../history/event.ts";
import type { Exercise, Stage } from "../exercise.ts";
import type { MachineClient, Step } from "../machine-client.ts";
import { errorCode, listOf, queued, replyValue } from "../words.ts";

const ACCOUNTS = ["money:0", "money:1", "money:2", "money:3"];
const EACH = 100;

export function accounts(stage: Stage): Exercise {
  const counts = { transfers: 0, "transfers taken back": 0, audits: 0 };

  function* go(client: MachineClient): Step {
    const words = ["MGET", ...ACCOUNTS];
    const looked = client.rng.chance(0.3)
      ? yield* client.command(["TXN", "THEN", ...queued(...words)])
      : yield* client.read(words);
    if (looked.kind !== "reply") return;
    const found = replyValue(looked.reply) as readonly Value[];
    const isInside = found.length !== ACCOUNTS.length;
    const balances = (isInside ? (found[1] as readonly Value[])[0] : found) as readonly (number | null)[];
    if (balances.every((balance) => balance === null)) {
      yield* client.command(["MSETNX", ...ACCOUNTS.flatMap((account) => [account, EACH])]);
      return;
    }
    audit(balances);
    if (client.rng.chance(0.3)) return;
    const [from, to] = client.rng.shuffle(ACCOUNTS.map((_, at) => at)) as [number, number, number, number];
    const balance = balances[from] ?? 0;
    const amount = client.rng.integer(Math.max(1, balance)) + 1;
    const isPoisoned = client.rng.chance(0.2);
    const heard = yield* client.command(
      [
        ...["TXN", "IF", "VALUE", ACCOUNTS[from]!, "=", balance, "THEN"],
        ...queued("DECRBY", ACCOUNTS[from]!, amount),
        ...(isPoisoned ? queued("LPUSH", ACCOUNTS[to]!, amount) : []),
        ...queued("INCRBY", ACCOUNTS[to]!, amount),
        ...["ELSE", ...queued("MGET", ...ACCOUNTS)],
      ],
      { expects: ["ABORTED"] },
    );
    if (heard.kind !== "reply") return;
    if (errorCode(heard.reply) === "ABORTED") {
      counts["transfers taken back"] += 1;
      if (!isPoisoned) stage.complain(`a transfer was taken back for no reason: ${replyValue(heard.reply)}`);
    } else if (listOf(heard.reply)[0] === 1) {
      counts.transfers += 1;
      if (isPoisoned) stage.complain("a transfer with a command that fails went through");
    } else audit((listOf(heard.reply)[1] as readonly Value[])[0] as readonly number[]);
  }

  function audit(balances: readonly (number | null)[]): void {
    counts.audits += 1;
    const sum = balances.reduce<number>((total, balance) => total + (balance ?? Number.NaN), 0);
    if (sum !== EACH * ACCOUNTS.length) stage.complain(`the accounts hold ${balances.join(", ")}: ${sum} together`);
  }

  return { go, counts };
}
