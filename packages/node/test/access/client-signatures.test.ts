// Sessions bound to a client's key, with real ed25519: whatever a replica does with a signed command, it can be applied
// once, in its session, as it was signed, or not at all.
import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { type Command, type CommandGroup, encodeCommand } from "@quorate/core";
import { createMachine, type KeyValueMachine, MemoryStore, type Reply } from "@quorate/machine";
import { beforeEach, describe, expect, it } from "vitest";
import { verifyClient } from "../../src/driver/verify-client.ts";

interface ClientKey {
  readonly privateKey: KeyObject;
  /** As SESSION.OPEN KEY takes it: the 32 bytes alone. */
  readonly publicKey: Uint8Array;
}

function newKey(): ClientKey {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const { x } = publicKey.export({ format: "jwk" });
  return { privateKey, publicKey: Buffer.from(x!, "base64url") };
}

const [alice, mallory] = [newKey(), newKey()];
const bytes = (...words: (string | Uint8Array)[]): Uint8Array[] =>
  words.map((word) => (typeof word === "string" ? Buffer.from(word) : word));

const signed = (command: Command, key: ClientKey): Command => ({
  ...command,
  clientSignature: sign(null, encodeCommand({ ...command, clientSignature: undefined }), key.privateKey),
});

describe("a session bound to an ed25519 key", () => {
  let machine: KeyValueMachine;
  let session: string;

  beforeEach(() => {
    machine = createMachine({ store: new MemoryStore(), verifyClient });
    session = open(alice);
  });

  function apply(...commands: Command[]): readonly Reply[] {
    const group: CommandGroup = { author: 0, timestamp: 1000, payload: commands.map(encodeCommand) };
    return machine.apply({ index: machine.index + 1, time: 1000, chainDigest: "" }, [group]).replies[0]!;
  }

  function unsigned(...words: (string | Uint8Array)[]): Command {
    return { words: bytes(...words), notAfter: 5000, session: undefined, user: "", clientSignature: undefined };
  }

  function open(key: ClientKey): string {
    const [reply] = apply(unsigned("SESSION.OPEN", "KEY", key.publicKey));
    if (reply?.kind !== "bulk") throw new Error(JSON.stringify(reply));
    return reply.value;
  }

  function numbered(sequence: number, id = session): Command {
    return { ...unsigned("INCR", "n"), session: { id, sequence, acknowledgedUpTo: 0 }, user: "ann" };
  }

  const count = (): Reply => {
    const answer = machine.query(bytes("GET", "n"), 1000);
    return "reply" in answer ? answer.reply : { kind: "null" };
  };

  const refused = { kind: "error", text: expect.stringMatching(/^NOPERM/) as string };

  it("applies what its client signed, once however often it is sent", () => {
    const command = signed(numbered(1), alice);
    expect(apply(command, command)).toEqual([
      { kind: "integer", value: 1 },
      { kind: "integer", value: 1 },
    ]);
    expect(apply(command)).toEqual([{ kind: "integer", value: 1 }]);
    expect(count()).toEqual({ kind: "bulk", value: "1" });
  });

  it("refuses what nobody or somebody else signed", () => {
    expect(apply(numbered(1))).toEqual([refused]);
    expect(apply(signed(numbered(1), mallory))).toEqual([refused]);
    expect(apply({ ...numbered(1), clientSignature: new Uint8Array(64) })).toEqual([refused]);
    expect(count()).toEqual({ kind: "null" });
  });

  it("refuses a signed command of which anything was changed", () => {
    const command = signed(numbered(1), alice);
    const { session: numbering } = command;
    for (const changed of [
      { ...command, words: bytes("INCR", "m") },
      { ...command, words: bytes("INCR", "n", "") },
      { ...command, notAfter: 9000 },
      { ...command, user: "root" },
      { ...command, session: { ...numbering!, sequence: 2 } },
      { ...command, session: { ...numbering!, acknowledgedUpTo: 1 } },
    ])
      expect(apply(changed)).toEqual([refused]);
    expect(apply(command)).toEqual([{ kind: "integer", value: 1 }]);
  });

  it("refuses a signed command replayed under another session, the same client's or somebody else's", () => {
    const command = signed(numbered(1), alice);
    const [second, foreign] = [open(alice), open(mallory)];
    for (const id of [second, foreign]) {
      expect(apply({ ...command, session: { ...command.session!, id } })).toEqual([refused]);
    }
    expect(apply(signed(numbered(1, second), alice))).toEqual([{ kind: "integer", value: 1 }]);
    expect(apply(signed(numbered(1, foreign), alice))).toEqual([refused]);
    expect(count()).toEqual({ kind: "bulk", value: "1" });
  });

  it("does not let a replica stash a command for later: after its time it is rejected for good", () => {
    const command = signed({ ...numbered(1), notAfter: 500 }, alice);
    expect(apply(command)).toMatchObject([{ kind: "error", text: expect.stringMatching(/^REJECTED/) as string }]);
    expect(apply(signed({ ...numbered(1), notAfter: 9000 }, alice))).toMatchObject([{ kind: "error" }]);
    expect(count()).toEqual({ kind: "null" });
  });

  it("takes no command at all if its key is not one", () => {
    for (const publicKey of [new Uint8Array(31), new Uint8Array(33), new Uint8Array(32), Buffer.from("not a key")]) {
      const id = open({ ...mallory, publicKey });
      for (const key of [alice, mallory]) expect(apply(signed(numbered(1, id), key))).toEqual([refused]);
    }
    expect(() => open({ ...mallory, publicKey: new Uint8Array() })).toThrow(/key cannot be empty/);
  });
});
