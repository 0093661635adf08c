// From the text of a file to a DAG that keeps the rules, whichever form the file has.
import type { DagFile } from "./dag-file.ts";
import { readJsonDag } from "./json-form.ts";
import { judgeDag } from "./judge-dag.ts";
import { readTextDag } from "./text-form.ts";

/** Reads a DAG in either form. Throws a `DagFileError`, or a `ConfigurationError` for bounds that no rule can carry. */
export function parseDagFile(text: string): DagFile {
  // Some editors write a byte order mark; JSON knows none.
  const body = text.replace(/^\uFEFF/, "");
  return judgeDag(/^\s*[{[]/.test(body) ? readJsonDag(body) : readTextDag(body));
}
