// A client among replicas of which one lies: nothing false is ever believed, and what is asked for still gets done.
import { createHash } from "node:crypto";
import { encodeCommand } from "@quorate/core";
import type { CommandRequest } from "@quorate/core/api";
import fc from "fast-check";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import {
  type Change,
  type Client,
  type ConnectOptions,
  cmd,
  connect,
  DisagreementError,
  IndeterminateError,
} from "../src/index.ts";
import { toSign } from "../src/sending/signed-command.ts";
import { type FakeReplica, type Question, seeded, World } from "./world.ts";

let world: World;
afterEach(() => world?.stop());

const QUICK = { timeoutMs: 3_000, attemptMs: 300, byzantine: 1 };

/** A client of three replicas of which the first lies, and is asked first. */
async function amongLiars(): Promise<{ client: Client; liar: FakeReplica }> {
  world = await World.start(3);
  return { client: liarFirst(), liar: world.replicas[0]! };
}

/** Replicas are asked in an order of chance; here it is the one in which they stand. */
function liarFirst(options: Partial<ConnectOptions> = {}): Client {
  let order = 0;
  const chance = vi.spyOn(Math, "random").mockImplementation(() => (order += 0.1));
  try {
    return connect(world.urls, { ...QUICK, ...options });
  } finally {
    chance.mockRestore();
  }
}

const isOps = ({ path }: Question): boolean => path.startsWith("/v1/ops/");
const committed = (reply: unknown): object => ({ outcome: "committed", reply, index: 1 });

