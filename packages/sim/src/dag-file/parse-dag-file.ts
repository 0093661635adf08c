// From the text of a file to a DAG that keeps the rules, whichever form the file has.
import type { DagFile } from "./dag-file.ts";
import { readJsonDag } from "./json-form.ts";
import { judgeDag } from "./judge-dag.ts";
import { readTextDag } from "./text-form.ts";

/** Reads a DAG in either form. Throws a `DagFileError`, or a `ConfigurationError` for bounds that no rule can carry. */
export function parseDagFile(text: string): DagFile {
  const raw = /^\s*[{[]/.test(text) ? readJsonDag(text) : readTextDag(text);
  return judgeDag(raw);
}
