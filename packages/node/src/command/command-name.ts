// How this command is called here: what is told to be typed must work when it is typed.
import type { Io } from "./verb.ts";

/** `quorate`, or the words that npm needs before it. */
export function commandName({ env = {} }: Io): string {
  const event = env["npm_lifecycle_event"];
  if (event === "npx") return "npx quorate";
  return event === "start" || event === "quorate" ? "npm run -s quorate --" : "quorate";
}
