// `quorate init`: what it makes is whole, is private where it must be, is read back as meant, and is never made twice.
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { genesisHash } from "@quorate/core";
import { describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config/load-config.ts";
import { readReplicaFiles } from "../../src/config/replica-files.ts";
import { createNodeCrypto } from "../../src/crypto/node-crypto.ts";
import { openDataDirectory } from "../../src/storage/index.ts";
import { freshDirectory } from "../fresh-directory.ts";
import { run } from "./run.ts";

const fresh = () => freshDirectory("init");

const load = (dir: string, name: string, flags: Record<string, string> = {}) =>
  loadConfig({
    file: join(dir, name, "quorate.yaml"),
    env: {},
    flags: new Map(Object.entries(flags)),
    directory: dir,
  });

const THREE = "a=10.0.0.1:9001,b=10.0.0.2:9001,c=c.example:9005";

describe("init", () => {
  it("makes for each member a folder from which its configuration, key, genesis and data directory open", async () => {
    const dir = join(fresh(), "cluster");
    const { code, stdout } = await run("init", "--members", THREE, "--stakes", "2,1,1", "--dir", dir, "--json");
    expect(code).toBe(0);
    const answer = JSON.parse(stdout);
    expect(answer.members.map((member: { name: string }) => member.name)).toEqual(["a", "b", "c"]);
    const root = readFileSync(join(dir, "genesis.json"), "utf8");
    for (const name of ["a", "b", "c"]) {
      expect(readFileSync(join(dir, name, "genesis.json"), "utf8")).toBe(root);
      const loaded = await load(dir, name);
      const { genesis } = await readReplicaFiles(loaded);
      expect(genesis.clusterId).toBe(answer.clusterId);
      expect(genesis.fault).toEqual({ crash: 1, byzantine: 0 });
      expect(genesis.members.map(({ stake }) => stake)).toEqual([2, 1, 1]);
      const data = await openDataDirectory({
        directory: loaded.config.data,
        clusterId: genesis.clusterId,
        genesisHash: genesisHash(genesis, createNodeCrypto({ publicKeys: [] })),
        durability: "fsync",
      });
      expect(data.start).toEqual({ kind: "fresh" });
      await data.close();
      expect(loaded.config.redis?.listen).toEqual({ host: "127.0.0.1", port: 7001 });
      expect(loaded.config.http?.listen).toEqual({ host: "127.0.0.1", port: 8001 });
    }
    expect((await load(dir, "c")).config.peers.listen).toEqual({ host: "0.0.0.0", port: 9005 });
  });

  it("lets nobody but the owner read keys, and keeps keys out of the data directory", async () => {
    const dir = fresh();
    await run("init", "--members", "a=127.0.0.1:1,b=127.0.0.1:2,c=127.0.0.1:3", "--dir", dir);
    for (const name of ["a", "b", "c"]) {
      expect(statSync(join(dir, name, "key.pem")).mode & 0o777).toBe(0o600);
      expect(readdirSync(join(dir, name, "data"))).toEqual(["meta.json"]);
    }
  });

  it("gives members on one host doors that do not meet", async () => {
    const dir = fresh();
    await run("init", "--members", "a=127.0.0.1:1,b=localhost:2,c=10.0.0.1:3", "--dir", dir);
    const ports = await Promise.all(
      ["a", "b", "c"].map(async (name) => (await load(dir, name)).config.redis?.listen.port),
    );
    expect(ports).toEqual([7001, 7002, 7001]);
  });

  it("overwrites nothing", async () => {
    const dir = fresh();
    expect((await run("init", "--members", THREE, "--dir", dir)).code).toBe(0);
    const before = readFileSync(join(dir, "genesis.json"), "utf8");
    const again = await run("init", "--members", THREE, "--dir", dir);
    expect(again.code).toBe(7);
    expect(again.stderr).toContain("nothing is ever overwritten");
    expect(readFileSync(join(dir, "genesis.json"), "utf8")).toBe(before);
  });

  it("writes nothing for a cluster that cannot work, and refuses it in the core's words", async () => {
    const dir = join(fresh(), "none");
    const { code, stderr } = await run("init", "--members", THREE, "--crash", "2", "--dir", dir);
    expect(code).toBe(7);
    expect(stderr).toContain("rule cft2 needs total stake n ≥ 2c + 1 = 5, but n = 3, c = 2. Instead: ");
    expect(() => statSync(dir)).toThrow();
  });

  it.each([
    [["--members", "a"], '--members takes name=host:port for each, as in a=10.0.0.1:9001, not "a"'],
    [["--members", "a=h:0"], "--members takes name=host:port"],
    [["--members", "a/b=h:1"], "--members takes name=host:port"],
    [["--members", "..=h:1"], "--members takes name=host:port"],
    [["--members", THREE, "--stakes", "1"], "--stakes names 1, but there are 3 members"],
    [["--members", THREE, "--durability", "fsnc"], "did you mean fsync?"],
    [[], "init needs to know the members"],
  ])("does not understand %j", async (argv, message) => {
    const { code, stderr } = await run("init", ...argv, "--dir", fresh());
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });

  it("refuses two members of one name", async () => {
    const { code, stderr } = await run("init", "--members", "a=h:1,a=h:2,c=h:3", "--dir", fresh());
    expect({ code, stderr }).toEqual({ code: 7, stderr: "quorate: two members are called a. Instead: rename one.\n" });
  });
});

describe("the files of a member are refused", () => {
  const made = async () => {
    const dir = fresh();
    await run("init", "--members", THREE, "--dir", dir);
    return dir;
  };

  it("all at once: another's key, a member that is none, an address that is missing or too many", async () => {
    const dir = await made();
    const flags = { key: "b/key.pem", member: "aa", "peers.addresses": "b=h:1,d=h:2" };
    await expect(readReplicaFiles(await load(dir, "a", flags))).rejects.toMatchObject({
      code: "configuration",
      problems: [
        { key: "member", where: "--member", what: "the genesis has no member aa; did you mean a?" },
        { key: "peers.addresses.a", what: expect.stringContaining("missing") },
        { key: "peers.addresses.c", what: expect.stringContaining("c=host:port to QUORATE_PEERS_ADDRESSES") },
        { key: "peers.addresses.d", what: "the genesis has no member d; did you mean a?" },
      ],
    });
    await expect(readReplicaFiles(await load(dir, "a", { key: "b/key.pem" }))).rejects.toThrow(
      /key\.pem is b's, not a's/,
    );
  });

  it("when others may read the key", async () => {
    const dir = await made();
    const { chmodSync } = await import("node:fs");
    chmodSync(join(dir, "a", "key.pem"), 0o640);
    await expect(readReplicaFiles(await load(dir, "a"))).rejects.toThrow(/can be read by others.*chmod 600/);
  });

  it("when the genesis is of another version, or says less or more than a genesis", async () => {
    const dir = await made();
    const path = join(dir, "a", "genesis.json");
    const genesis = JSON.parse(readFileSync(path, "utf8"));
    const attempt = async (changed: object) => {
      writeFileSync(path, JSON.stringify(changed));
      return readReplicaFiles(await load(dir, "a"));
    };
    await expect(attempt({ ...genesis, formatVersion: 2 })).rejects.toThrow(/formatVersion is 2, this program runs 1/);
    await expect(attempt({ ...genesis, machineVersion: 9 })).rejects.toThrow(/machineVersion is 9/);
    await expect(attempt({ ...genesis, extra: 1 })).rejects.toThrow(/genesis .*extra/);
    await expect(attempt({ ...genesis, fault: { crash: 2, byzantine: 0 } })).rejects.toThrow(/rule cft2 needs/);
    await expect(attempt({ ...genesis, limits: { ...genesis.limits, gcDepth: 0 } })).rejects.toThrow(/gcDepth/);
    writeFileSync(path, "{");
    await expect(readReplicaFiles(await load(dir, "a"))).rejects.toThrow(/no JSON/);
  });
});
