// A configuration's layers, refusals and printing: every problem at once, with its place and what would do.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { freshDirectory } from "../../test/fresh-directory.ts";
import { isLoopback, parseAddress, printAddress } from "./address.ts";
import { type LoadedConfig, loadConfig } from "./load-config.ts";
import { ConfigProblems } from "./problem.ts";
import { configJsonSchema } from "./schema.ts";
import { flagOf, SETTINGS, variableOf } from "./settings.ts";

const directory = freshDirectory("config");
const MINIMAL = `member: a
peers:
  listen: 127.0.0.1:9001
  addresses: { b: "127.0.0.1:9002" }
`;

interface Sources {
  readonly file?: string | undefined;
  readonly env?: Record<string, string>;
  readonly flags?: Record<string, string>;
}

let files = 0;
async function load({ file = MINIMAL, env = {}, flags = {} }: Sources): Promise<LoadedConfig> {
  const name = `${++files}.yaml`;
  writeFileSync(join(directory, name), file);
  return loadConfig({ file: name, env, flags: new Map(Object.entries(flags)), directory });
}

async function problems(sources: Sources): Promise<readonly string[]> {
  try {
    await load(sources);
  } catch (error) {
    if (!(error instanceof ConfigProblems)) throw error;
    return error.message
      .split("\n")
      .slice(1)
      .map((line) => line.trim().replace(/\d+\.yaml/, "FILE"));
  }
  return [];
}

describe("the layers of a configuration", () => {
  it("are file, environment, flags, setting by setting, and each value knows where it came from", async () => {
    const file = `${MINIMAL}durability: os\nlog:\n  level: warn\n`;
    const { config, settings } = await load({
      file,
      env: { QUORATE_LOG_LEVEL: "error", QUORATE_HTTP_LISTEN: "127.0.0.1:8005" },
      flags: { "http.listen": "[::1]:0" },
    });
    expect(config.durability).toBe("os");
    expect(config.log.level).toBe("error");
    expect(config.http?.listen).toEqual({ host: "::1", port: 0 });
    const origin = (key: string) => settings.find((one) => one.key === key)?.origin;
    expect(origin("durability")).toBe(`${files}.yaml:5`);
    expect(origin("log.level")).toBe("QUORATE_LOG_LEVEL");
    expect(origin("http.listen")).toBe("--http-listen");
    expect(origin("redis.listen")).toBe("default");
  });

  it("hold for every setting: a flag beats a variable beats the file", async () => {
    const texts: Readonly<Record<string, readonly [string, string, string]>> = {
      "peers.addresses": ["x=h:1", "y=h:2", "z=h:3"],
      "http.hosts": ["one", "two", "three"],
      "http.origins": ["https://one", "https://two", "https://three"],
      durability: ["fsync", "os", "memory"],
      access: ["open", "users", "open"],
      insecure: ["true", "false", "true"],
      "log.level": ["debug", "info", "warn"],
    };
    for (const { key, path, fromText = (text: string) => text } of SETTINGS) {
      const isAddress = key.endsWith("listen");
      const [inFile, inEnv, inFlag] =
        texts[key] ??
        (isAddress ? (["127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3"] as const) : (["one", "two", "three"] as const));
      const file = nested(key, fromText(inFile));
      const others = { QUORATE_MEMBER: "a", QUORATE_PEERS_LISTEN: "127.0.0.1:9", QUORATE_INSECURE: "true" };
      for (const half of ["redis", "http"]) {
        if (!key.startsWith(`${half}.tls`)) continue;
        Object.assign(others, {
          [variableOf(`${half}.tls.key`)]: "k",
          [variableOf(`${half}.tls.certificate`)]: "c",
          [variableOf(`${half}.listen`)]: "127.0.0.1:1",
        });
      }
      const env: Record<string, string> = { ...others };
      delete env[variableOf(key)];
      const value = async (sources: Sources) =>
        (await load(sources)).settings.find((setting) => setting.key === key)?.value;
      const text = JSON.stringify(file);
      expect(await value({ file: text, env }), key).toEqual(fromText(inFile));
      env[variableOf(key)] = inEnv;
      expect(await value({ file: text, env }), key).toEqual(fromText(inEnv));
      expect(await value({ file: text, env, flags: { [key]: inFlag } }), key).toEqual(fromText(inFlag));
      if (path) expect(inFlag).toBe("three");
    }
  });

  it("take relative paths from the file that names them, and from the caller's folder elsewhere", async () => {
    writeFileSync(join(directory, "here.yaml"), `${MINIMAL}data: from-file\n`);
    const flags = new Map([["key", "from-flag"]]);
    const { config } = await loadConfig({
      file: join(directory, "here.yaml"),
      env: {},
      flags,
      directory: "/elsewhere",
    });
    expect(config.data).toBe(join(directory, "from-file"));
    expect(config.genesis).toBe(join(directory, "genesis.json"));
    expect(config.key).toBe("/elsewhere/from-flag");
  });

  it("need no file", async () => {
    const env = {
      QUORATE_MEMBER: "a",
      QUORATE_PEERS_LISTEN: "0.0.0.0:9001",
      QUORATE_PEERS_ADDRESSES: "b=b.example:9001",
    };
    const { config } = await loadConfig({ env, flags: new Map(), directory: "/x" });
    expect(config.peers.addresses).toEqual(new Map([["b", { host: "b.example", port: 9001 }]]));
    expect(config.redis).toBeUndefined();
  });

  it("read JSON as well as YAML, and the file that QUORATE_CONFIG names", async () => {
    writeFileSync(join(directory, "c.json"), JSON.stringify({ member: "z", peers: { listen: "127.0.0.1:1" } }));
    const { config } = await loadConfig({ env: { QUORATE_CONFIG: "c.json" }, flags: new Map(), directory });
    expect(config.member).toBe("z");
  });
});

