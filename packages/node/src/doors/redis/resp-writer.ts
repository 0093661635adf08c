// Replies as a Redis client reads them. They are written as byte strings (one character a byte): values are such strings
// already, and joining strings is the cheapest way to make one write of many replies.
import { unreachable } from "@quorate/core";
import { type ByteString, formatDouble, type Reply } from "@quorate/machine";

/** RESP2, which every client speaks until it says HELLO 3. */
export type Protocol = 2 | 3;

export function writeReply(reply: Reply, protocol: Protocol): ByteString {
  switch (reply.kind) {
    case "simple":
      return `+${reply.text}\r\n`;
    case "error":
      return `-${oneLine(reply.text)}\r\n`;
    case "integer":
      return `:${reply.value}\r\n`;
    case "bulk":
      return bulk(reply.value);
    case "null":
      return protocol === 3 ? "_\r\n" : "$-1\r\n";
    case "null-array":
      return protocol === 3 ? "_\r\n" : "*-1\r\n";
    case "array":
      return items("*", reply.items, protocol);
    case "set":
      return items(protocol === 3 ? "~" : "*", reply.items, protocol);
    case "map":
      return entries(
        protocol === 3 ? `%${reply.entries.length}\r\n` : `*${2 * reply.entries.length}\r\n`,
        "",
        reply.entries,
        protocol,
      );
    case "pairs":
      return protocol === 3
        ? entries(`*${reply.entries.length}\r\n`, "*2\r\n", reply.entries, protocol)
        : entries(`*${2 * reply.entries.length}\r\n`, "", reply.entries, protocol);
    case "double":
      return protocol === 3 ? `,${formatDouble(reply.value)}\r\n` : bulk(formatDouble(reply.value));
    case "boolean":
      if (protocol === 3) return reply.value ? "#t\r\n" : "#f\r\n";
      return reply.value ? ":1\r\n" : ":0\r\n";
    case "verbatim":
      return protocol === 3 ? `=${reply.text.length + 4}\r\n${reply.format}:${reply.text}\r\n` : bulk(reply.text);
    default:
      return unreachable(reply);
  }
}

const bulk = (value: ByteString): ByteString => `$${value.length}\r\n${value}\r\n`;

/** An error is one line: what a client sent and is quoted back must not look like another reply. */
const oneLine = (text: ByteString): ByteString => (/[\r\n]/.test(text) ? text.replace(/[\r\n]/g, " ") : text);

function items(type: string, replies: readonly Reply[], protocol: Protocol): ByteString {
  let text = `${type}${replies.length}\r\n`;
  for (const reply of replies) text += writeReply(reply, protocol);
  return text;
}

function entries(
  head: string,
  before: string,
  pairs: readonly (readonly [Reply, Reply])[],
  protocol: Protocol,
): ByteString {
  let text = head;
  for (const [key, value] of pairs) text += before + writeReply(key, protocol) + writeReply(value, protocol);
  return text;
}
