// A member that comes back has its links at once and its history later. It serves when it knows where the others stand and
// is about there; whoever lies about that makes nobody look behind.
import {
  createCommittee,
  decodeMessage,
  encodeMessage,
  isRejection,
  type MessageContext,
  type Transport,
} from "@quorate/core";
import { afterEach, describe, expect, it } from "vitest";
import { createLocalCluster, type LocalCluster } from "../../src/local-cluster.ts";
import { told, within, write } from "../power/ask.ts";

const READY_MS = 60_000;
const LIMITS = { gcDepth: 24, weakDepth: 16 };

let cluster: LocalCluster;
afterEach(() => cluster.close());

/** What does not reach the member that comes back. */
type Withheld = "nothing" | "where others stand" | "history";

describe.each([
  { name: "three that may crash", replicas: 3, byzantine: 0 },
  { name: "four of which one lies", replicas: 4, byzantine: 1 },
])("$name", ({ byzantine, replicas }) => {
  const away = replicas - 1;
  const liar = 0;

  it("are served by one that comes back only when it has what it missed", async () => {
    let withheld: Withheld = "nothing";
    let context: MessageContext | undefined;
    /** The frame as it arrives; a liar claims a million commits more than there are. */
    const said = (bytes: Uint8Array, from: number, to: number): Uint8Array | undefined => {
      const message = context && decodeMessage(bytes, context);
      if (context === undefined || message === undefined || isRejection(message) || message.kind !== "heads")
        return bytes;
      if (to === away && withheld === "where others stand") return undefined;
      if (byzantine === 0 || from !== liar) return bytes;
      return encodeMessage({ ...message, index: message.index + 1_000_000 }, context);
    };
    cluster = await createLocalCluster({
      replicas,
      byzantine,
      limits: LIMITS,
      wrapTransport: (transport, member): Transport => ({
        open: (events) => transport.open(events),
        close: () => transport.close(),
        send: (to, channel, bytes) => {
          if (to === away && withheld === "history" && channel === "catch-up") return;
          const frame = said(bytes, member, to);
          if (frame !== undefined) transport.send(to, channel, frame);
        },
      }),
    });
    const { fault, limits, members } = cluster.genesis;
    context = { committee: createCommittee({ members, fault }), limits };
    expect(told(await write(cluster.replica(away), "SET a 0"))).toBe("OK");
    await cluster.kill(away);
    const others = cluster.replicas.slice(0, away).map((_, index) => cluster.replica(index));
    for (let at = 1; at <= 40; at++) expect(told(await write(others[at % away]!, `SET a ${at}`))).toBe("OK");

    withheld = "where others stand";
    const back = await cluster.start(away);
    expect(await within(READY_MS, () => back.status().quorum.reached)).toBe(true);
    expect(back.ready()).toEqual({ ready: false, why: "it has not heard yet from a quorum where the others stand" });
    withheld = "history";
    expect(await within(READY_MS, () => /is \d+ commits behind/.test(back.ready().why))).toBe(true);
    expect(back.status()).toMatchObject({ mode: "normal", ready: false });
    withheld = "nothing";
    expect(await within(READY_MS, () => back.ready().ready)).toBe(true);
    // What it is given now is not passed over.
    expect(told(await write(back, "SET a last"))).toBe("OK");
    for (const replica of others) expect(replica.ready()).toEqual({ ready: true, why: "" });
  });
});
