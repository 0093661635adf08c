// `quorate check`: verdicts, exit codes, and that the page about histories shows what the command really says.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SELF } from "../../test/command/program.ts";
import { EXIT } from "./exit-code.ts";
import { runCommand } from "./run.ts";

let directory = "";

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "quorate-check-"));
});

afterAll(() => rmSync(directory, { recursive: true }));

async function run(...argv: readonly string[]) {
  const told = { stdout: "", stderr: "" };
  const io = {
    stdout: (text: string) => void (told.stdout += text),
    stderr: (text: string) => void (told.stderr += text),
  };
  return { code: await runCommand(["check", ...argv], io), ...told };
}

/** `[process, type, f, key, value]` */
type Row = readonly [process: number, type: string, f: string, key: string, value: unknown];

function file(name: string, ...rows: readonly Row[]): string {
  const path = join(directory, name);
  const events = rows.map(([process, type, f, key, value]) => ({ process, type, f, ...(key && { key }), value }));
  writeFileSync(path, events.map((event) => `${JSON.stringify(event)}\n`).join(""));
  return path;
}

const write: readonly Row[] = [
  [0, "invoke", "write", "x", 1],
  [0, "ok", "write", "x", 1],
];
const right = () => file("right.jsonl", ...write, [1, "invoke", "read", "x", null], [1, "ok", "read", "x", 1]);
const stale = () => file("stale.jsonl", ...write, [1, "invoke", "read", "x", null], [1, "ok", "read", "x", null]);
const skewed = () =>
  file(
    "skewed.jsonl",
    [
      0,
      "invoke",
      "txn",
      "",
      [
        ["r", "x", null],
        ["append", "y", 1],
      ],
    ],
    [
      1,
      "invoke",
      "txn",
      "",
      [
        ["r", "y", null],
        ["append", "x", 1],
      ],
    ],
    [
      0,
      "ok",
      "txn",
      "",
      [
        ["r", "x", []],
        ["append", "y", 1],
      ],
    ],
    [
      1,
      "ok",
      "txn",
      "",
      [
        ["r", "y", []],
        ["append", "x", 1],
      ],
    ],
  );
const garbled = () => {
  const path = join(directory, "garbled.jsonl");
  writeFileSync(path, `${readFileSync(right(), "utf8")}what?\n`);
  return path;
};

