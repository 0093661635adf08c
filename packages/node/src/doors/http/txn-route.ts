// `/v1/txn`: compare, then or else, in one step, as JSON over the machine's TXN.
import type { Reply } from "@quorate/machine";
import type { Words } from "../../running-replica.ts";
import { askedBy, askOne, command, wordBytes, wordsOf } from "./ask.ts";
import type { Exchange } from "./exchange.ts";
import { toJsonReply } from "./json-reply.ts";
import { badRequest } from "./problem.ts";
import { type TxnCondition, type TxnRequest, type TxnResponse, txnRequest } from "./schemas.ts";

export async function postTxn(exchange: Exchange): Promise<void> {
  const request = await exchange.json(txnRequest);
  const { compare, then, else: otherwise, ...numbering } = request;
  // The words are bytes already; the rest is checked as that of any command.
  const { options, withinMs } = askedBy({ words: [], ...numbering }, exchange.door.replica.now());
  const { reply, index } = await askOne(exchange, { words: wordsOfTxn(request), options, withinMs });
  const [held, replies] = reply.kind === "array" ? reply.items : [];
  const response: TxnResponse = {
    outcome: "committed",
    held: held?.kind === "integer" && held.value === 1,
    replies: itemsOf(replies).map(toJsonReply),
    index,
  };
  exchange.sendJson(200, response, { "Quorate-Index": String(index) });
}

function wordsOfTxn({ compare = [], then = [], else: otherwise = [] }: TxnRequest): Words {
  if (then.length === 0 && otherwise.length === 0)
    throw badRequest("a transaction has commands under then, under else, or both");
  return [
    ...command("TXN", ...(compare.length === 0 ? [] : ["IF"])),
    ...compare.flatMap((condition, at) => wordsOfCondition(condition, `compare.${at}`)),
    ...wordsOfBranch("then", then),
    ...wordsOfBranch("else", otherwise),
  ];
}

function wordsOfBranch(name: "then" | "else", commands: NonNullable<TxnRequest["then"]>): Words {
  if (commands.length === 0) return [];
  const steps = commands.flatMap((words, at) => [...command(words.length), ...wordsOf(words, `${name}.${at}`)]);
  return [...command(name.toUpperCase()), ...steps];
}

function wordsOfCondition(condition: TxnCondition, place: string): Words {
  const key = wordBytes(condition.key, `${place}.key`);
  switch (condition.kind) {
    case "value":
      return command("VALUE", key, condition.is, wordBytes(condition.value, `${place}.value`));
    case "revision":
      return command("REVISION", key, condition.is, condition.revision);
    case "fence":
      return command("FENCE", key, condition.token);
    default:
      return command(condition.kind.toUpperCase(), key);
  }
}

const itemsOf = (reply: Reply | undefined): readonly Reply[] => (reply?.kind === "array" ? reply.items : []);
