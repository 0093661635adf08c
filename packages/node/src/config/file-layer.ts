// A configuration file: YAML, of which JSON is a part. Every value remembers the line it stands in.
import { isMap, isNode, LineCounter, parseDocument } from "yaml";
import type { ConfigProblem } from "./problem.ts";

export interface FileLayer {
  readonly values: Readonly<Record<string, unknown>>;
  /** The value at a dotted key and where it stands, if it stands there. */
  find(key: string): { readonly value: unknown; readonly origin: string } | undefined;
  readonly problems: readonly ConfigProblem[];
}

/** Reads a file's text; `name` is how the file is called in messages. */
export function readFileLayer(text: string, name: string): FileLayer {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const place = (offset: number) => `${name}:${lines.linePos(offset).line}`;
  const problems = [...document.errors, ...document.warnings].map(({ message, pos }) => ({
    key: "",
    where: place(pos[0]),
    what: `this is no YAML: ${message.replace(/\.$/, "")}`,
  }));
  const empty = { values: {}, find: () => undefined };
  if (problems.length > 0) return { ...empty, problems };
  if (document.contents === null) return { ...empty, problems };
  if (!isMap(document.contents)) {
    return {
      ...empty,
      problems: [{ key: "", where: name, what: "the file holds no settings; write key: value lines" }],
    };
  }
  const values = document.toJS() as Record<string, unknown>;
  return {
    values,
    problems,
    find(key) {
      const path = key.split(".");
      const node = document.getIn(path, true);
      if (!isNode(node)) return undefined;
      return {
        value: path.reduce<unknown>((at, step) => (at as never)?.[step], values),
        origin: place(node.range![0]),
      };
    },
  };
}