describe("a configuration is refused", () => {
  it("with all of its problems at once, each with its line and what would do", async () => {
    const file = `member: a
durabilty: fsync
durability: fsnc
peers:
  listen: 9001
  addresses:
    b: 10.0.0.1:9001
    c: nowhere
redis:
  lisen: 127.0.0.1:7001
  listen: 127.0.0.1:7001
level: info
`;
    expect(await problems({ file, env: { QUORATE_DURABILTY: "os" }, flags: { access: "user" } })).toEqual([
      "the environment: nothing is set by QUORATE_DURABILTY; did you mean QUORATE_DURABILITY?",
      'durability (FILE:3): "fsnc" is not fsync, os or memory; did you mean fsync?',
      "peers.listen (FILE:5): give host:port, as in 127.0.0.1:7001 or [::1]:7001",
      'peers.addresses.c (FILE:8): "nowhere" is not host:port, as in 127.0.0.1:7001 or [::1]:7001',
      "redis.lisen (FILE:10): unknown; did you mean listen?",
      'access (--access): "user" is not open or users; did you mean users?',
      "durabilty (FILE:2): unknown; did you mean durability?",
      "level (FILE:12): unknown; did you mean log.level?",
    ]);
  });

  it("when what must be said is said nowhere", async () => {
    expect(await problems({ file: "{}" })).toEqual([
      expect.stringMatching(/^member: missing: .*; say it in the file, as QUORATE_MEMBER or as --member$/),
      expect.stringMatching(/^peers.listen: missing: .*QUORATE_PEERS_LISTEN or as --peers-listen$/),
    ]);
  });

  it.each([
    ["a: [", /^FILE:1: this is no YAML: /],
    ["a: 1\na: 2", /^FILE:2: this is no YAML: Map keys must be unique$/],
    ["- a", /^FILE: the file holds no settings/],
  ])("when the file %j is no map", async (file, what) => {
    expect((await problems({ file }))[0]).toMatch(what);
  });

  it("when the file is not there, with a way to get one", async () => {
    const missing = loadConfig({ file: "no.yaml", env: {}, flags: new Map(), directory });
    await expect(missing).rejects.toThrow(/no\.yaml.*there is no such file.*quorate init/s);
  });

  it("when the key lies in the data directory, or two listeners meet", async () => {
    const file = `${MINIMAL}data: d\nkey: d/key.pem\nredis: { listen: "127.0.0.1:9001" }\nhttp: { listen: "0.0.0.0:9001" }\ninsecure: true\n`;
    expect(await problems({ file })).toEqual([
      "redis.listen (FILE:7): 127.0.0.1:9001 is taken by peers.listen; choose another port",
      "http.listen (FILE:8): 0.0.0.0:9001 is taken by peers.listen; choose another port",
      expect.stringMatching(/^key \(FILE:6\): .* is inside the data directory/),
    ]);
  });

  it("not for what Kubernetes puts beside a service called quorate", async () => {
    const env = {
      QUORATE_SERVICE_HOST: "10.0.0.1",
      QUORATE_SERVICE_PORT_REDIS: "7001",
      QUORATE_PORT: "tcp://10.0.0.1:7001",
      QUORATE_HTTP_PORT_8001_TCP_ADDR: "10.0.0.1",
    };
    expect(await problems({ env })).toEqual([]);
    for (const { key } of SETTINGS) expect(variableOf(key)).not.toMatch(/_(SERVICE_HOST|PORT)$/);
  });
});

