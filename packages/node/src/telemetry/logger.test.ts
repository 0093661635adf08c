// What comes out of the log: JSON lines, bounded, and never a secret.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createLogger, type LogLevel, presentable } from "./logger.ts";

function logger(level: LogLevel = "info") {
  const lines: string[] = [];
  return { lines, log: createLogger({ level, member: "a", write: (line) => void lines.push(line) }) };
}

describe("the log", () => {
  it("is a JSON line a fact, with time, level, member and text", () => {
    const { lines, log } = logger();
    log.warn({ peer: "b" }, "lost the link");
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/\n$/);
    expect(JSON.parse(lines[0]!)).toEqual({
      level: "warn",
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      member: "a",
      peer: "b",
      msg: "lost the link",
    });
  });

  it("says less or more as it is told while it runs", () => {
    const { lines, log } = logger("error");
    log.info({}, "unheard");
    log.setLevel("debug");
    log.debug({}, "heard");
    expect(lines.map((line) => JSON.parse(line).msg)).toEqual(["heard"]);
  });

  it("never shows what is called a secret, however deep it lies", () => {
    const names = [
      "password",
      "userPassword",
      "token",
      "accessToken",
      "secret",
      "privateKey",
      "authorization",
      "AUTH",
      "pem",
      "cookie",
    ];
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.array(fc.constantFrom("a", "b"), { maxLength: 7 }), (name, path) => {
        const facts = path.reduceRight<object>((inner, step) => ({ [step]: inner, list: [inner] }), {
          [name]: "hunter2",
        });
        const { lines, log } = logger();
        log.error(facts, "something");
        log.error({ error: Object.assign(new Error("x"), facts) }, "something");
        expect(lines.join("")).not.toContain("hunter2");
      }),
    );
  });

  it("bounds whatever it is given, cycles and dumps too", () => {
    fc.assert(
      fc.property(
        fc.object({
          maxDepth: 8,
          withBigInt: true,
          withTypedArray: true,
          withDate: true,
          withMap: true,
          withSet: true,
        }),
        (facts) => {
          expect(JSON.stringify(presentable(facts)).length).toBeLessThan(1_000_000);
        },
      ),
    );
    const cyclic: Record<string, unknown> = {
      bytes: new Uint8Array(1e6),
      text: "x".repeat(1e6),
      dump: "y".repeat(1e6),
    };
    cyclic["self"] = cyclic;
    cyclic["many"] = Array.from({ length: 10_000 }, (_, index) => index);
    const { lines, log } = logger();
    log.error(cyclic, "too much");
    expect(lines[0]!.length).toBeLessThan(500_000);
    expect(JSON.parse(lines[0]!).dump).toMatch(/^y{65536}… \(1000000 characters\)$/);
  });

  it("tells of an error its code, its cause and where it came from", () => {
    const cause = new Error("ENOSPC");
    const error = Object.assign(new Error("no space", { cause }), { code: "disk-full" });
    expect(presentable({ error })).toMatchObject({
      error: {
        message: "no space",
        code: "disk-full",
        cause: { message: "ENOSPC" },
        stack: expect.stringContaining("at "),
      },
    });
  });
});
