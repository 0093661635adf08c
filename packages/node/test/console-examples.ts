// The examples of a page that show a shell: each line after a dollar sign, and what it prints.

export interface ConsoleExample {
  readonly line: string;
  readonly output: string;
}

export function consoleExamples(page: string): readonly ConsoleExample[] {
  return [...page.matchAll(/```console\n([\s\S]*?)```/g)].flatMap(([, block = ""]) =>
    block
      .split(/^\$ /m)
      .slice(1)
      .map((part) => {
        const end = part.indexOf("\n");
        return { line: part.slice(0, end), output: part.slice(end + 1).trim() };
      }),
  );
}

/** The text with `…` for whatever stands there, up to the end of the line at most. */
export function outputPattern(output: string): RegExp {
  const escaped = output.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${escaped.replaceAll("…", "[^\\n]*?")}$`);
}
