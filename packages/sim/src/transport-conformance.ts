// What every adapter of core's `Transport` port must pass: published, so that links made elsewhere are held to the same
// laws. Checks are named functions that throw; any test runner runs them:
//
//     for (const { name, run } of transportConformance(subject)) it(name, run);
//
// Every member of a check is a `Speaker`, which holds the transport to the standing laws all the while: up and down
// alternate, frames come only between them, in order and without holes, from one life of the other side only, and nothing
// is told from within a call, nor after `close`.
import { type AuthorIndex, type Channel, FRAME_BYTES_MAX, type Transport } from "@quorate/core";
import { type NamedCheck, same, throws, truth } from "./named-check.ts";
import { Speaker } from "./speaker.ts";

export interface TransportSubject {
  /** That many new members which can reach each other. Nobody is open yet. */
  create(members: number): TransportCluster | Promise<TransportCluster>;
  /** Lets everything else happen for some milliseconds. */
  pause(): Promise<void>;
}

export interface TransportCluster {
  /** The next life of a member; the life before is closed by then. */
  transport(member: AuthorIndex): Transport;
  /** Bytes that may wait for one peer on one channel. */
  readonly queueBytesMax: number;
  /** Pauses after which a silent link would have been given up, had nobody kept it. */
  readonly silentPauses: number;
  /** Nothing gets from one to the other any more, and nobody is told; left out where that cannot be done. */
  cut?(from: AuthorIndex, to: AuthorIndex): void;
  heal?(from: AuthorIndex, to: AuthorIndex): void;
  close(): Promise<void>;
}

/** The checks that a transport must pass. */
export function transportConformance(subject: TransportSubject): readonly NamedCheck[] {
  return CHECKS.map(([name, members, check]) => ({
    name,
    async run() {
      const cluster = await subject.create(members);
      const room = new Room(subject, cluster, members);
      try {
        await check(room);
        room.settle();
      } finally {
        await room.close();
      }
    },
  }));
}

const CHANNELS: readonly Channel[] = ["blocks", "catch-up"];
const PATIENCE_PAUSES = 3_000;

/** The members of one check. */
class Room {
  readonly cluster: TransportCluster;
  readonly speakers: Speaker[] = [];
  readonly #subject: TransportSubject;
  readonly #members: number;
  readonly #all: Speaker[] = [];

  constructor(subject: TransportSubject, cluster: TransportCluster, members: number) {
    this.#subject = subject;
    this.cluster = cluster;
    this.#members = members;
  }

