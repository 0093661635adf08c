// Runs one of the workspace's tasks with nothing set up beforehand: installs what is missing, says so, and then
// does the task. Plain JavaScript, because it must run before anything is installed.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const [task = "", ...rest] = process.argv.slice(2);

const loader = pathToFileURL(join(root, "node_modules/tsx/dist/loader.mjs")).href;
const node = (...args) => [process.execPath, "--conditions=@quorate/source", "--import", loader, ...args];
const tool = (name, ...args) => [process.execPath, join(root, "node_modules", name), ...args];
const tsc = (project) => tool("typescript/bin/tsc", "-p", project, "--noEmit");

const tasks = {
  quorate: async () => {
    const { bundleCommand } = await import("./bundle.mjs");
    return [[process.execPath, "--enable-source-maps", await bundleCommand(root), ...rest]];
  },
  test: () => [tool("vitest/vitest.mjs", "run", ...rest)],
  soak: () => [node(join(root, "scripts/soak.ts"), ...rest)],
  build: () => [node(join(root, "scripts/build.ts"))],
  example: ([name = ""] = rest) => {
    const names = readdirSync(join(root, "examples"));
    if (!names.includes(name)) fail(`no example ${JSON.stringify(name)}; one of ${names.join(", ")}`, 2);
    return [node(join(root, "examples", name, "main.ts"))];
  },
  bench: () => [node("--expose-gc", join(root, "bench/run.ts"), ...rest)],
  check: () => [
    ...["core", "machine", "sim", "client", "node"].map((name) => tsc(`packages/${name}/tsconfig.json`)),
    tsc("tsconfig.tests.json"),
    tool("@biomejs/biome/bin/biome", "ci", "--error-on-warnings"),
    tool("dependency-cruiser/bin/dependency-cruise.mjs", "--config", ".dependency-cruiser.cjs", "packages"),
    tool("knip/bin/knip.js"),
  ],
  fix: () => [tool("@biomejs/biome/bin/biome", "check", "--write")],
};

function fail(message, code = 1) {
  console.error(`quorate: ${message}`);
  process.exit(code);
}

/** The lock file's versions are what is tested; a missing or older tree is replaced by exactly those. */
function installIfMissing() {
  const marker = join(root, "node_modules", ".package-lock.json");
  const wanted = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
  const present = existsSync(marker) ? JSON.parse(readFileSync(marker, "utf8")).packages : {};
  const missing = Object.entries(wanted).some(
    ([path, entry]) =>
      path !== "" &&
      !entry.optional &&
      !entry.link &&
      present[path]?.version !== entry.version &&
      path.startsWith("node_modules/"),
  );
  if (!missing) return;
  console.error("quorate: installing the dependencies of the workspace (npm install, once)");
  const npm = process.env.npm_execpath;
  // Not `npm ci`: it refuses a lock that does not name the native builds of every platform in the world.
  // No install scripts either: they would look for a compiler or fetch programs from elsewhere than the registry, and all
  // that is used here comes built.
  const install = ["install", "--no-save", "--ignore-scripts"];
  const [command, args] = npm ? [process.execPath, [npm, ...install]] : ["npm", install];
  const { status } = spawnSync(command, [...args, "--no-audit", "--no-fund"], { cwd: root, stdio: ["ignore", 2, 2] });
  if (status !== 0) fail("npm install failed; see above, then run the command again");
}

/** Signals are the child's: a cluster that is told to stop has to stop in order, whichever process was told. */
function runToEnd(command, args, cwd) {
  const child = spawn(command, args, { cwd, stdio: "inherit" });
  const forward = ["SIGINT", "SIGTERM", "SIGHUP"].map((name) => {
    // A terminal sends Ctrl-C to both; twice would mean "at once".
    const listener = () => void (name === "SIGINT" && process.stdin.isTTY ? undefined : child.kill(name));
    process.on(name, listener);
    return () => process.off(name, listener);
  });
  return new Promise((resolve) => {
    child.on("error", (error) => fail(error.message));
    child.on("close", (status, signal) => {
      for (const end of forward) end();
      resolve({ status, signal });
    });
  });
}

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19))
  fail(`Node ${process.versions.node} is too old: 20.19 or newer is needed`, 7);
if (!Object.hasOwn(tasks, task)) fail(`no task ${JSON.stringify(task)}; one of ${Object.keys(tasks).join(", ")}`, 2);
installIfMissing();
for (const [command, ...args] of await tasks[task]()) {
  // File names on the command line are the caller's: npm moved to the root but remembers where the caller stood.
  const cwd = task === "quorate" ? (process.env.INIT_CWD ?? process.cwd()) : root;
  const { status, signal } = await runToEnd(command, args, cwd);
  if (signal) process.kill(process.pid, signal);
  if (status !== 0) process.exit(status ?? 1);
}
