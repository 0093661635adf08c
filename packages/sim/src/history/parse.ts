// Reads histories, ours and other systems'. Tolerant where formats differ without doubt (a missing index, a leading
// colon, a key inside the value), strict where a guess could turn a wrong history into a right one: whatever is not
// understood is refused with the place where it stands.
import { type HistoryEvent, type OperationName, type ProcessName, type Step, type Value, valueText } from "./event.ts";
import { HistoryError, type Operation, pairOperations } from "./operation.ts";

export interface ParsedHistory {
  readonly events: readonly HistoryEvent[];
  readonly operations: readonly Operation[];
  /** Where each event stands in the file: line by index. */
  readonly lines: ReadonlyMap<number, number>;
}

/** A file that is not a history; the message begins with `file:line`. */
export class HistoryFormatError extends Error {
  override readonly name: string = "HistoryFormatError";
  readonly code = "unreadable-history";
  readonly file: string;
  readonly line: number;

  constructor(file: string, line: number, message: string) {
    super(`${file}:${line}: ${message}`);
    this.file = file;
    this.line = line;
  }
}

/** Reads JSON lines, or one JSON array of events (then a "line" is an entry's position, from 1). */
export function parseHistory(text: string, file = "history"): ParsedHistory {
  const draft: DraftEvent[] = [];
  let reading = 1;
  try {
    const open = new Map<ProcessName, DraftEvent>();
    for (const { line, raw } of readRows(text, file)) {
      reading = line;
      const event = readDraft(raw, line, open);
      if (event !== undefined) draft.push(event);
    }
    numberEvents(draft);
    // An index that the file does not give is the line's: what a report names can be found.
    draft.sort((left, right) => left.index - right.index);
    const independent = isIndependent(draft);
    const lines = new Map<number, number>();
    const events = draft.map((event) => {
      reading = event.line;
      lines.set(event.index, event.line);
      return readEvent(event, independent);
    });
    completeValues(events, (index) => {
      reading = lines.get(index) ?? reading;
    });
    try {
      return { events, operations: pairOperations(events), lines };
    } catch (error) {
      if (error instanceof HistoryError) reading = lines.get(error.index) ?? reading;
      throw error;
    }
  } catch (error) {
    if (error instanceof HistoryFormatError) throw error;
    if (error instanceof Refused || error instanceof HistoryError) {
      throw new HistoryFormatError(file, reading, error.message);
    }
    throw error;
  }
}

/** Why a row is refused; the reader adds the place. */
class Refused extends Error {}

/** An event whose value has not been looked into. */
interface DraftEvent {
  index: number;
  readonly givenIndex: number | undefined;
  readonly line: number;
  readonly process: ProcessName;
  readonly type: HistoryEvent["type"];
  readonly f: OperationName;
  readonly key: string | undefined;
  readonly value: Value | undefined;
  readonly time: number | undefined;
}

type Row = { readonly line: number; readonly raw: unknown };

function readRows(text: string, file: string): readonly Row[] {
  const body = text.startsWith("\uFEFF") ? text.slice(1) : text;
  if (body.trimStart().startsWith("[")) {
    const entries = readJson(body, file, 1);
    if (!Array.isArray(entries)) throw new HistoryFormatError(file, 1, "expected a JSON array of events");
    return entries.map((raw, at) => ({ line: at + 1, raw }));
  }
  const rows: Row[] = [];
  body.split("\n").forEach((line, at) => {
    if (line.trim() !== "") rows.push({ line: at + 1, raw: readJson(line, file, at + 1) });
  });
  return rows;
}