  /** Opens a member, which must not be open. */
  async enter(member: AuthorIndex): Promise<Speaker> {
    const speaker = new Speaker(member, this.#all.length, this.cluster.transport(member));
    this.speakers[member] = speaker;
    this.#all.push(speaker);
    await speaker.open();
    return speaker;
  }

  /** Opens everybody and waits until all are linked. */
  async gather(): Promise<readonly Speaker[]> {
    for (let member = 0; member < this.#members; member++) await this.enter(member);
    await this.linked();
    return this.speakers;
  }

  async linked(): Promise<void> {
    await this.until("everybody is linked with everybody", () =>
      this.speakers.every((speaker) => speaker.peersUp.size === this.#members - 1),
    );
  }

  async until(what: string, holds: () => boolean): Promise<void> {
    for (let pauses = 0; !holds(); pauses++) {
      this.settle();
      truth(pauses < PATIENCE_PAUSES, `${what}; told so far: ${this.#told()}`);
      await this.#subject.pause();
    }
  }

  noLinkWasLost(): void {
    for (const { member, told } of this.speakers) {
      same(
        told.filter((what) => what.startsWith("down")),
        [],
        `which links member ${member} lost`,
      );
      same(told.length, this.#members - 1, `how many links member ${member} was told of`);
    }
  }

  async pause(times: number): Promise<void> {
    for (let index = 0; index < times; index++) await this.#subject.pause();
  }

  /** Throws what any speaker found wrong. */
  settle(): void {
    for (const { failures } of this.#all) for (const failure of failures) throw new Error(failure);
  }

  async close(): Promise<void> {
    for (const speaker of this.speakers) await speaker?.close();
    await this.cluster.close();
  }

  #told(): string {
    return this.#all.map(({ member, told }) => `${member}: ${told.join(", ") || "nothing"}`).join("; ");
  }
}

type Check = (room: Room) => Promise<void>;

const CHECKS: readonly (readonly [string, number, Check])[] = [
  [
    "tells both ends of every pair, once, that their link is up",
    4,
    async (room) => {
      await room.gather();
      room.noLinkWasLost();
    },
  ],
  [
    "delivers every frame while a link stands: byte for byte, in order on each channel",
    3,
    async (room) => {
      const speakers = await room.gather();
      for (let turn = 0; turn < 40; turn++) {
        for (const speaker of speakers) {
          for (let index = 0; index < 12; index++) {
            const length = (turn * 997 + index * 4_093) % (index === 0 ? 60_000 : 3_000);
            for (const channel of CHANNELS) speaker.broadcast(channel, length);
          }
        }
        if (turn % 3 === 0) await room.pause(1);
      }
      await room.until("everything said is heard", () => speakers.every((speaker) => allHeard(speaker, speakers)));
      room.noLinkWasLost();
    },
  ],
  [
    "carries frames up to the bound",
    2,
    async (room) => {
      const [one, other] = (await room.gather()) as [Speaker, Speaker];
      for (const channel of CHANNELS) {
        one.say(1, channel, FRAME_BYTES_MAX);
        other.say(0, channel, FRAME_BYTES_MAX);
        other.say(0, channel, 0);
      }
      await room.until("the large frames are heard", () => allHeard(one, [other]) && allHeard(other, [one]));
      room.noLinkWasLost();
    },
  ],
  [
    "refuses to send an empty frame, or one above the bound",
    2,
    async (room) => {
      const [{ transport }] = (await room.gather()) as [Speaker];
      for (const channel of CHANNELS) {
        throws(() => transport.send(1, channel, new Uint8Array(0)), "an empty frame");
        throws(() => transport.send(1, channel, new Uint8Array(FRAME_BYTES_MAX + 1)), "a frame above the bound");
      }
    },
  ],
  [
    "hands each receiver plain bytes of its own",
    3,
    async (room) => {
      const [one, left, right] = (await room.gather()) as [Speaker, Speaker, Speaker];
      const heard: Uint8Array[] = [];
      left.onRaw = (bytes) => {
        heard.push(bytes.slice());
        bytes.fill(0xee);
      };
      right.onRaw = left.onRaw;
      for (const length of [20, 5_000, 200_000]) {
        const bytes = new Uint8Array(length).fill(7);
        for (const to of [1, 2]) one.transport.send(to, "blocks", bytes);
      }
      await room.until("all is heard", () => heard.length === 6);
      for (const bytes of heard) {
        truth(
          bytes.every((byte) => byte === 7),
          "what a receiver does with its bytes is seen by nobody else, nor by itself in a slice that it took",
        );
      }
    },
  ],
  [
    "loses quietly what is sent to a peer without a link, to itself, or to nobody",
    3,
    async (room) => {
      const one = await room.enter(0);
      const other = await room.enter(1);
      for (const to of [0, 1, 2, 7]) one.transport.send(to, "blocks", Uint8Array.of(1));
      await room.until("the two are linked", () => one.peersUp.size === 1 && other.peersUp.size === 1);
      for (const to of [0, 2, 7]) one.transport.send(to, "blocks", Uint8Array.of(1));
      one.say(1, "blocks", 10);
      await room.until("the frame is heard", () => allHeard(other, [one]));
    },
  ],
  [
    "resets the link of a peer that is sent more than may wait for it, and no other",
    3,
    async (room) => {
      const speakers = (await room.gather()) as [Speaker, Speaker, Speaker];
      const [one, slow, other] = speakers;
      for (const channel of CHANNELS) {
        const [before, beforeThere] = [one.told.length, slow.told.length];
        const length = 256 * 1024;
        for (let bytes = 0; bytes <= room.cluster.queueBytesMax; bytes += length) {
          one.say(1, channel, length);
          one.say(2, channel, 100);
        }
        const again = (speaker: Speaker, from: number): boolean => speaker.told.length >= from + 2;
        await room.until("both ends are told", () => again(one, before) && again(slow, beforeThere));
        await room.linked();
        one.say(1, channel, 10);
        await room.until("the new link carries frames, the other one all", () =>
          [slow, other].every((speaker) => allHeard(speaker, [one])),
        );
      }
      truth(!other.told.includes("down 0"), "the link to another peer stays");
    },
  ],
  [
    "keeps a link on which nobody speaks",
    3,
    async (room) => {
      await room.gather();
      await room.pause(room.cluster.silentPauses);
      room.noLinkWasLost();
    },
  ],
  [
    "tells the others when a member closes, and that one nothing more; closes twice",
    3,
    async (room) => {
      const [one, left, right] = (await room.gather()) as [Speaker, Speaker, Speaker];
      left.broadcast("blocks", 1_000);
      await Promise.all([one.close(), one.close()]);
      left.broadcast("blocks", 1_000);
      one.transport.send(1, "blocks", Uint8Array.of(1));
      await room.until("both others are told", () => !left.peersUp.has(0) && !right.peersUp.has(0));
      truth(left.peersUp.has(2) && right.peersUp.has(1), "the link between the others stays");
      await room.pause(5);
    },
  ],
  [
    "tells nothing after it was closed, also of a link that it had just given up",
    2,
    async (room) => {
      const [one, other] = (await room.gather()) as [Speaker, Speaker];
      const length = 256 * 1024;
      for (let bytes = 0; bytes <= room.cluster.queueBytesMax; bytes += length) one.say(1, "blocks", length);
      await one.close();
      await room.until("the other end is told", () => other.peersUp.size === 0);
      await room.pause(5);
    },
  ],
  [
    "can be closed before it is linked, and from within an event",
    2,
    async (room) => {
      const alone = await room.enter(0);
      await alone.close();
      const one = await room.enter(0);
      const other = await room.enter(1);
      const closings: Promise<void>[] = [];
      other.onFrame = () => closings.push(other.close());
      await room.until("they are linked", () => one.peersUp.size === 1 && other.peersUp.size === 1);
      for (let index = 0; index < 20; index++) one.say(1, "blocks", 5_000);
      await room.until("the other end is told", () => one.peersUp.size === 0);
      same(closings.length, 1, "how many frames came through");
      await Promise.all(closings);
    },
  ],
  [
    "links again with the next life of a member, and delivers nothing of the life before",
    3,
    async (room) => {
      await room.gather();
      for (const [turn, member] of [0, 2, 1, 1, 0].entries()) {
        for (const speaker of room.speakers) {
          for (let index = 0; index < 30; index++) speaker.broadcast(index % 2 === 0 ? "blocks" : "catch-up", 20_000);
        }
        if (turn % 2 === 0) await room.pause(1);
        await room.speakers[member]?.close();
        await room.enter(member);
        await room.linked();
        for (const speaker of room.speakers) speaker.broadcast("blocks", 10);
        await room.until("the new links carry frames", () =>
          room.speakers.every((speaker) => allHeard(speaker, room.speakers)),
        );
      }
    },
  ],
  [
    "links two members that start again at once",
    2,
    async (room) => {
      await room.gather();
      for (let turn = 0; turn < 5; turn++) {
        await Promise.all(room.speakers.map((speaker) => speaker.close()));
        await Promise.all([room.enter(turn % 2), room.enter(1 - (turn % 2))]);
        await room.linked();
        for (const speaker of room.speakers) speaker.broadcast("catch-up", 100);
        await room.until("the new link carries frames", () =>
          room.speakers.every((speaker) => allHeard(speaker, room.speakers)),
        );
      }
    },
  ],
  [
    "ends a link that is cut in one direction, at both ends, until it is healed",
    3,
    (room) => cutAndHeal(room, [[0, 1]]),
  ],
  [
    "ends a link that is cut in the other direction, at both ends, until it is healed",
    3,
    (room) => cutAndHeal(room, [[1, 0]]),
  ],
  [
    "ends a link that is cut in both directions, at both ends, until it is healed",
    3,
    (room) =>
      cutAndHeal(room, [
        [0, 1],
        [1, 0],
      ]),
  ],
];

async function cutAndHeal(room: Room, ways: readonly (readonly [AuthorIndex, AuthorIndex])[]): Promise<void> {
  const speakers = (await room.gather()) as [Speaker, Speaker, Speaker];
  const [one, other, third] = speakers;
  const { cluster } = room;
  if (cluster.cut === undefined || cluster.heal === undefined) return;
  for (const [from, to] of ways) cluster.cut(from, to);
  for (const speaker of speakers) speaker.broadcast("blocks", 10);
  await room.until("both ends are told", () => one.told.includes("down 1") && other.told.includes("down 0"));
  await room.pause(20);
  truth(!one.peersUp.has(1) && !other.peersUp.has(0), "no link comes up over a cut");
  for (const [from, to] of ways) cluster.heal(from, to);
  await room.linked();
  for (const speaker of speakers) speaker.broadcast("blocks", 10);
  await room.until("all links carry frames", () => speakers.every((speaker) => allHeard(speaker, speakers)));
  same(third.told.length, 2, "what a member was told whose links were not touched");
}

/** Whether everything that was said to a member over links that stand now has been heard. */
function allHeard(by: Speaker, from: readonly Speaker[]): boolean {
  return from.every((speaker) =>
    speaker === by
      ? true
      : CHANNELS.every((channel) => by.heard(speaker.member, channel) === speaker.said(by.member, channel)),
  );
}
