// `quorate init`: a new cluster on paper: keys, genesis, and for each member the folder that its machine gets.
import { resolve } from "node:path";
import { defaultCrash, STAKE_TOTAL_MAX, totalStake } from "@quorate/core";
import { type Address, isLoopback, parseAddress, printAddress } from "../config/address.ts";
import { CONFIG_FILE, makeCluster, type NewMember } from "../config/new-cluster.ts";
import { isMemberName } from "../config/settings.ts";
import type { Args } from "./args.ts";
import { EXIT } from "./exit-code.ts";
import { columns } from "./text.ts";
import { UsageError } from "./usage-error.ts";
import type { Verb } from "./verb.ts";

const REDIS_PORT = 7_000;
const HTTP_PORT = 8_000;

export const init: Verb = {
  name: "init",
  summary: "makes the keys, the genesis and the configuration of a new cluster",
  flags: {
    members: { kind: "value", value: "a=HOST:PORT,…", help: "each member's name, and where the others reach it" },
    crash: { kind: "value", value: "c", help: "stake that may stop; left out, as much as fits beside --byzantine" },
    byzantine: { kind: "value", value: "f", help: "stake that may lie; left out, 0" },
    stakes: { kind: "value", value: "3,1,1", help: "stake of each member; left out, 1 each" },
    durability: { kind: "value", value: "fsync|os|memory", help: "how far a write reaches before it counts (fsync)" },
    dir: { kind: "value", value: "DIR", help: "where to write; must be new or empty" },
  },
  details: `what it makes
  DIR/genesis.json      what all members agreed on; no secret
  DIR/NAME/             all that member NAME needs: copy it to its machine, whole, and delete it here
    ${CONFIG_FILE}        its configuration; paths in it start from there
    genesis.json        the same for all
    key.pem             its private key, mode 600: whoever holds it is the member
    data/               its data directory: made here and never by start, so that a member whose disk is
                        gone is not taken for a new one

  Nothing is ever overwritten. Doors listen on 127.0.0.1:7001 and :8001 of each machine; members on one
  host get 7001, 7002, … and 8001, 8002, … in order.

--json prints one object
  { clusterId, directory, members: [{ name, stake, config, peer, redis, http }] }

examples
  quorate init --members a=10.0.0.1:9001,b=10.0.0.2:9001,c=10.0.0.3:9001 --dir cluster
  quorate start --config cluster/a/${CONFIG_FILE}`,
  async run(args, io) {
    const text = args.text("dir");
    if (text === undefined) throw new UsageError("init needs to know where to write: --dir DIR");
    const directory = resolve(text);
    const members = readMembers(args);
    const byzantine = args.whole("byzantine", { min: 0, max: STAKE_TOTAL_MAX }) ?? 0;
    const stake = totalStake(members.map((member) => member.stake));
    const crash = args.whole("crash", { min: 0, max: STAKE_TOTAL_MAX }) ?? defaultCrash(stake, byzantine);
    const durability = args.choice("durability", ["fsync", "os", "memory"]) ?? "fsync";
    const { clusterId } = await makeCluster({ directory, members, fault: { crash, byzantine }, durability });
    const made = members.map((member) => ({ ...print(member), config: `${directory}/${member.name}/${CONFIG_FILE}` }));
    if (args.has("json")) {
      io.stdout(`${JSON.stringify({ clusterId, directory, members: made })}\n`);
      return EXIT.ok;
    }
    const lines = [
      `cluster ${clusterId}: ${members.length} members, stake ${crash} may stop, ${byzantine} may lie`,
      "",
      ...columns([
        ["member", "stake", "peers", "redis", "http"],
        ...made.map(({ name, stake, peer, redis, http }) => [name, String(stake), peer, redis, http]),
      ]),
      "",
      "Copy each folder to its member's machine, whole, with the key's mode kept, and delete it here:",
      ...members.map(({ name }) => `  ${directory}/${name}`),
      "Then, on each:",
      `  quorate start --config ${CONFIG_FILE}`,
      "",
    ];
    io.stdout(lines.join("\n"));
    return EXIT.ok;
  },
};

function print({ name, stake, peer, redis, http }: NewMember) {
  return { name, stake, peer: printAddress(peer), redis: printAddress(redis), http: printAddress(http) };
}

function readMembers(args: Args): readonly NewMember[] {
  const given = args.list("members");
  if (given === undefined) throw new UsageError("init needs to know the members: --members a=HOST:PORT,b=HOST:PORT,…");
  const stakes = args.wholes("stakes", { min: 1, max: STAKE_TOTAL_MAX }) ?? given.map(() => 1);
  if (stakes.length !== given.length) {
    throw new UsageError(`--stakes names ${stakes.length}, but there are ${given.length} members: give one for each`);
  }
  const hosts: string[] = [];
  return given.map((word, index) => {
    const [, name = "", address = ""] = /^([^=]*)=(.*)$/.exec(word) ?? [];
    const peer = parseAddress(address);
    if (!isMemberName(name) || peer === undefined || peer.port === 0) {
      throw new UsageError(
        `--members takes name=host:port for each, as in a=10.0.0.1:9001, not ${JSON.stringify(word)}`,
      );
    }
    // Doors on one host must not meet.
    const place = isLoopback(peer.host) ? "this machine" : peer.host;
    const port = hosts.filter((host) => host === place).length + 1;
    hosts.push(place);
    const door = (base: number): Address => ({ host: "127.0.0.1", port: base + port });
    return { name, stake: stakes[index]!, peer, redis: door(REDIS_PORT), http: door(HTTP_PORT) };
  });
}
