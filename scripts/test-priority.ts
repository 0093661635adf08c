// What is simulated or computed has no clock to keep: its tests yield the processor to those that run real replicas
// against real time, so that neither waits for the other's turn.
import { constants, setPriority } from "node:os";

setPriority(constants.priority.PRIORITY_LOW);