function readJson(text: string, file: string, line: number): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new HistoryFormatError(file, line, `not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

const TYPES: readonly string[] = ["invoke", "ok", "fail", "info"];
const OPERATION_NAMES: ReadonlyMap<string, OperationName> = new Map([
  ["read", "read"],
  ["r", "read"],
  ["write", "write"],
  ["w", "write"],
  ["cas", "cas"],
  ["append", "append"],
  ["txn", "txn"],
]);

/** Values are compared and printed by walks that call themselves: a deeper one would end the process, not the reading. */
const DEPTH_MAX = 100;

function readDraft(raw: unknown, line: number, open: Map<ProcessName, DraftEvent>): DraftEvent | undefined {
  if (isDeeper(raw, DEPTH_MAX)) {
    throw new Refused(`values are nested more than ${DEPTH_MAX} deep: write what lies deeper as a text`);
  }
  if (typeof raw !== "object" || raw === null || Array.isArray(raw)) {
    throw new Refused(`expected an event such as {"process":0,"type":"invoke","f":"read",…}, found ${show(raw)}`);
  }
  const fields = raw as Readonly<Record<string, unknown>>;
  const process = readProcess(fields["process"]);
  // What a test did to the system, not what a client asked of it.
  if (process === "nemesis") return undefined;
  const type = withoutColon(fields["type"]);
  if (typeof type !== "string" || !TYPES.includes(type)) {
    throw new Refused(`type is ${show(fields["type"])}; expected invoke, ok, fail or info`);
  }
  const invocation = type === "invoke" ? undefined : open.get(process);
  const event: DraftEvent = {
    index: 0,
    givenIndex: readCount(fields["index"], "index"),
    line,
    process,
    type: type as HistoryEvent["type"],
    f: readName(fields["f"] ?? invocation?.f),
    key: readKey(fields["key"]) ?? invocation?.key,
    value: fields["value"] === undefined ? undefined : readValue(fields["value"]),
    time: readTime(fields["time"]),
  };
  if (type === "invoke") open.set(process, event);
  else open.delete(process);
  return event;
}

function readProcess(process: unknown): ProcessName {
  if (typeof process === "number" && Number.isSafeInteger(process)) return process;
  if (typeof process === "string" && process !== "") return String(withoutColon(process));
  throw new Refused(`process is ${show(process)}; expected a number or a name`);
}

function readName(f: unknown): OperationName {
  const name = withoutColon(f);
  const known = typeof name === "string" ? OPERATION_NAMES.get(name) : undefined;
  if (known === undefined) throw new Refused(`f is ${show(f)}; expected read, write, cas, append or txn`);
  return known;
}

/** A key 1 and a key "1" are one key: JSON writers disagree on which they write. */
function readKey(key: unknown): string | undefined {
  if (key === undefined || key === null) return undefined;
  if (typeof key === "string") return key;
  if (typeof key === "number") return String(readValue(key));
  throw new Refused(`key is ${show(key)}; expected a string or a number`);
}

function readCount(count: unknown, name: string): number | undefined {
  if (count === undefined || count === null) return undefined;
  if (typeof count === "number" && Number.isSafeInteger(count) && count >= 0) return count;
  throw new Refused(`${name} is ${show(count)}; expected an integer from 0`);
}

function readTime(time: unknown): number | undefined {
  if (time === undefined || time === null) return undefined;
  if (typeof time === "number" && Number.isFinite(time)) return time;
  throw new Refused(`time is ${show(time)}; expected a number`);
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1));
}

/** Numbers that JavaScript would round could make two values one: they are refused. */
function readValue(value: unknown): Value {
  if (typeof value === "number" && !Number.isFinite(value)) {
    throw new Refused("a number is too large to be told from others: write it as a string");
  }
  if (typeof value === "number" && Number.isInteger(value) && !Number.isSafeInteger(value)) {
    throw new Refused(`${value} may have lost digits: write integers beyond 2^53 as strings`);
  }
  if (typeof value === "object" && value !== null) Object.values(value).forEach(readValue);
  return value as Value;
}

function numberEvents(events: readonly DraftEvent[]): void {
  const given = events.length > 0 && events.every((event) => event.givenIndex !== undefined);
  const lines = new Map<number, number>();
  for (const event of events) {
    event.index = given ? (event.givenIndex ?? 0) : event.line - 1;
    const other = lines.get(event.index);
    if (other !== undefined) {
      throw new Refused(
        `index ${event.index} stands on lines ${other} and ${event.line}; leave index out to take the lines' order`,
      );
    }
    lines.set(event.index, event.line);
  }
}

/**
 * Whether values are `[key, value]` pairs, as Jepsen's independent tests write them. A single bare read settles it; a
 * history of one object and a history of pairs are never mixed.
 */
function isIndependent(events: readonly DraftEvent[]): boolean {
  const keyless = events.filter((event) => event.type === "invoke" && event.f !== "txn" && event.key === undefined);
  return keyless.length > 0 && keyless.every(({ f, value }) => isPair(value) && (f !== "cas" || isCouple(value[1])));
}

function isPair(value: Value | undefined): value is readonly [string | number, Value] {
  return isCouple(value) && (typeof value[0] === "string" || typeof value[0] === "number");
}

