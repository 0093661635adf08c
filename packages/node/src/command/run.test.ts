// The command's contract: verbs, flags, exit codes, and which stream says what.
import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { SELF } from "../../test/command/program.ts";
import type { Args } from "./args.ts";
import { EXIT, EXIT_MEANINGS } from "./exit-code.ts";
import { nearest } from "./nearest.ts";
import { runCommand } from "./run.ts";
import type { Verb } from "./verb.ts";
import { VERBS } from "./verbs.ts";

async function run(argv: readonly string[], verbs?: readonly Verb[]) {
  const told = { stdout: "", stderr: "" };
  const io = {
    stdout: (text: string) => void (told.stdout += text),
    stderr: (text: string) => void (told.stderr += text),
  };
  return { code: await runCommand(argv, io, verbs), ...told };
}

/** A verb that does what the test says. */
function verb(body: (args: Args) => number, operands?: Verb["operands"]): Verb {
  return {
    name: "probe",
    summary: "what a test wants",
    flags: {
      depth: { kind: "value", value: "N", help: "a number" },
      loud: { kind: "switch", help: "a switch" },
    },
    ...(operands && { operands }),
    details: "nothing else",
    run: async (args) => body(args),
  };
}

function failing(code: string | undefined): Verb {
  return verb(() => {
    throw Object.assign(new Error("it went wrong; do this instead"), code === undefined ? {} : { code });
  });
}

describe("help", () => {
  it.each([["--help"], ["-h"], ["help"]])(
    "for %s lists every verb and every exit code on standard output",
    async (word) => {
      const { code, stdout, stderr } = await run([word]);
      expect(code).toBe(EXIT.ok);
      expect(stderr).toBe("");
      for (const { name, summary } of VERBS)
        expect(stdout).toMatch(new RegExp(`^  ${name} +${escaped(summary)}$`, "m"));
      for (const [number, meaning] of EXIT_MEANINGS)
        expect(stdout).toMatch(new RegExp(`^ +${number} +${escaped(meaning)}$`, "m"));
    },
  );

  it("of each verb tells its flags, the same in both ways of asking", async () => {
    for (const { name, flags } of VERBS) {
      const asked = await run([name, "--help"]);
      expect(asked.code).toBe(EXIT.ok);
      expect(asked.stdout).toContain(`usage: quorate ${name}`);
      for (const flag of [...Object.keys(flags), "json", "help"]) expect(asked.stdout).toContain(`--${flag}`);
      expect(await run(["help", name])).toEqual(asked);
      expect(await run([name, "-h"])).toEqual(asked);
    }
  });

  it("is given even where operands are missing", async () => {
    const files = verb(() => EXIT.ok, { name: "FILE…", min: 1, max: 9 });
    expect((await run(["probe", "--help"], [files])).stdout).toContain("usage: quorate probe [flags] FILE…");
  });

  it("prints no line wider than a terminal of 120 columns", async () => {
    for (const { name } of VERBS) {
      for (const line of (await run([name, "--help"])).stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(120);
    }
  });
});

describe("a command line that is not understood", () => {
  it.each([
    [[], "say what to do"],
    [["pln"], 'there is no verb "pln"; did you mean plan?'],
    [["frobnicate"], 'there is no verb "frobnicate"'],
    [["help", "pln"], "did you mean plan?"],
    [["--json"], 'there is no verb "--json"'],
    [["plan", "--membrs", "3"], "plan has no flag --membrs; did you mean --members?"],
    [["plan", "-x"], "plan has no flag -x"],
    [["plan", "--members"], "--members needs a value: --members N"],
    [["plan", "--members", "--json"], "--members needs a value"],
    [["plan", "--members="], "--members needs a value"],
    [["plan", "--json=yes", "--members", "3"], "--json takes no value"],
    [["plan", "--members", "3", "--members", "4"], "--members is given twice"],
    [["plan", "3"], 'plan does not know what to do with "3"'],
    [["plan", "--members", "-1"], '--members takes a whole number from 1 to 100, not "-1"'],
    [["plan", "--members", "2.5"], "--members takes a whole number"],
    [["plan", "--members", "0x10"], "--members takes a whole number"],
    [["plan", "--members", "101"], "--members takes a whole number from 1 to 100"],
  ])("%j exits 2, says %j and where the help is, and prints no answer", async (argv, message) => {
    const { code, stdout, stderr } = await run(argv);
    expect(code).toBe(EXIT.usage);
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/^Try: quorate (plan )?--help$/m);
    if (!argv.includes("--json")) expect(stdout).toBe("");
  });

  it("asks for operands that are missing", async () => {
    const files = verb(() => EXIT.ok, { name: "FILE…", min: 1, max: 2 });
    expect((await run(["probe"], [files])).stderr).toContain("probe needs FILE…");
    expect((await run(["probe", "a", "b"], [files])).code).toBe(EXIT.ok);
    expect((await run(["probe", "a", "b", "c"], [files])).code).toBe(EXIT.usage);
  });
});

