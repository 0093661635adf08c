// docs/http.md tells the truth: its examples are run as they stand, and print what they say; its tables are those of the
// code.
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { DEFAULT_HTTP_LIMITS } from "../../../src/doors/http/limits.ts";
import { problem } from "../../../src/doors/http/problem.ts";
import { ROUTES } from "../../../src/doors/http/routes.ts";
import { consoleExamples, outputPattern } from "../../console-examples.ts";
import { openDoor } from "./open-door.ts";

const page = readFileSync(new URL("../../../../../docs/http.md", import.meta.url), "utf8");
const run = promisify(execFile);

const examples = consoleExamples(page);

describe("docs/http.md", () => {
  it("shows what its examples print", async () => {
    const { port } = await openDoor();
    expect(examples.length).toBeGreaterThan(15);
    // Names of sessions end in something that nobody can guess: what is shown stands for what is printed.
    let named: readonly [shown: string, printed: string] = ["", ""];
    const meant = (text: string): string => (named[0] === "" ? text : text.replaceAll(...named));
    for (const { line, output } of examples) {
      const command = meant(line).replaceAll("127.0.0.1:8001", `127.0.0.1:${port}`);
      // A watch does not end: its time is over, and curl says so.
      const { stdout } = await run("sh", ["-c", command]).catch((error: { readonly code: number; stdout: string }) => {
        expect([line, error.code]).toEqual([line, 28]);
        return error;
      });
      const [shown, printed] = [output, stdout].map((text) => /"session":"([\w.]+)"/.exec(text)?.[1] ?? "");
      if (named[0] === "" && shown !== "" && printed !== "") named = [shown!, printed!];
      expect(stdout.trim(), line).toMatch(outputPattern(meant(output)));
    }
  });

  it("has the statuses and codes of the code", () => {
    const rows = [...page.matchAll(/^\| (\d{3}) \| ([^|]+) \|/gm)];
    expect(rows.length).toBeGreaterThan(15);
    for (const [, status, codes = ""] of rows) {
      for (const [, code] of codes.matchAll(/`([A-Z]+)`/g)) {
        // The size of a command is the one case in which a word of the machine's has another status.
        if (code === "ERR" && status === "413") continue;
        expect([code, problem(code!, "").problem.status]).toEqual([code, Number(status)]);
      }
    }
  });

  it("names every route for people, and the limits as they are", () => {
    for (const { path } of ROUTES) expect(page).toContain(path.replace(/\/\{.*$/, ""));
    const { bodyBytesMax, connectionsMax, headBytesMax, pipelinedMax, requestsMax, socketsMax, watchesMax } =
      DEFAULT_HTTP_LIMITS;
    for (const text of [
      `| connections | ${connectionsMax} |`,
      `${headBytesMax / 1024} KiB, 10 s`,
      `${bodyBytesMax / 1024 / 1024} MiB, 30 s`,
      `${pipelinedMax} of one connection; ${requestsMax} together`,
      `| WebSockets | ${socketsMax},`,
      `| watches | ${watchesMax},`,
    ])
      expect(page).toContain(text);
  });
});