describe("a door beyond this machine", () => {
  const open = (more: string) => `${MINIMAL}${more}`;

  it.each(["0.0.0.0:7001", "10.1.2.3:7001", "[::]:7001", "db.example:7001", "128.0.0.1:7001"])(
    "at %s is refused without TLS and users, and says all that is missing",
    async (listen) => {
      expect(await problems({ file: open(`redis: { listen: "${listen}" }`) })).toEqual([
        `redis.listen (FILE:5): ${listen} would open the door beyond this machine without TLS and to whoever has not signed in: set redis.tls.certificate and redis.tls.key and set access to users; or listen on 127.0.0.1; or say insecure`,
      ]);
    },
  );

  it("is refused with half of it", async () => {
    const tls = "tls: { certificate: c, key: k }";
    expect(await problems({ file: open(`http: { listen: "0.0.0.0:1", ${tls} }`) })).toHaveLength(1);
    expect(await problems({ file: open(`http: { listen: "0.0.0.0:1" }\naccess: users`) })).toHaveLength(1);
    expect(await problems({ file: open(`http: { listen: "0.0.0.0:1", ${tls} }\naccess: users`) })).toEqual([]);
    expect(await problems({ file: open(`http: { listen: "127.0.0.1:1", tls: { key: k } }`) })).toEqual([
      "http.tls.key (FILE:5): is nothing without http.tls.certificate: set both, or neither",
    ]);
  });

  it("opens where insecure is spelled out, and on loopback", async () => {
    expect(await problems({ file: open(`redis: { listen: "0.0.0.0:7001" }`), flags: { insecure: "true" } })).toEqual(
      [],
    );
    for (const listen of ["127.0.0.1:1", "127.9.9.9:1", "[::1]:1", "localhost:1"])
      expect(await problems({ file: open(`redis: { listen: "${listen}" }`) })).toEqual([]);
  });
});

describe("an address", () => {
  it("is read back as it is printed", () => {
    const host = fc.oneof(
      fc.domain(),
      fc.ipV4(),
      fc.ipV6().filter((ip) => !ip.includes("%")),
    );
    fc.assert(
      fc.property(host, fc.integer({ min: 0, max: 65_535 }), (host, port) => {
        expect(parseAddress(printAddress({ host, port }))).toEqual({ host, port });
      }),
    );
  });

  it.each(["", "a", ":1", "a:", "a:x", "a:70000", "::1:7001", "[a]:1", "a b:1", "http://a:1", "a:1/x"])(
    "is not %j",
    (text) => {
      expect(parseAddress(text)).toBeUndefined();
    },
  );

  it("is loopback by what it says, not by what a name may resolve to", () => {
    expect(["127.0.0.1", "::1", "localhost"].every(isLoopback)).toBe(true);
    expect(["0.0.0.0", "::", "localhost.example", "127.example", "10.0.0.1"].some(isLoopback)).toBe(false);
  });
});

describe("the names of settings", () => {
  it("are different as flags and as variables", () => {
    for (const name of [flagOf, variableOf]) {
      expect(new Set(SETTINGS.map(({ key }) => name(key))).size).toBe(SETTINGS.length);
    }
  });

  it("and their values stand in a JSON Schema that refuses the unknown", () => {
    const schema = JSON.stringify(configJsonSchema());
    for (const { help } of SETTINGS) expect(schema).toContain(JSON.stringify(help).slice(1, -1));
    expect(configJsonSchema()).toMatchObject({ type: "object", additionalProperties: false });
  });
});

function nested(key: string, value: unknown): object {
  return key.split(".").reduceRight<unknown>((inner, name) => ({ [name]: inner }), value) as object;
}
