// A real browser for tests: finds the Chromium that is installed, opens one page in it and ends it again. Pages report to
// the server that served them, so nothing has to drive the browser.
//
// The laws it keeps: each visit has a browser and a profile of its own, and nothing of either outlives it; the browser
// reaches this machine and nothing else.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const NAMES = ["chromium", "chromium-browser", "google-chrome"];

export interface Chromium {
  readonly program: string;
  readonly version: string;
}

/** The browser that is installed, or undefined where there is none. */
export function findChromium(): Chromium | undefined {
  for (const program of NAMES) {
    const { stdout } = spawnSync(program, ["--version"], { encoding: "utf8" });
    const version = /\d+(?:\.\d+){3}/.exec(stdout ?? "")?.[0];
    if (version !== undefined) return { program, version };
  }
  return undefined;
}

const FLAGS = [
  "--headless=new",
  "--disable-gpu",
  "--no-first-run",
  "--no-proxy-server",
  // What it would look up or fetch by itself.
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-quic",
  "--disable-sync",
  "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
  // What pages say on their consoles goes to standard error, for the message of a visit that fails.
  "--enable-logging=stderr",
  "--log-level=0",
];
/** It refuses to run as root with its sandbox, and tests in containers often are root. */
const ROOT_FLAGS = ["--no-sandbox"];
const SAID_CHARS_MAX = 4_000;

export interface Visit<T> {
  readonly url: string;
  /** Comes to what the page reports. */
  readonly report: Promise<T>;
  readonly timeoutMs: number;
}

/** Opens the page, waits for its report, and ends the browser. */
export async function visit<T>({ program }: Chromium, { url, report, timeoutMs }: Visit<T>): Promise<T> {
  const profile = mkdtempSync(join(tmpdir(), "quorate-chromium-"));
  const flags = process.getuid?.() === 0 ? [...FLAGS, ...ROOT_FLAGS] : FLAGS;
  // A group of its own: all of its processes end with it.
  const browser = spawn(program, [...flags, `--user-data-dir=${profile}`, url], {
    detached: true,
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  browser.stderr!.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-SAID_CHARS_MAX);
  });
  let timer: NodeJS.Timeout | undefined;
  const failed = new Promise<never>((_, reject) => {
    const fail = (why: string): void =>
      reject(new Error(`${program} ${why} at ${url}; the last that it said:\n${said}`));
    timer = setTimeout(() => fail(`had no report after ${timeoutMs} ms`), timeoutMs);
    browser.once("error", ({ message }) => fail(`did not start (${message})`));
    browser.once("exit", (code, signal) => fail(`ended with ${code ?? signal}`));
  });
  try {
    return await Promise.race([report, failed]);
  } finally {
    clearTimeout(timer);
    failed.catch(() => {});
    await end(browser);
    rmSync(profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  }
}

async function end(browser: ChildProcess): Promise<void> {
  const { pid } = browser;
  if (pid === undefined) return;
  const exit = browser.exitCode === null && browser.signalCode === null ? once(browser, "exit") : undefined;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // Nobody of the group is left.
  }
  await exit;
}
