// How large a reply is, roughly: what the limit on replies is held against. Each value counts 16 bytes besides its own.
import type { Reply } from "./reply.ts";

const VALUE_BYTES = 16;

/** Bytes of a reply; counting stops above `enough`. */
export function replyBytes(reply: Reply, enough: number): number {
  switch (reply.kind) {
    case "bulk":
      return VALUE_BYTES + reply.value.length;
    case "error":
    case "simple":
    case "verbatim":
      return VALUE_BYTES + reply.text.length;
    case "array":
    case "set":
      return sumBytes(reply.items, enough);
    case "map":
    case "pairs": {
      let bytes = VALUE_BYTES;
      for (const pair of reply.entries) {
        bytes += sumBytes(pair, enough);
        if (bytes > enough) break;
      }
      return bytes;
    }
    default:
      return VALUE_BYTES;
  }
}

function sumBytes(replies: readonly Reply[], enough: number): number {
  let bytes = VALUE_BYTES;
  for (const reply of replies) {
    bytes += replyBytes(reply, enough);
    if (bytes > enough) break;
  }
  return bytes;
}
