// Closing loses nobody: what is under way is answered, streams end with a reason, and then nothing listens any more.
import { get, type IncomingMessage } from "node:http";
import { request as tlsRequest } from "node:https";
import { connect } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { makeCertificate, makeKeyPair } from "../../../src/crypto/index.ts";
import { openDoor, until } from "./open-door.ts";

describe("closing the door", () => {
  it("answers what is under way, takes nothing new, and then listens no more", async () => {
    const { door, replica, command, port } = await openDoor();
    replica.hold();
    const write = command("SET", "a", "1");
    await until(() => replica.submissions.length === 1);
    const closing = door.close();
    await expect(command("SET", "b", "1")).rejects.toThrow(/ECONNREFUSED|ECONNRESET/);
    replica.release();
    const told = await write;
    expect([told.status, told.json.reply, told.headers["connection"]]).toEqual([200, "OK", "close"]);
    await closing;
    await door.close();
    expect(door.connections).toBe(0);
    await expect(
      new Promise((resolve, reject) => connect(port, "127.0.0.1").once("connect", resolve).once("error", reject)),
    ).rejects.toThrow("ECONNREFUSED");
  });

  it("ends watches with a reason, on streams and on sockets", async () => {
    const { door, port } = await openDoor();
    const response = await new Promise<IncomingMessage>((resolve) => {
      get({ port, host: "127.0.0.1", path: "/v1/watch", agent: false }, resolve);
    });
    let text = "";
    response.on("data", (chunk) => {
      text += chunk;
    });
    const socket = new WebSocket(`ws://127.0.0.1:${port}/v1/ws`);
    const said: string[] = [];
    socket.on("message", (data) => said.push(String(data)));
    await new Promise((resolve) => socket.once("open", resolve));
    socket.send('{"id":1,"kind":"watch"}');
    await until(() => said.length === 1 && text.includes("progress"));
    const closed = new Promise<number>((resolve) => socket.once("close", resolve));
    await door.close();
    expect(text).toMatch(/event: end\ndata: {"kind":"end","code":"unavailable","message":"[^"]*stopping/);
    expect(said.at(-1)).toContain('"kind":"end"');
    expect(await closed).toBe(1001);
  });

  it("answers a socket's commands before it says goodbye", async () => {
    const { door, port, replica } = await openDoor();
    const socket = new WebSocket(`ws://127.0.0.1:${port}/v1/ws`);
    const said: string[] = [];
    socket.on("message", (data) => said.push(String(data)));
    await new Promise((resolve) => socket.once("open", resolve));
    replica.hold();
    socket.send('{"id":1,"kind":"command","words":["SET","a","1"]}');
    await until(() => replica.submissions.length === 1);
    const closing = door.close();
    replica.release();
    await closing;
    await until(() => said.length === 1);
    expect(JSON.parse(said[0]!)).toMatchObject({ id: 1, outcome: "committed" });
  });

  it("does not wait for ever", async () => {
    const { door, replica, command } = await openDoor({ limits: { closeGraceMs: 50 } });
    replica.hold();
    const write = command("SET", "a", "1");
    await until(() => replica.submissions.length === 1);
    const [, told] = await Promise.allSettled([door.close(), write]);
    // The client knows no more than that nobody told it.
    expect(told.status).toBe("rejected");
    replica.release();
  });

  it("ends watches when the replica stops by itself", async () => {
    const { port, replica } = await openDoor();
    const response = await new Promise<IncomingMessage>((resolve) => {
      get({ port, host: "127.0.0.1", path: "/v1/watch", agent: false }, resolve);
    });
    let text = "";
    response.on("data", (chunk) => {
      text += chunk;
    });
    await replica.close();
    await until(() => text.includes('"code":"unavailable"'));
  });
});

describe("opening the door", () => {
  it("says where it listens, and that it cannot where somebody else does", async () => {
    const { door, port } = await openDoor();
    expect(door).toMatchObject({ name: "http", address: `127.0.0.1:${port}` });
    await expect(openDoor({ listen: { host: "127.0.0.1", port } })).rejects.toMatchObject({
      code: "listen-failed",
      message: expect.stringContaining(`the http door cannot listen on 127.0.0.1:${port} (EADDRINUSE); free `),
    });
  });

  it("speaks TLS where it has a certificate", async () => {
    const { privateKey } = makeKeyPair();
    const cert = makeCertificate(privateKey);
    const key = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    const { port } = await openDoor({ tls: { cert, key } });
    const status = await new Promise<number | undefined>((resolve, reject) => {
      tlsRequest(
        { port, host: "127.0.0.1", path: "/v1/status", ca: cert, checkServerIdentity: () => undefined, agent: false },
        (response) => {
          response.resume();
          resolve(response.statusCode);
        },
      )
        .once("error", reject)
        .end();
    });
    expect(status).toBe(200);
    const plain = connect(port, "127.0.0.1");
    onTestFinished(() => void plain.destroy());
    plain.on("error", () => {});
    plain.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await new Promise((resolve) => plain.once("close", resolve));
  });
});
