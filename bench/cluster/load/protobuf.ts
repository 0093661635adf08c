// As much of the protobuf encoding as a few calls of etcd's need: fields that hold bytes, and numbers. Both ends of it
// are known programs, so that what cannot be read here is a mistake of ours.
const VARINT = 0;
const BYTES = 2;

/** A field that holds bytes, a text or another message. */
export function bytesField(number: number, content: Buffer | string): Buffer {
  const bytes = typeof content === "string" ? Buffer.from(content) : content;
  return Buffer.concat([varint((number << 3) | BYTES), varint(bytes.length), bytes]);
}

/** The fields of that number that hold bytes, in their order. */
export function bytesOf(message: Buffer, number: number): readonly Buffer[] {
  return [...fields(message)].flatMap((field) =>
    field.number === number && typeof field.content !== "bigint" ? [field.content] : [],
  );
}

/** The number in that field; zero where it is left out, as the encoding has it. */
export function numberOf(message: Buffer, number: number): bigint {
  for (const field of fields(message))
    if (field.number === number && typeof field.content === "bigint") return field.content;
  return 0n;
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  return Buffer.from([...bytes, rest]);
}

interface Field {
  readonly number: number;
  readonly content: Buffer | bigint;
}

function* fields(message: Buffer): Generator<Field> {
  let at = 0;
  const next = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = message[at++];
      if (byte === undefined) throw new Error(`a message ends amid a number: ${message.toString("hex")}`);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < message.length) {
    const tag = Number(next());
    const number = tag >>> 3;
    switch (tag & 7) {
      case VARINT:
        yield { number, content: next() };
        break;
      case BYTES: {
        const length = Number(next());
        if (at + length > message.length) throw new Error(`a message ends amid a field: ${message.toString("hex")}`);
        yield { number, content: message.subarray(at, at + length) };
        at += length;
        break;
      }
      default:
        throw new Error(`field ${number} has the type ${tag & 7}, which nobody here reads`);
    }
  }
}
