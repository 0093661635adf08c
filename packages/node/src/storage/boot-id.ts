// Which start of the operating system this is. What only the page cache held is gone when it differs.
import { readFileSync } from "node:fs";
import { uptime } from "node:os";

/** Differs after every start of the machine. Where the system names none, it may differ without one, which is safe. */
export function systemBootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim();
  } catch {
    return `booted ${Math.round(Date.now() / 10_000 - uptime() / 10)}`;
  }
}