describe("among replicas of which one lies", () => {
  it("a read answers what f + 1 say", async () => {
    const { client, liar } = await amongLiars();
    await client.set("a", "true");
    liar.lies = () => committed("false");
    for (let at = 0; at < 10; at++) expect(await client.get("a")).toBe("true");
    liar.lies = () => ({ outcome: "rejected", code: "WRONGTYPE", message: "no" });
    for (let at = 0; at < 10; at++) expect(await client.get("a")).toBe("true");
    // Words that look like somebody else's answer are still a refusal.
    liar.lies = () => ({ outcome: "rejected", code: 'answered "true"', message: "" });
    for (let at = 0; at < 10; at++) expect(await client.get("a")).toBe("true");
    liar.hangs = true;
    for (let at = 0; at < 5; at++) expect(await client.get("a")).toBe("true");
  });

  it("a write is done once, whatever the liar does with it", async () => {
    const { client, liar } = await amongLiars();
    const behaviours: (() => void)[] = [
      // Says that it is done, and does nothing.
      () => {
        liar.tampers = ({ session, ...rest }) => (session === undefined ? rest : undefined);
        liar.lies = ({ request }, truth) => (request?.session === undefined ? truth : committed(1000));
      },
      // Does it, and answers something else.
      () => (liar.lies = ({ request }, truth) => (request?.session === undefined ? truth : committed(1000))),
      // Does it, and says that it was refused.
      () => {
        liar.lies = ({ request }, truth) =>
          request?.session === undefined ? truth : { outcome: "rejected", code: "ERR", message: "no" };
      },
      // Tells another outcome of the number.
      () => (liar.lies = (question, truth) => (isOps(question) ? { state: "applied", reply: 1000 } : truth)),
      () =>
        (liar.lies = (question, truth) => (isOps(question) ? { state: "rejected", code: "ERR", message: "" } : truth)),
      () => (liar.lies = (question, truth) => (isOps(question) ? { state: "pending" } : truth)),
      () => (liar.hangs = true),
    ];
    let count = 0;
    for (const behave of behaviours) {
      behave();
      for (let at = 0; at < 6; at++) expect(await client.incr("n")).toBe(++count);
      Object.assign(liar, { lies: undefined, tampers: undefined, hangs: false });
    }
    expect(await client.get("n")).toBe(String(count));
  });

  it("a command that the liar alters is not done, and the true one is", async () => {
    const { liar } = await amongLiars();
    let altered = 0;
    liar.tampers = (request) => {
      if (request.session === undefined || request.words[0] !== "SET") return request;
      altered++;
      return { ...request, words: ["SET", "a", "evil"] };
    };
    for (let at = 0; at < 20; at++) {
      const client = liarFirst();
      expect(await client.set("a", `good ${at}`)).toBe(true);
      expect(await client.set("a", `better ${at}`)).toBe(true);
      expect(await client.get("a")).toBe(`better ${at}`);
    }
    expect(altered).toBeGreaterThan(0);
    expect(world.log.applied.filter((words) => words[2] === "evil").length).toBe(altered);
  });

  it("a session that the liar hands out is not used unless it is the client's own", async () => {
    const { client, liar } = await amongLiars();
    const open = (key?: Uint8Array): string => {
      const words = ["SESSION.OPEN", ...(key === undefined ? [] : ["KEY", key])];
      const [reply] = world.log.commit([
        {
          words: words.map((word) => (typeof word === "string" ? Buffer.from(word) : word)),
          notAfter: 2 ** 48,
          session: undefined,
          user: "",
          clientSignature: undefined,
        },
      ]);
      return (reply as { value: string }).value;
    };
    const handedOut: string[] = [];
    const used = new Set<string>();
    for (const replica of world.replicas.slice(1)) {
      replica.tampers = (request) => {
        if (request.session !== undefined) used.add(request.session);
        return request;
      };
    }
    const wrong = [
      () => open(),
      () => open(createHash("sha256").update("mine").digest()),
      () => "1.999",
      () => "",
      () => 7,
    ];
    for (const make of wrong) {
      liar.lies = (question, truth) => {
        if (question.words?.[0] !== "SESSION.OPEN") return truth;
        const id = make();
        handedOut.push(String(id));
        return committed(id);
      };
      const fresh = liarFirst();
      for (let at = 0; at < 3; at++) expect(await fresh.set("a", at)).toBe(true);
    }
    // One of its own, in which numbers were used already: the key is not the one made for this session.
    await client.incr("n");
    const old = [...used].at(-1)!;
    liar.lies = ({ words }, truth) => (words?.[0] === "SESSION.OPEN" ? committed(old) : truth);
    const again = liarFirst();
    expect(await again.incr("n")).toBe(2);
    for (const id of handedOut) expect(used).not.toContain(id);
    expect(handedOut.length).toBeGreaterThanOrEqual(wrong.length);
  });

  it("a lock's token is the true one", async () => {
    const { client, liar } = await amongLiars();
    liar.lies = ({ words, path }, truth) => {
      if (words?.[0]?.startsWith("LOCK.") === true) return committed([999, 0]);
      return path.startsWith("/v1/ops/") ? { state: "applied", reply: [999, 0] } : truth;
    };
    const lease = await client.lock("door");
    expect(lease.token).toBe(1);
    expect(await lease.fenced.incr("n")).toBe(1);
    expect(await lease.release()).toBe(true);
  });

  it("whatever it says, a random run goes as it would without it", async () => {
    const { client, liar } = await amongLiars();
    const random = seeded(11);
    const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!;
    const nonsense = [
      committed("x"),
      committed(null),
      committed({ base64: "AAAA" }),
      { outcome: "rejected", code: "NOSESSION", message: "it has ended" },
      { outcome: "rejected", code: "NOQUORUM", message: "none" },
      { outcome: "indeterminate", code: "INDETERMINATE", message: "who knows" },
      { outcome: "indeterminate", code: "INDETERMINATE", message: "STALE sequence 1 was acknowledged" },
      { state: "applied", reply: "x" },
      { state: "applied", reply: { error: "ERR x" } },
      { state: "rejected", code: "REJECTED", message: "" },
      { state: "pending" },
      { state: "forgotten" },
      [],
      null,
      "ok",
    ];
    liar.lies = (_, truth) => (random() < 0.6 ? pick(nonsense) : truth);
    liar.tampers = (request) => {
      if (random() < 0.3) return undefined;
      if (random() < 0.3) return { ...request, words: ["FLUSHALL"] };
      if (random() < 0.2 && request.seq !== undefined) return { ...request, seq: request.seq + 1 };
      return request;
    };
    // A raw command needs no signature, and what the liar makes up itself is its right: it must not spoil the model.
    const honest = liar.tampers;
    liar.tampers = (request) => (request.session === undefined ? request : honest(request));
    const model = new Map<string, string>();
    for (let step = 0; step < 120; step++) {
      const key = pick(["a", "b"]);
      if (random() < 0.4) {
        expect(await client.get(key)).toBe(model.get(key) ?? null);
      } else if (random() < 0.5) {
        const before = model.get(key) ?? "";
        expect(await client.append(key, "x")).toBe(before.length + 1);
        model.set(key, `${before}x`);
      } else {
        expect(await client.getset(key, String(step))).toBe(model.get(key) ?? null);
        model.set(key, String(step));
      }
    }
  });

  it("a value that changes under the question is read through the log", async () => {
    world = await World.start(3);
    const client = connect(world.urls, QUICK);
    await client.set("hot", "1");
    let answers = 0;
    for (const replica of world.replicas) {
      replica.lies = ({ words, request }, truth) =>
        words?.[0] === "GET" && request?.session === undefined ? committed(`${answers++}`) : truth;
    }
    expect(await client.get("hot")).toBe("1");
    expect(answers).toBe(3);
  });

  it("nobody is believed when too few agree: a read tells who said what, a write is indeterminate", async () => {
    world = await World.start(3);
    const [one, two, three] = world.replicas;
    const client = connect(world.urls, { ...QUICK, timeoutMs: 800, attemptMs: 200 });
    await client.set("a", "1");
    await three!.stop();
    one!.lies = (question, truth) =>
      isOps(question) ? { state: "pending" } : question.words?.[0] === "GET" ? committed("2") : truth;
    two!.lies = (question, truth) => (isOps(question) ? { state: "forgotten" } : truth);
    const read: unknown = await client.get("a").catch((error: unknown) => error);
    expect(read).toBeInstanceOf(DisagreementError);
    expect((read as Error).message).toContain(`${one!.url} said ["committed","2"]`);
    expect((read as Error).message).toContain(`${two!.url} said ["committed","1"]`);
    const write: unknown = await client.set("a", "3").catch((error: unknown) => error);
    expect(write).toBeInstanceOf(IndeterminateError);
    two!.lies = undefined;
    one!.lies = undefined;
    expect(await (write as IndeterminateError).resolve()).toMatchObject({ kind: "committed", value: true });
  });

  it("what is refused by all is rejected with its reason, and stays so", async () => {
    const { client, liar } = await amongLiars();
    await client.set("s", "text");
    await expect(client.lpush("s", "x")).rejects.toMatchObject({ name: "RejectedError", code: "WRONGTYPE" });
    await expect(client.command("NOSUCH", 1)).rejects.toMatchObject({ name: "RejectedError", code: "ERR" });
    liar.lies = ({ request }, truth) => (request?.session === undefined ? truth : committed("fine"));
    await expect(client.command("NOSUCH", 1)).rejects.toMatchObject({ name: "RejectedError", code: "ERR" });
    expect(await client.incr("n")).toBe(1);
  });

  it("pipelines, transactions and updates are confirmed too", async () => {
    const { client, liar } = await amongLiars();
    liar.lies = ({ request }, truth) => (request === undefined ? truth : committed("nonsense"));
    expect(await client.pipeline([cmd.incr("n"), cmd.get("n"), cmd.incr("n")])).toEqual([1, "1", 2]);
    const done = await client.transaction({ do: [cmd.incr("n"), cmd.set("m", "x")] });
    expect(done).toEqual({ held: true, replies: [3, true] });
    const updated = await client.update(["n"], async (view) => [cmd.set("n", 2 * Number(await view.get("n")))]);
    expect(updated).toEqual([true]);
    expect(await client.get("n")).toBe("6");
  });
});

