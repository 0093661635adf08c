// A liar in front of a real cluster: a server that passes requests on to an honest replica and changes them, or what
// comes back. The client is given it as one of the replicas.
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { type Client, connect } from "@quorate/client";
import type { CommandRequest } from "@quorate/core/api";
import { describe, expect, it, onTestFinished } from "vitest";
import { openRealCluster } from "./real-cluster.ts";

interface Liar {
  readonly url: string;
  /** Requests of each kind that it changed. */
  lied: number;
  alters: (request: CommandRequest) => CommandRequest;
  answers: (path: string, truth: unknown) => unknown;
}

async function liarBefore(honest: string): Promise<Liar> {
  const server = createServer(async (request, response) => {
    const body = await text(request);
    const posted = request.method === "POST" && request.url === "/v1/commands";
    const sent = posted ? JSON.stringify(liar.alters(JSON.parse(body) as CommandRequest)) : body;
    const answer = await fetch(honest + request.url!, {
      method: request.method!,
      headers: { "content-type": "application/json" },
      ...(sent === "" ? {} : { body: sent }),
    });
    const truth: unknown = await answer.json();
    const said = JSON.stringify(liar.answers(request.url!, truth));
    if (said !== JSON.stringify(truth)) liar.lied++;
    response.writeHead(said === JSON.stringify(truth) ? answer.status : 200, { "content-type": "application/json" });
    response.end(said);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const liar: Liar = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    lied: 0,
    alters: (request) => request,
    answers: (_, truth) => truth,
  };
  return liar;
}

async function text(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

describe("a client that was given a liar among the replicas of a real cluster", () => {
  it("is not deceived by it, and gets done what it asks for", async () => {
    const cluster = await openRealCluster({ replicas: 4, byzantine: 1 });
    const liar = await liarBefore(cluster.urls[0]!);
    const urls = [liar.url, ...cluster.urls.slice(1)];
    const honest = connect(cluster.urls[3]!, { byzantine: 0 });
    const lies: readonly Partial<Liar>[] = [
      { answers: (path, truth) => (path.startsWith("/v1/ops") ? { state: "applied", reply: "x" } : truth) },
      {
        answers: (path) =>
          path === "/v1/commands" ? { outcome: "committed", reply: 99, index: 1 } : { state: "pending" },
      },
      { answers: () => ({ outcome: "rejected", code: "WRONGTYPE", message: "no", state: "rejected" }) },
      {
        alters: (request) => {
          if (request.session === undefined) return request;
          liar.lied++;
          return { ...request, words: ["SET", "stolen", "yes"] };
        },
      },
      {
        alters: (request) => {
          if (request.words[0] !== "SESSION.OPEN") return request;
          liar.lied++;
          return { words: ["SESSION.OPEN"] };
        },
      },
    ];
    let count = 0;
    for (const lie of lies) {
      Object.assign(
        liar,
        { alters: (it: CommandRequest) => it, answers: (_: string, it: unknown) => it, lied: 0 },
        lie,
      );
      // Whom a client asks first is chance: until it was the liar.
      for (let round = 0; round < 4 || (liar.lied === 0 && round < 40); round++) {
        const client: Client = connect(urls, { byzantine: 1, timeoutMs: 20_000, attemptMs: 1_000 });
        expect(await client.incr("n")).toBe(++count);
        expect(await client.get("n")).toBe(String(count));
        const lease = await client.lock("door");
        expect(await lease.fenced.set("room", String(count))).toBe(true);
        expect(await lease.release()).toBe(true);
        await client.close();
      }
      expect(liar.lied).toBeGreaterThan(0);
    }
    expect(await honest.get("stolen")).toBeNull();
    expect(await honest.get("n")).toBe(String(count));
    expect(await honest.get("room")).toBe(String(count));
    await honest.close();
  });
});
