// What is simulated or computed has no clock to keep: its tests yield the processor to those that run real replicas
// against real time, so that neither waits for the other's turn.
import { constants, setPriority } from "node:os";
import { sep } from "node:path";
import { expect } from "vitest";

const TIMELESS = ["core", "machine", "sim"].map((name) => `packages${sep}${name}${sep}`);

const path = expect.getState().testPath ?? "";
if (TIMELESS.some((folder) => path.includes(folder))) setPriority(constants.priority.PRIORITY_LOW);