describe("a watch among replicas of which one lies", () => {
  async function take(changes: AsyncIterable<Change>, count: number): Promise<string[]> {
    const taken: string[] = [];
    for await (const { revision, event, key } of changes) {
      taken.push(`${revision} ${event} ${String(key)}`);
      if (taken.length === count) break;
    }
    return taken;
  }

  const lies: Record<string, (truth: { kind: string; next?: number; changes?: Change[] }) => unknown> = {
    "makes changes up": (truth) =>
      truth.changes === undefined ? truth : { ...truth, changes: truth.changes.map((it) => ({ ...it, key: "evil" })) },
    "leaves changes out": (truth) => (truth.changes === undefined ? truth : { kind: "progress", next: truth.next }),
    "runs ahead": (truth) => ({ kind: "progress", next: (truth.next ?? 0) + 1_000_000 }),
    "says that they are gone": () => ({ kind: "end", code: "compacted", message: "the first revision kept is 1000" }),
    "says that they never were": () => ({ kind: "end", code: "gap", message: "the last revision is 0" }),
    "says nothing": () => ({ kind: "progress", next: 1 }),
    "talks nonsense": () => "nonsense",
  };

  it.each(Object.keys(lies))("passes on what is true when it %s", async (name) => {
    const { client, liar } = await amongLiars();
    liar.lies = ({ path }, truth) => (path === "/v1/watch" ? lies[name]!(truth as { kind: string }) : truth);
    const all = client.watch({ all: true });
    const some = client.watch({ key: "b" });
    await Promise.all([all.started, some.started]);
    const seen = Promise.all([take(all, 4), take(some, 2)]);
    await client.set("a", 1);
    await client.set("b", 1);
    await client.del("a");
    await client.set("b", 2);
    expect(await seen).toEqual([
      ["1 set a", "2 set b", "3 del a", "4 set b"],
      ["2 set b", "4 set b"],
    ]);
  });

  it("is refused when f + 1 say that changes are gone", async () => {
    world = await World.start(3, { logEntriesMax: 5 });
    const client = connect(world.urls, QUICK);
    for (let at = 0; at < 30; at++) await client.set("a", at);
    await expect(take(client.watch({ all: true, from: 1 }), 1)).rejects.toMatchObject({ code: "compacted" });
    // Nobody waits for the one that says nothing.
    world.replicas[0]!.hangs = true;
    await expect(take(client.watch({ all: true, from: 1 }), 1)).rejects.toMatchObject({ code: "compacted" });
  });

  it.each([
    { ahead: 4, nonsense: 1 },
    { ahead: 0, nonsense: 2 },
    { ahead: 1, nonsense: 0 },
    { ahead: 3, nonsense: 4 },
  ])("skips nothing when $ahead of five runs ahead and $nonsense tells numbers that are none", async (places) => {
    world = await World.start(5);
    const lyingAt = (place: number, lie: (truth: { next?: number }) => unknown): string => {
      const replica = world.replicas[place]!;
      replica.lies = ({ path }, truth) => (path === "/v1/watch" ? lie(truth as object) : truth);
      return replica.url;
    };
    const liars = [
      lyingAt(places.ahead, ({ next = 0 }) => ({ kind: "progress", next: next + 1_000_000 })),
      lyingAt(places.nonsense, () => ({ kind: "progress", next: "soon" })),
    ];
    const late: typeof fetch = async (input, init) => {
      const response = await fetch(input, init);
      if (!String(input).includes("/v1/watch") || liars.some((url) => String(input).startsWith(url))) return response;
      const transform = async (
        chunk: Uint8Array,
        body: TransformStreamDefaultController<Uint8Array>,
      ): Promise<void> => {
        await new Promise((resolve) => setTimeout(resolve, 100));
        body.enqueue(chunk);
      };
      return new Response(response.body!.pipeThrough(new TransformStream({ transform })), response);
    };
    const client = liarFirst({ byzantine: 2, fetch: late });
    const watch = client.watch({ all: true });
    await watch.started;
    let furthest = 0;
    const looking = setInterval(() => (furthest = Math.max(furthest, watch.resumeFrom)), 1);
    onTestFinished(() => clearInterval(looking));
    const seen = take(watch, 3);
    for (let at = 1; at <= 3; at++) await client.set("a", at);
    expect(await seen).toEqual(["1 set a", "2 set a", "3 set a"]);
    // Who goes on from there, at any moment, misses nothing.
    expect(furthest).toBeLessThanOrEqual(4);
  });
});

