#!/usr/bin/env node
// The `quorate` command. Everything it does is in `command/`; here are only the edges of the process.
import { runCommand } from "./command/run.ts";

// A reader that has seen enough closes the pipe (`quorate plan | head -1`): that is its right and not our failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

// The exit code is set, not forced: what was written to a pipe must still reach its reader.
process.exitCode = await runCommand(process.argv.slice(2), {
  stdout: (text) => void process.stdout.write(text),
  stderr: (text) => void process.stderr.write(text),
});