function isCouple(value: Value | undefined): value is readonly [Value, Value] {
  return Array.isArray(value) && value.length === 2;
}

function readEvent(event: DraftEvent, independent: boolean): HistoryEvent {
  const { process, type, f, index } = event;
  const base = { process, type, f, index, time: event.time ?? index };
  if (f === "txn") return { ...base, value: event.value === undefined ? null : readSteps(event.value, type) };
  let { key, value } = event;
  if (independent && key === undefined && value !== undefined && value !== null) {
    if (!isPair(value))
      throw new Refused(`value is ${show(value)}; expected a [key, value] pair as elsewhere in this file`);
    key = String(value[0]);
    value = value[1];
  }
  if (f === "cas" && type === "invoke" && !isCouple(value)) {
    throw new Refused(`value of a cas is ${show(value)}; expected [expected, next]`);
  }
  if ((f === "write" || f === "append") && type === "invoke" && value === undefined) {
    throw new Refused(`a ${f} needs the value that it writes`);
  }
  if (f === "read" && type === "ok" && value === undefined) {
    throw new Refused("an ok of a read needs the value that was read: null where there was nothing");
  }
  return { ...base, ...(key === undefined ? {} : { key }), value: value ?? null };
}

const STEP_NAMES: ReadonlyMap<string, Step[0]> = new Map([
  ["r", "r"],
  ["read", "r"],
  ["w", "w"],
  ["write", "w"],
  ["append", "append"],
]);

function readSteps(value: Value, type: HistoryEvent["type"]): Value {
  if (value === null && type !== "invoke") return null;
  if (!Array.isArray(value)) throw new Refused(`value of a txn is ${show(value)}; expected a list of steps`);
  return value.map((step: Value): Value => {
    const name = Array.isArray(step) ? withoutColon(step[0]) : undefined;
    const f = typeof name === "string" ? STEP_NAMES.get(name) : undefined;
    const key = Array.isArray(step) ? readKey(step[1]) : undefined;
    if (!Array.isArray(step) || f === undefined || key === undefined || step.length > 3) {
      throw new Refused(`step ${show(step)} is none of ["r", key, null], ["w", key, value], ["append", key, value]`);
    }
    if (f !== "r" && step[2] === undefined) throw new Refused(`step ${show(step)} needs the value that it writes`);
    return [f, key, step[2] ?? null];
  });
}

/** Gives completions what other recorders leave out, and refuses those that answer something else than was asked. */
function completeValues(events: HistoryEvent[], reading: (index: number) => void): void {
  const open = new Map<ProcessName, HistoryEvent>();
  events.forEach((event, at) => {
    reading(event.index);
    const invocation = open.get(event.process);
    if (event.type === "invoke") {
      open.set(event.process, event);
      return;
    }
    open.delete(event.process);
    if (invocation === undefined || invocation.f !== event.f) return;
    const key = event.key ?? invocation.key;
    const answered = event.type === "ok" && (event.f === "read" || event.f === "txn");
    if (answered && event.f === "txn") checkSteps(invocation.value, event.value);
    // Of what failed or is unknown some recorders give the error as the value; it says nothing of what was done.
    if (event.type === "ok" && !answered) checkWritten(invocation, event);
    events[at] = { ...event, ...(key === undefined ? {} : { key }), value: answered ? event.value : invocation.value };
  });
}

function checkWritten({ value: asked }: HistoryEvent, { f, value: done }: HistoryEvent): void {
  if (done === null || valueText(done) === valueText(asked)) return;
  throw new Refused(`the completion of this ${f} says ${show(done)}, but it was invoked with ${show(asked)}`);
}

function checkSteps(asked: Value, answered: Value): void {
  const same =
    Array.isArray(asked) &&
    Array.isArray(answered) &&
    asked.length === answered.length &&
    asked.every((step, at) => {
      const answer = answered[at];
      return (
        Array.isArray(step) &&
        Array.isArray(answer) &&
        step[0] === answer[0] &&
        step[1] === answer[1] &&
        (step[0] === "r" || valueText(step[2]) === valueText(answer[2]))
      );
    });
  if (!same) throw new Refused("the completion of this txn answers other steps than were invoked");
}

function withoutColon(word: unknown): unknown {
  return typeof word === "string" && word.startsWith(":") ? word.slice(1) : word;
}

function show(value: unknown): string {
  const text = value === undefined ? "missing" : JSON.stringify(value);
  return text.length <= 80 ? text : `${text.slice(0, 79)}…`;
}