describe("how many may lie", () => {
  it("is refused when too few replicas are named, and taken from them when it is not said", async () => {
    world = await World.start(4);
    expect(() => connect(world.urls.slice(0, 2), { byzantine: 1 })).toThrow(/3 have to be named.*was given 2/);
    for (const replica of world.replicas) replica.byzantine = 1;
    await expect(connect(world.urls.slice(0, 1)).get("a")).rejects.toThrow(/3 have to be named.*was given 1/);
    const client = connect(world.urls, { ...QUICK, byzantine: "auto" });
    world.replicas[0]!.lies = (_, truth) => ("outcome" in (truth as object) ? committed("false") : truth);
    expect(await client.get("a")).toBeNull();
    expect(await connect(world.urls.slice(0, 1), { byzantine: 0 }).get("a")).toBe("false");
  });

  it("is not what one liar claims", async () => {
    world = await World.start(4);
    for (const replica of world.replicas) replica.byzantine = 1;
    for (const byzantine of [0, 2, 1000]) {
      world.replicas[0]!.byzantine = byzantine;
      world.replicas[0]!.lies = (_, truth) => ("outcome" in (truth as object) ? committed("false") : truth);
      expect(await connect(world.urls, { ...QUICK, byzantine: "auto" }).get("a")).toBeNull();
    }
    // Only two can be asked, and they contradict each other: the client does not guess.
    await world.replicas[2]!.stop();
    await world.replicas[3]!.stop();
    world.replicas[0]!.byzantine = 0;
    const unsure = connect(world.urls, { ...QUICK, timeoutMs: 500, byzantine: "auto" });
    await expect(unsure.get("a")).rejects.toThrow(/is not clear/);
  });
});