describe("the exit code", () => {
  it.each([
    ["usage", 2],
    ["not-found", 3],
    ["unavailable", 4],
    ["indeterminate", 5],
    ["not-allowed", 6],
    ["configuration", 7],
    ["version", 7],
    ["corruption", 8],
    ["data-directory-in-use", 9],
    ["ENOENT", 1],
    ["toString", 1],
    [undefined, 1],
  ])("of an error with code %s is %i", async (code, exit) => {
    const result = await run(["probe"], [failing(code)]);
    expect(result.code).toBe(exit);
    expect(result.stdout).toBe("");
    expect(result.stderr).toContain("it went wrong; do this instead");
  });

  it("is the verb's own when it does not throw", async () => {
    expect((await run(["probe"], [verb(() => EXIT.safetyBroken)])).code).toBe(10);
    expect((await run(["probe"], [verb(() => EXIT.noProgress)])).code).toBe(11);
  });

  it("of our own mistake comes with the stack, of anybody else's without", async () => {
    expect((await run(["probe"], [failing(undefined)])).stderr).toMatch(/should not have happened.*\n\s+at /s);
    expect((await run(["probe"], [failing("unavailable")])).stderr).not.toMatch(/\n\s+at /);
  });

  it("has an explanation for each number, once", () => {
    expect(EXIT_MEANINGS.map(([code]) => code)).toEqual(Object.values(EXIT));
    expect(Object.values(EXIT)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  });
});

describe("--json", () => {
  it("puts a failure on standard output as an object, and for people on standard error", async () => {
    const { stdout, stderr } = await run(["probe", "--json"], [failing("unavailable")]);
    expect(JSON.parse(stdout)).toEqual({ error: { code: "unavailable", message: "it went wrong; do this instead" } });
    expect(stderr).toContain("it went wrong");
  });
});

describe("flags", () => {
  it("are read in any place and in both ways of writing a value", async () => {
    const seen: unknown[] = [];
    const probe = verb(
      (args) => {
        seen.push([args.whole("depth", { min: 0, max: 9 }), args.has("loud"), args.text("absent"), args.operands]);
        return EXIT.ok;
      },
      { name: "FILE…", min: 0, max: 9 },
    );
    await run(["probe", "a", "--depth", "3", "b", "--loud"], [probe]);
    await run(["probe", "--depth=4", "--", "--loud"], [probe]);
    await run(["probe"], [probe]);
    expect(seen).toEqual([
      [3, true, undefined, ["a", "b"]],
      [4, false, undefined, ["--loud"]],
      [undefined, false, undefined, []],
    ]);
  });
});

describe("the nearest word", () => {
  it("is near enough to be meant, or none", () => {
    expect(nearest("bysantine", ["crash", "byzantine"])).toBe("byzantine");
    expect(nearest("simm", ["sim", "plan"])).toBe("sim");
    expect(nearest("x", ["sim", "plan"])).toBeUndefined();
    expect(nearest("", ["sim"])).toBeUndefined();
  });
});

describe("the process", () => {
  const [program = "", ...words] = SELF;
  const spawn = (...argv: string[]) => spawnSync(program, [...words, ...argv], { encoding: "utf8" });

  it("answers on standard output and exits 0", () => {
    const { status, stdout, stderr } = spawn("plan", "--members", "3", "--json");
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(JSON.parse(stdout)).toMatchObject({ rule: "cft2", total: 3 });
  });

  it("refuses on standard error with the exit code of the refusal", () => {
    expect(spawn("plan", "--members", "4", "--crash", "2")).toMatchObject({ status: 7, stdout: "" });
    expect(spawn("frobnicate")).toMatchObject({ status: 2, stdout: "" });
  });
});

function escaped(text: string): string {
  return text.replace(/[()]/g, "\\$&");
}
