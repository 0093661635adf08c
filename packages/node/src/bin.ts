#!/usr/bin/env node
// The `quorate` command. Everything it does is in `command/`; here are only the edges of the process.
import { fileURLToPath } from "node:url";
import { runCommand } from "./command/run.ts";
import type { HostEvent } from "./command/verb.ts";

// A reader that has seen enough closes the pipe (`quorate plan | head -1`): that is its right and not our failure.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE" && error.code !== "EIO") throw error;
  });
}

// The channel to a parent closes with the parent, however that ends.
const eventOf = (event: HostEvent) => (event === "orphaned" ? "disconnect" : event);

// The exit code is set, not forced: what was written to a pipe must still reach its reader.
process.exitCode = await runCommand(process.argv.slice(2), {
  stdout: (text) => void process.stdout.write(text),
  stderr: (text) => void process.stderr.write(text),
  env: process.env,
  host: {
    self: [process.execPath, ...process.execArgv, fileURLToPath(import.meta.url)],
    interactive: process.stdin.isTTY === true,
    on(event, listener) {
      process.on(eventOf(event), listener);
      return () => void process.off(eventOf(event), listener);
    },
    tell: (message) => void process.send?.(message),
    exit: (code) => process.exit(code),
  },
});
if (process.connected) process.disconnect();
