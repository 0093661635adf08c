// docs/configuration.md and docs/operations.md list what there is: settings, exit codes, metrics, findings.
import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { describe, expect, it } from "vitest";
import { parseDocument } from "yaml";
import { statusReport } from "../../test/command/status-report.ts";
import { EXIT_MEANINGS } from "../command/exit-code.ts";
import { createMetrics } from "../telemetry/metrics.ts";
import { newPeerCounters, newRefusalCounters } from "../transport/facts.ts";
import { CONFIG_SCHEMA } from "./schema.ts";
import { flagOf, SETTINGS, variableOf } from "./settings.ts";

const page = (name: string) => readFileSync(new URL(`../../../../docs/${name}.md`, import.meta.url), "utf8");

/** The rows of the table that begins with this head. */
function tableBelow(text: string, head: string): readonly string[] {
  const lines = text.split("\n");
  const at = lines.indexOf(head);
  expect(at, `a table ${head}`).toBeGreaterThan(0);
  const rest = lines.slice(at + 2);
  return rest.slice(
    0,
    rest.findIndex((line) => !line.startsWith("|")),
  );
}

const cell = (text: string) => text.replaceAll("|", "\\|");

describe("docs/configuration.md", () => {
  it("lists every setting as it is", () => {
    const rows = SETTINGS.map(({ key, help, value, default: fallback }) => {
      const flag = value === undefined ? `--${flagOf(key)}` : `--${flagOf(key)} ${value}`;
      const cells = [
        `\`${key}\``,
        `\`${cell(flag)}\``,
        `\`${variableOf(key)}\``,
        fallback ? `\`${fallback}\`` : "",
        help,
      ];
      return `| ${cells.join(" | ")} |`.replaceAll("|  |", "| |");
    });
    expect(tableBelow(page("configuration"), "| key | flag | variable | default | |")).toEqual(rows);
  });

  it("shows a file that is accepted", () => {
    const [, example = ""] = /```yaml\n([\s\S]*?)```/.exec(page("configuration")) ?? [];
    expect(CONFIG_SCHEMA.safeParse(parseDocument(example).toJS()).error).toBeUndefined();
  });
});

describe("docs/operations.md", () => {
  it("lists every exit code", () => {
    const rows = EXIT_MEANINGS.map(([code, meaning]) => `| ${code} | ${meaning} |`);
    expect(tableBelow(page("operations"), "| code | |").slice(0, rows.length)).toEqual(rows);
  });

  it("lists every metric", async () => {
    const made = createMetrics({ members: ["a", "b"], commands: [] });
    const peers = [{ ...newPeerCounters(), peer: 1, up: true, queuedBytes: { blocks: 0, "catch-up": 0 } }];
    const transport = () => ({ peers, refused: newRefusalCounters(), handshakes: 0 });
    made.watch({
      status: () => statusReport(),
      census: () => ({ keys: 1, leases: 0, sessions: 0 }),
      transport,
      directory: tmpdir(),
    });
    const text = await made.scrape();
    const rows = [...text.matchAll(/^# HELP (\S+) (.*)\n# TYPE \S+ (\S+)$/gm)].map(([, name, help, type]) => {
      return `| \`${name}\` | ${type} | ${help} |`;
    });
    expect(rows.length).toBeGreaterThan(40);
    expect([...tableBelow(page("operations"), "| name | type | |")].sort()).toEqual(rows.sort());
  });
});