describe("quorate check", () => {
  it("says that a history holds, and of what", async () => {
    const path = right();
    expect(await run(path)).toEqual({ code: EXIT.ok, stdout: `${path}: linearizable (2 operations)\n`, stderr: "" });
  });

  it("shows the smallest wrong part and exits with 10", async () => {
    const { code, stdout } = await run(stale());
    expect(code).toBe(EXIT.safetyBroken);
    expect(stdout).toContain("not linearizable: no order of these 2 operations");
    expect(stdout).toMatch(/process 0 {2}write 1 +├──┤/);
    const transactions = await run(skewed());
    expect(transactions.code).toBe(EXIT.safetyBroken);
    expect(transactions.stdout).toContain("not strictly serializable (cycle)");
  });

  it("names file and line of what it cannot read, judges the other files, and exits with 1", async () => {
    const path = garbled();
    const { code, stdout, stderr } = await run(path, right(), join(directory, "missing.jsonl"));
    expect(code).toBe(EXIT.failed);
    expect(stdout).toBe(`${right()}: linearizable (2 operations)\n`);
    expect(stderr).toContain(`quorate: ${path}:5: not JSON`);
    expect(stderr).toContain("ENOENT");
  });

  it("exits with 10 when one file is wrong and another unreadable", async () => {
    expect((await run(stale(), garbled())).code).toBe(EXIT.safetyBroken);
    expect((await run(garbled(), stale())).code).toBe(EXIT.safetyBroken);
  });

  it("judges the files after one that is nested too deep", async () => {
    const deep = join(directory, "deep.jsonl");
    const event = '{"process":0,"type":"invoke","f":"write","value":';
    writeFileSync(deep, `${event}${"[".repeat(9_000)}${"]".repeat(9_000)}}\n`);
    const { code, stdout, stderr } = await run(deep, stale());
    expect(code).toBe(EXIT.safetyBroken);
    expect(stdout).toContain("not linearizable");
    expect(stderr).toContain(`${deep}:1: values are nested more than 100 deep`);
  });

  it("refuses bytes that are no UTF-8, which would all read alike", async () => {
    const path = join(directory, "latin.jsonl");
    const event = (type: string, f: string, value: string) => JSON.stringify({ process: 0, type, f, key: "x", value });
    const text = [
      event("invoke", "write", "é"),
      event("ok", "write", "é"),
      event("invoke", "read", ""),
      event("ok", "read", "è"),
    ];
    writeFileSync(path, text.join("\n"), "latin1");
    expect(await run(path)).toMatchObject({ code: EXIT.failed, stdout: "", stderr: expect.stringContaining("utf-8") });
    writeFileSync(path, text.join("\n"));
    expect(await run(path)).toMatchObject({ code: EXIT.safetyBroken });
  });

  it("gives one line of JSON for each file", async () => {
    const open = file(
      "open.jsonl",
      [0, "invoke", "write", "x", 1],
      ...write.map(([, ...row]) => [1, ...row] as const),
      [2, "invoke", "read", "x", null],
      [2, "ok", "read", "x", 5],
    );
    const { code, stdout } = await run("--json", right(), stale(), garbled(), skewed(), open);
    expect(code).toBe(EXIT.safetyBroken);
    const answers = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(answers).toMatchObject([
      { file: right(), property: "linearizable", verdict: "holds", operations: 2 },
      {
        verdict: "violated",
        evidence: { key: "x", model: "register", operations: [{ f: "write", start: 0, end: 1 }, { f: "read" }] },
      },
      { file: garbled(), error: { code: "unreadable-history" } },
      { property: "strictly-serializable", verdict: "violated", evidence: { anomaly: "cycle" } },
      { verdict: "violated", evidence: { operations: [{ f: "read", value: 5 }], operationsTotal: 3 } },
    ]);
  });

  it("refuses what a model cannot take, with its line", async () => {
    const { code, stderr } = await run("--model", "append", right());
    expect(code).toBe(EXIT.failed);
    expect(stderr).toBe(`quorate: ${right()}:1: key "x" is a list, but write is no operation of one\n`);
    expect((await run("--model", "queue", right())).code).toBe(EXIT.usage);
    expect((await run()).code).toBe(EXIT.usage);
  });

  it("does not call an empty history right", async () => {
    expect(await run(file("empty.jsonl"))).toMatchObject({ code: EXIT.failed, stdout: "" });
  });

  it("judges single keys as transactions when told to", async () => {
    expect((await run("--model", "txn", stale())).stdout).toContain("not strictly serializable");
  });

  it("reads standard input", () => {
    const [program = "", ...words] = SELF;
    const { status, stdout } = spawnSync(program, [...words, "check", "-"], {
      input: readFileSync(stale()),
      encoding: "utf8",
    });
    expect(status).toBe(EXIT.safetyBroken);
    expect(stdout).toContain("standard input: not linearizable");
  });
});

describe("docs/histories.md", () => {
  const page = readFileSync(fileURLToPath(new URL("../../../../docs/histories.md", import.meta.url)), "utf8");
  const blocks = [...page.matchAll(/```(\w+)\n([\s\S]*?)```/g)].map(([, kind, body]) => ({ kind, body: body! }));
  const histories = blocks.filter(({ kind }) => kind === "jsonl");
  const sessions = blocks.filter(({ kind, body }) => kind === "console" && body.includes(".jsonl"));

  it.each(histories.map(({ body }, at) => [at, body] as const))(
    "shows what history %i is answered",
    async (at, body) => {
      const [command = "", ...answer] = sessions[at]!.body.split("\n");
      const name = command.split(" ").at(-1)!;
      const path = join(directory, name);
      writeFileSync(path, body);
      const { stdout, stderr } = await run(path);
      expect((stdout + stderr).replaceAll(path, name)).toBe(answer.join("\n"));
    },
  );

  it("has examples of both judges", () => {
    expect(histories).toHaveLength(3);
    expect(sessions).toHaveLength(3);
  });
});
