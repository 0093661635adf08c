// SIGHUP and the certificates of doors, over real TLS: who connects later sees the new one, who is there notices nothing,
// and files that cannot be shown change nothing.
import { once } from "node:events";
import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { connect, type TLSSocket } from "node:tls";
import { equalBytes } from "@quorate/core";
import { afterEach, describe, expect, it } from "vitest";
import { certificateKey, makeCertificate } from "../../src/crypto/certificate.ts";
import { type KeyPair, makeKeyPair } from "../../src/crypto/keys.ts";
import { freshDirectory } from "../fresh-directory.ts";
import { type Run, run, start } from "./run.ts";

const running: Run[] = [];
const sockets: TLSSocket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const one of running.splice(0)) {
    one.tell("SIGTERM");
    await one.code;
  }
});

const pem = ({ privateKey }: KeyPair) => privateKey.export({ format: "pem", type: "pkcs8" }).toString();
const lines = ({ said }: Run) =>
  said.stderr
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);

/** A replica of a cluster of one whose doors both show the same files. */
async function made() {
  const dir = freshDirectory("certificates");
  expect((await run("init", "--members", "a=127.0.0.1:1", "--dir", dir)).code).toBe(0);
  const config = join(dir, "a", "quorate.yaml");
  const put = (certified: KeyPair, key: KeyPair = certified): void => {
    writeFileSync(join(dir, "door.crt"), makeCertificate(certified.privateKey));
    writeFileSync(join(dir, "door.key"), pem(key));
  };
  const flags = ["--config", config];
  for (const door of ["redis", "http"]) {
    flags.push(`--${door}-listen`, "127.0.0.1:0", `--${door}-tls-certificate`, join(dir, "door.crt"));
    flags.push(`--${door}-tls-key`, join(dir, "door.key"));
  }
  flags.push("--peers-listen", "127.0.0.1:0");
  const begin = async () => {
    const one = start(["start", ...flags]);
    running.push(one);
    await one.heard("ready");
    const { http, redis } = lines(one)[0] as { http: string; redis: string };
    const portOf = (address: string) => Number(address.split(":").at(-1));
    return { one, ports: { redis: portOf(redis), http: portOf(http) } };
  };
  return { config, flags, put, begin };
}

/** A connection, and whose certificate it was shown. */
async function open(port: number) {
  const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false });
  sockets.push(socket);
  await once(socket, "secureConnect");
  const shown = certificateKey(socket.getPeerX509Certificate()!)!;
  return {
    shows: ({ publicKey }: KeyPair): boolean => equalBytes(shown, publicKey),
    ask: async (words: string): Promise<string> => {
      socket.write(words);
      return String((await once(socket, "data"))[0]);
    },
  };
}

const PING = "PING\r\n";
const LIVE = "GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n";

describe("told SIGHUP, a replica", () => {
  it("shows both doors' new certificate to whoever connects, and keeps the connections that it has", async () => {
    const { begin, put } = await made();
    const [first, second] = [makeKeyPair(), makeKeyPair()];
    put(first);
    const { one, ports } = await begin();
    const old = { redis: await open(ports.redis), http: await open(ports.http) };
    expect([old.redis.shows(first), old.http.shows(first)]).toEqual([true, true]);
    put(second);
    one.tell("SIGHUP");
    await expect.poll(() => String(lines(one).at(-1)?.["msg"])).toMatch(/^configuration read again/);
    expect(lines(one).at(-1)).toMatchObject({
      certificates: { redis: "Dec 31 23:59:59 9999 GMT", http: "Dec 31 23:59:59 9999 GMT" },
    });
    for (const port of [ports.redis, ports.http]) expect((await open(port)).shows(second)).toBe(true);
    expect(await old.redis.ask(PING)).toBe("+PONG\r\n");
    expect(await old.http.ask(LIVE)).toMatch(/^HTTP\/1.1 200 /);
  });

  it("goes on with the certificate that it has where the new files do not belong together or are none", async () => {
    const { begin, config, put } = await made();
    const [first, second] = [makeKeyPair(), makeKeyPair()];
    put(first);
    const { one, ports } = await begin();
    const { length } = lines(one);
    put(second, first);
    appendFileSync(config, "log: { level: error }\n");
    one.tell("SIGHUP");
    await expect.poll(() => lines(one).length).toBe(length + 1);
    expect(lines(one).at(-1)).toMatchObject({
      level: "error",
      msg: "the configuration was not read again",
      kept: "log.level, certificates of doors",
      error: expect.stringMatching(
        /redis\.tls\.certificate.*door\.crt cannot be shown to clients with the key in .*door\.key/,
      ),
    });
    for (const port of [ports.redis, ports.http]) expect((await open(port)).shows(first)).toBe(true);
    put(second);
    one.tell("SIGHUP");
    await expect.poll(async () => (await open(ports.redis)).shows(second)).toBe(true);
    expect((await open(ports.http)).shows(second)).toBe(true);
  });
});

it("a replica refuses to start with a certificate and a key that do not belong together", async () => {
  const { flags, put } = await made();
  put(makeKeyPair(), makeKeyPair());
  const { code, stderr } = await run("start", ...flags);
  expect(code).toBe(7);
  expect(stderr).toContain("redis.tls.certificate");
  expect(stderr).toContain("http.tls.certificate");
  expect(stderr).toContain("put a certificate chain and its own private key there");
});
