// Writes docs/commands.md from the machine's table of commands.
import { writeFileSync } from "node:fs";
import { commandReference, FAMILIES } from "@quorate/machine";

const page = new URL("../docs/commands.md", import.meta.url);
writeFileSync(page, commandReference(FAMILIES));
