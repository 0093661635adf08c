// Small shapes of text for terminals.

/** Rows with aligned columns, indented by two; the last column may be as long as it likes. */
export function columns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = rows.reduce<number[]>(
    (widest, row) => row.map((cell, index) => Math.max(widest[index] ?? 0, [...cell].length)),
    [],
  );
  return rows.map((row) =>
    row
      .map((cell, index) => cell + " ".repeat(Math.max(0, widths[index]! - [...cell].length)))
      .join("   ")
      .replace(/^/, "  ")
      .trimEnd(),
  );
}

/** A count with its noun. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
