// `/v1/commands`: any command of the machine, one or several, as JSON.
import type { CommandRequest, CommandsRequest } from "@quorate/core/api";
import { ask, askedBy, toAnswer } from "./ask.ts";
import type { Exchange } from "./exchange.ts";
import { problem, problemOf } from "./problem.ts";
import { commandRequest, commandsRequest } from "./schemas.ts";

export async function postCommands(exchange: Exchange): Promise<void> {
  const body = await exchange.json<CommandRequest | CommandsRequest>((value) =>
    typeof value === "object" && value !== null && "commands" in value ? commandsRequest : commandRequest,
  );
  const now = exchange.door.replica.now();
  if (!("commands" in body)) return postOne(exchange, body, now);
  const { commandsMax } = exchange.door.limits;
  if (body.commands.length > commandsMax)
    throw problem("TOOLARGE", `a request has at most ${commandsMax} commands; send the rest in another one`);
  const asked = body.commands.map((request, at) => askedBy(request, now, `commands.${at}.`));
  exchange.sendJson(200, { answers: (await ask(exchange, asked)).map(toAnswer) });
}

async function postOne(exchange: Exchange, request: CommandRequest, now: number): Promise<void> {
  const [ended] = await ask(exchange, [askedBy(request, now)]);
  const answer = toAnswer(ended!);
  if (answer.outcome !== "committed") throw problemOf(answer);
  exchange.sendJson(200, answer, { "Quorate-Index": String(answer.index) });
}
