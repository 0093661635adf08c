// The page at `/`: where the cluster stands, for somebody who has nothing but a browser. Made here and now from the status
// report: no script, nothing fetched, a refresh every two seconds. Whatever stands in a report is shown as text.
import { createHash } from "node:crypto";
import type { ExplainReport, MemberReport, StatusReport } from "@quorate/core/api";
import { printDuration } from "../../report/print-duration.ts";
import type { Headers } from "./exchange.ts";

const REFRESH_SECONDS = 2;

const STYLE = `
:root{color-scheme:light dark;--ink:#1b1f24;--soft:#5b6672;--line:#dfe3e8;--back:#f6f7f9;--card:#fff;--good:#1a7f4b;--bad:#c02b35;--warn:#9a6700;--bar:#3b76d4}
@media(prefers-color-scheme:dark){:root{--ink:#e8ebef;--soft:#98a3b0;--line:#2b323b;--back:#12161b;--card:#1a1f26;--good:#4cc38a;--bad:#ff7a80;--warn:#e5b454;--bar:#6ea0f0}}
*{box-sizing:border-box}
body{margin:0;background:var(--back);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
main{max-width:66rem;margin:0 auto;padding:2.5rem 1.25rem 3rem}
header{display:flex;flex-wrap:wrap;align-items:baseline;gap:.25rem 1rem}
h1{margin:0;font-size:1.6rem;letter-spacing:-.02em}
h2{margin:2.25rem 0 .75rem;font-size:1rem}
.soft{color:var(--soft)}
.state{margin:1.25rem 0;padding:.9rem 1.1rem;border:1px solid var(--line);border-left:4px solid var(--good);border-radius:6px;background:var(--card);font-size:1.05rem}
.state.bad{border-left-color:var(--bad)}
.state.warn{border-left-color:var(--warn)}
dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(9.5rem,1fr));gap:1px;margin:0;border:1px solid var(--line);border-radius:6px;overflow:hidden;background:var(--line)}
dl div{padding:.8rem 1.1rem;background:var(--card)}
dt{font-size:.8rem;color:var(--soft)}
dd{margin:0;font-size:1.25rem;line-height:1.35;font-variant-numeric:tabular-nums}
dd small{display:block;font-size:.8rem;color:var(--soft)}
.scroll{overflow-x:auto;border:1px solid var(--line);border-radius:6px;background:var(--card)}
table{width:100%;border-collapse:collapse;font-variant-numeric:tabular-nums}
th{font-size:.8rem;font-weight:500;color:var(--soft);text-align:right}
td{text-align:right}
th,td{padding:.55rem 1.1rem;border-top:1px solid var(--line);white-space:nowrap}
thead th{border-top:0}
th:first-child,td:first-child,th:nth-child(2),td:nth-child(2){text-align:left}
.up{color:var(--good)}.down{color:var(--bad)}.up::before,.down::before{content:"";display:inline-block;width:.55em;height:.55em;margin-right:.5em;border-radius:50%;background:currentColor}
.down::before{border-radius:1px}
tr.self td:first-child{font-weight:600}
ul{margin:0;padding:0;list-style:none}
li{margin:0 0 .5rem;padding:.75rem 1.1rem;border:1px solid var(--line);border-left:4px solid var(--soft);border-radius:6px;background:var(--card)}
li.critical{border-left-color:var(--bad)}li.warning{border-left-color:var(--warn)}
li p{margin:0}
footer{margin-top:2.25rem;color:var(--soft);font-size:.85rem}
a{color:inherit}
code{font-family:ui-monospace,monospace;font-size:.9em}
`;

