// Reads RESP2 and RESP3 replies strictly: what a client of this protocol would trip over is an error here. Written apart
// from the door, so that both would have to be wrong alike.

/** A value as it stood on the wire: its type byte, and its text or items. */
export type Wire =
  | { readonly type: "+" | "-" | ":" | "$" | "," | "#" | "="; readonly value: string }
  | { readonly type: "$" | "*" | "_"; readonly value: null }
  | { readonly type: "*" | "~" | "%"; readonly value: readonly Wire[] };

export interface Decoded {
  readonly wire: Wire;
  readonly end: number;
}

/** The value that starts at a place of these bytes (one character each); undefined if it is not there whole. */
export function decode(bytes: string, at = 0): Decoded | undefined {
  const lineEnd = bytes.indexOf("\r\n", at);
  if (lineEnd < 0) return undefined;
  const type = bytes[at]!;
  const line = bytes.slice(at + 1, lineEnd);
  const start = lineEnd + 2;
  if (/[\r\n]/.test(line)) throw new Error(`a line holds half a line end: ${JSON.stringify(line)}`);
  switch (type) {
    case "+":
    case "-":
      return { wire: { type, value: line }, end: start };
    case ":":
      return { wire: { type, value: expectMatch(line, /^-?\d+$/) }, end: start };
    case ",":
      return { wire: { type, value: expectMatch(line, /^(nan|-?inf|-?\d+(\.\d+)?(e[+-]?\d+)?)$/) }, end: start };
    case "#":
      return { wire: { type, value: expectMatch(line, /^[tf]$/) }, end: start };
    case "_":
      expectMatch(line, /^$/);
      return { wire: { type, value: null }, end: start };
    case "$":
    case "=": {
      if (type === "$" && line === "-1") return { wire: { type, value: null }, end: start };
      const end = start + Number(expectMatch(line, /^\d+$/));
      if (bytes.length < end + 2) return undefined;
      if (bytes.slice(end, end + 2) !== "\r\n") throw new Error("a bulk string is not as long as it says");
      return { wire: { type, value: bytes.slice(start, end) }, end: end + 2 };
    }
    case "*":
    case "~":
    case "%":
      if (type === "*" && line === "-1") return { wire: { type, value: null }, end: start };
      return decodeItems(bytes, start, type, Number(expectMatch(line, /^\d+$/)) * (type === "%" ? 2 : 1));
    default:
      throw new Error(`no value starts with ${JSON.stringify(type)}`);
  }
}

function decodeItems(bytes: string, start: number, type: "*" | "~" | "%", count: number): Decoded | undefined {
  const items: Wire[] = [];
  let end = start;
  for (let left = count; left > 0; left--) {
    const item = decode(bytes, end);
    if (item === undefined) return undefined;
    items.push(item.wire);
    end = item.end;
  }
  return { wire: { type, value: items }, end };
}

function expectMatch(text: string, pattern: RegExp): string {
  if (!pattern.test(text)) throw new Error(`${JSON.stringify(text)} is no ${pattern}`);
  return text;
}

/** For comparing and reading: `OK`, `-ERR …`, `:1`, `"text"`, `nil`, `[…]`, `{…}`. */
export function print(wire: Wire): string {
  const { type, value } = wire;
  if (value === null) return "nil";
  if (typeof value !== "string") {
    const items = value.map(print).join(" ");
    return type === "%" ? `{${items}}` : type === "~" ? `~[${items}]` : `[${items}]`;
  }
  if (type === "+") return value;
  return type === "$" ? JSON.stringify(value) : type + value;
}
