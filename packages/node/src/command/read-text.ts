// Text from a file or from standard input. Bytes that are no UTF-8 are refused: read as the sign for "unknown", two texts
// that differ would become one, and a wrong history a right one.
import { readFile } from "node:fs/promises";
import process from "node:process";
import { buffer } from "node:stream/consumers";

/** Reads a file that is named on the command line; `-` is standard input. */
export async function readText(file: string): Promise<string> {
  const bytes = file === "-" ? await buffer(process.stdin) : await readFile(file);
  return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
}

/** What a message calls it. */
export function nameOf(file: string): string {
  return file === "-" ? "standard input" : file;
}