/** Only this very style may apply, and nothing may be loaded, run, framed or sent. */
export const PAGE_HEADERS: Headers = {
  "Content-Security-Policy": `default-src 'none'; style-src 'sha256-${createHash("sha256").update(STYLE).digest("base64")}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  "Referrer-Policy": "no-referrer",
  "X-Frame-Options": "DENY",
};

export function renderPage(status: StatusReport, explain: ExplainReport): string {
  const { cluster, replica, quorum } = status;
  const down = status.members.filter(({ up, self }) => !up && !self);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="${REFRESH_SECONDS}">
<title>${text(replica.name)} · Quorate</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<header><h1>${text(replica.name)}</h1><span class="soft">one of ${status.members.length} equal replicas · Quorate ${text(status.version)}</span></header>
<p class="state ${status.ready ? (down.length > 0 ? "warn" : "") : "bad"}">${text(stateOf(status, down))}</p>
<dl>
${fact("Quorum", `${quorum.reachable} of ${cluster.stake}`, `needs ${quorum.needed}`)}
${fact("Commits", number(status.commitIndex), status.appliedIndex < status.commitIndex ? `${number(status.commitIndex - status.appliedIndex)} to apply` : "all applied")}
${fact("Round", number(status.round), `decided below ${number(status.undecidedRound)}`)}
${fact("Log", bytes(status.storage.logBytes), storageOf(status))}
${fact("Tolerates", tolerance(cluster.fault), `rule ${cluster.rule}`)}
${fact("Up", printDuration(replica.uptimeSeconds * 1000), replica.incarnation > 1 ? `incarnation ${replica.incarnation}` : "")}
</dl>
<h2>Members</h2>
<div class="scroll"><table>
<thead><tr><th>Member</th><th>Link</th><th>Stake</th><th>Round</th><th>Commit</th><th>Behind</th><th>Round trip</th></tr></thead>
<tbody>
${status.members.map((member) => row(member, status)).join("\n")}
</tbody>
</table></div>
${findings(explain)}
<footer>Cluster <code>${text(cluster.id)}</code> · this page is made from <a href="/v1/status">/v1/status</a> and <a href="/v1/explain">/v1/explain</a> · <a href="/metrics">metrics</a> · <a href="/openapi.json">what else is here</a></footer>
</main>
</body>
</html>
`;
}

function stateOf({ ready, mode, quorum }: StatusReport, down: readonly MemberReport[]): string {
  const absent = down.length === 0 ? "" : ` Not reachable: ${down.map(({ name }) => name).join(", ")}.`;
  if (mode !== "normal") return `This replica is ${mode}: ask another one.${absent}`;
  if (!quorum.reached)
    return `No quorum: stake ${quorum.reachable} of the ${quorum.needed} needed can be reached. Nothing is accepted here until it returns.${absent}`;
  if (!ready) return `This replica is not ready yet.${absent}`;
  return `Every read and every write is served.${absent}`;
}

function row(member: MemberReport, status: StatusReport): string {
  const { name, self, up, exposed, silentMs, stake, round, commitIndex, rttMs } = member;
  const link = self ? "this one" : up ? "up" : `down for ${printDuration(silentMs)}`;
  const behind = Math.max(0, status.commitIndex - commitIndex);
  return `<tr${self ? ' class="self"' : ""}><td>${text(name)}${exposed ? ' <span class="down">said two things</span>' : ""}</td><td><span class="${self || up ? "up" : "down"}">${link}</span></td><td>${number(stake)}</td><td>${number(round)}</td><td>${commitIndex === 0 && !self ? "–" : number(commitIndex)}</td><td>${commitIndex === 0 && !self ? "–" : number(behind)}</td><td>${rttMs === null || !up ? "–" : `${rttMs.toFixed(1)} ms`}</td></tr>`;
}

function findings({ findings: found }: ExplainReport): string {
  if (found.length === 0) return "";
  const items = found.map(
    ({ severity, what, todo }) => `<li class="${severity}"><p>${text(what)}</p><p class="soft">${text(todo)}</p></li>`,
  );
  return `<h2>What to know</h2>\n<ul>\n${items.join("\n")}\n</ul>`;
}

function storageOf({ storage, replica }: StatusReport): string {
  if (storage.pressure === "hard") return "the disk is full";
  if (storage.pressure === "soft") return "the disk is nearly full";
  return replica.durability === "fsync" ? "synced before it counts" : `durability: ${replica.durability}`;
}

function fact(name: string, value: string, note: string): string {
  return `<div><dt>${name}</dt><dd>${text(value)}${note === "" ? "" : `<small>${text(note)}</small>`}</dd></div>`;
}

function tolerance({ crash, byzantine }: StatusReport["cluster"]["fault"]): string {
  if (byzantine === 0) return `${crash} down`;
  return crash === 0 ? `${byzantine} lying` : `${byzantine} lying, ${crash} down`;
}

function number(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, "\u202f");
}

function bytes(value: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let at = 0;
  while (value >= 1024 && at < units.length - 1) {
    value /= 1024;
    at++;
  }
  return `${at === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[at]}`;
}

/** Text as HTML. */
function text(value: string): string {
  return value.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
