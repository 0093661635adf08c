// etcd's own protocol, version 3 over gRPC, because that is what its clients speak: one connection carries many writes,
// each of which is answered on its own. (Its HTTP gateway would need a socket for each write that waits, and asks the
// same gRPC behind it.)
import { setTimeout as after } from "node:timers/promises";
import { GrpcAsker, GrpcConnection, GrpcRefusal } from "./grpc-connection.ts";
import type { Target } from "./orders.ts";
import { bytesField, bytesOf, numberOf } from "./protobuf.ts";
import type { Line, LineListener, Reader, Speaker } from "./speaker.ts";

const PUT = "/etcdserverpb.KV/Put";
const TXN = "/etcdserverpb.KV/Txn";
const STATUS = "/etcdserverpb.Maintenance/Status";
/** etcd takes no more in a transaction. */
const KEYS_AT_ONCE = 128;
/** Whoever does not say by then who leads is not asked further. */
const PATIENCE_MS = 1_000;
const AGAIN_MS = 100;

export const etcd: Speaker = {
  // What was given to a leader that died is refused only after seven seconds; it must not keep the rest from being sent.
  unansweredMax: 256,
  line,
  reader,
  leader,
};

function line({ http }: Target, listener: LineListener): Line {
  const connection = new GrpcConnection(http, listener);
  return {
    write(number, key, value) {
      const put = Buffer.concat([bytesField(1, key), bytesField(2, value)]);
      connection.call(PUT, put, (answer) => {
        listener.answered(number, answer instanceof GrpcRefusal ? answer.why : undefined);
      });
    },
    close: () => connection.close(),
  };
}

function reader({ http }: Target): Reader {
  const asker = new GrpcAsker(http);
  return {
    async read(keys) {
      const found: (string | null)[] = [];
      for (let from = 0; from < keys.length; from += KEYS_AT_ONCE) {
        const asked = keys.slice(from, from + KEYS_AT_ONCE);
        // A transaction of nothing but ranges, each of a single key.
        const ranges = asked.map((key) => bytesField(2, bytesField(1, bytesField(1, key))));
        const answer = await asker.ask(TXN, Buffer.concat(ranges));
        const responses = bytesOf(answer, 3);
        if (responses.length !== asked.length)
          throw new Error(`cannot read back: asked for ${asked.length} keys, heard of ${responses.length}`);
        for (const response of responses) {
          const [pair] = bytesOf(first(response, 1), 2);
          found.push(pair === undefined ? null : first(pair, 5).toString());
        }
      }
      return found;
    },
    close: () => asker.close(),
  };
}

interface Status {
  readonly member: bigint;
  readonly leader: bigint;
  readonly term: bigint;
}

/** Whom the newest term follows, of all that answer. */
async function leader(targets: readonly Target[]): Promise<number> {
  for (;;) {
    const heard = await Promise.all(targets.map(status));
    const newest = heard.reduce(
      (best, one) => (one !== undefined && one.term > (best?.term ?? -1n) ? one : best),
      undefined,
    );
    const place = heard.findIndex((one) => one !== undefined && one.member === newest?.leader);
    if (place >= 0) return place;
    await after(AGAIN_MS);
  }
}

async function status({ http }: Target): Promise<Status | undefined> {
  const asker = new GrpcAsker(http);
  try {
    const answer = await Promise.race([asker.ask(STATUS, Buffer.alloc(0)), after(PATIENCE_MS)]);
    if (answer === undefined) return undefined;
    return { member: numberOf(first(answer, 1), 2), leader: numberOf(answer, 4), term: numberOf(answer, 6) };
  } catch {
    return undefined;
  } finally {
    asker.close();
  }
}

/** The first such field, empty where it is left out. */
function first(message: Buffer, number: number): Buffer {
  return bytesOf(message, number)[0] ?? Buffer.alloc(0);
}
