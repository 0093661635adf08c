// The Redis door: answers come in the order of the commands.
import type { Target } from "./orders.ts";
import { Asker, RespConnection, RespError } from "./resp-connection.ts";
import type { Line, LineListener, Reader, Speaker } from "./speaker.ts";

export const redis: Speaker = { unansweredMax: 64, line, reader };

function line({ redis }: Target, listener: LineListener): Line {
  const unanswered: number[] = [];
  const connection = new RespConnection(redis, {
    opened: () => listener.opened(),
    replied: (reply) => {
      const number = unanswered.shift();
      if (number === undefined) throw new Error(`a reply to nothing: ${JSON.stringify(reply)}`);
      if (reply === "OK") listener.answered(number, undefined);
      else listener.answered(number, reply instanceof RespError ? reply.kind : JSON.stringify(reply));
    },
    ended: (why) => listener.ended(why),
  });
  return {
    write(number, key, value) {
      unanswered.push(number);
      connection.send(["SET", key, value]);
    },
    close: () => connection.close(),
  };
}

function reader({ redis }: Target): Reader {
  const asker = new Asker(redis);
  return {
    async read(keys) {
      const found = await asker.ask(["MGET", ...keys]);
      if (!Array.isArray(found)) throw new Error(`cannot read back: ${JSON.stringify(found)}`);
      return found as readonly (string | null)[];
    },
    close: () => asker.close(),
  };
}