describe("what is signed", () => {
  it("is what the log will hold", () => {
    const text = fc.string({ unit: "grapheme", maxLength: 12 });
    const word = fc.oneof(text, fc.uint8Array({ maxLength: 300 }), fc.integer());
    fc.assert(
      fc.property(
        fc.array(word, { minLength: 1, maxLength: 200 }),
        fc.record({
          notAfter: fc.maxSafeNat(),
          session: text,
          seq: fc.maxSafeNat(),
          ack: fc.maxSafeNat(),
          user: text,
        }),
        (words, { notAfter, session, seq, ack, user }) => {
          const encoded = encodeCommand({
            words: words.map((it) => (it instanceof Uint8Array ? it : new TextEncoder().encode(String(it)))),
            notAfter,
            session: { id: session, sequence: seq, acknowledgedUpTo: ack },
            user,
            clientSignature: undefined,
          });
          expect(toSign({ words, notAfter, session, seq, ack, user })).toEqual(encoded);
        },
      ),
    );
  });

  it("names the user, who must be known", async () => {
    world = await World.start(3);
    expect(() => connect(world.urls, { byzantine: 1, token: "secret" })).toThrow(/pass `user`/);
    const requests: CommandRequest[] = [];
    for (const replica of world.replicas) {
      replica.tampers = (request) => {
        requests.push(request);
        return request;
      };
    }
    await connect(world.urls, QUICK).set("a", 1);
    const [write] = requests.filter(({ session }) => session !== undefined);
    expect(write).toMatchObject({ seq: 1, ack: 0, signature: expect.any(String), notAfter: expect.any(Number) });
  });
});
