// The log of a process: JSON lines on standard error. Whatever is put into it comes out bounded and without secrets, so
// that nobody has to think of either where something is logged.
import { toHex } from "@quorate/core";
import { pino } from "pino";
import type { Log } from "./log.ts";

export type LogLevel = "debug" | "info" | "warn" | "error";

export interface Logger extends Log {
  /** Says less or more from now on. */
  setLevel(level: LogLevel): void;
}

export interface LoggerOptions {
  readonly level: LogLevel;
  /** On every line: which member speaks. */
  readonly member?: string;
  /** Left out: standard error, each line written before the call returns, so that last words are not lost. */
  readonly write?: (line: string) => void;
}

const TEXT_CHARS_MAX = 4_096;
/** What a replica says of itself when it halts. */
const DUMP_CHARS_MAX = 65_536;
const BYTES_MAX = 64;
const ITEMS_MAX = 32;
const DEPTH_MAX = 5;
const SECRET = /pass(word|phrase)?$|secret|token|privatekey|^auth(orization)?$|^pem$|cookie/i;

export function createLogger({ level, member, write }: LoggerOptions): Logger {
  const options = {
    level,
    base: member === undefined ? null : { member },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  const destination = write === undefined ? pino.destination({ dest: 2, sync: true }) : { write };
  const logger = pino(options, destination);
  return {
    debug: (facts, text) => logger.debug(presentable(facts), text),
    info: (facts, text) => logger.info(presentable(facts), text),
    warn: (facts, text) => logger.warn(presentable(facts), text),
    error: (facts, text) => logger.error(presentable(facts), text),
    setLevel: (next) => {
      logger.level = next;
    },
  };
}

/** Facts as they may be written: bounded in every direction, secrets by name left out. */
export function presentable(facts: object): object {
  return present(facts, "", DEPTH_MAX) as object;
}

function present(value: unknown, name: string, depth: number): unknown {
  switch (typeof value) {
    case "string": {
      const max = name === "dump" ? DUMP_CHARS_MAX : TEXT_CHARS_MAX;
      return value.length <= max ? value : `${value.slice(0, max)}… (${value.length} characters)`;
    }
    case "bigint":
      return value.toString();
    case "object":
      return value === null ? null : presentObject(value, depth);
    case "function":
    case "symbol":
      return undefined;
    default:
      return value;
  }
}

function presentObject(value: object, depth: number): unknown {
  if (value instanceof Uint8Array) {
    const hex = toHex(value.subarray(0, BYTES_MAX));
    return value.length <= BYTES_MAX ? hex : `${hex}… (${value.length} bytes)`;
  }
  if (depth === 0) return "…";
  if (value instanceof Error) {
    const { name, message, stack, cause } = value;
    const more = Object.fromEntries(Object.entries(value));
    return present({ name, message, ...more, stack, ...(cause === undefined ? {} : { cause }) }, "", depth - 1);
  }
  if (value instanceof Map) return present(Object.fromEntries(value), "", depth);
  if (Array.isArray(value) || value instanceof Set) {
    const items = [...value];
    const shown = items.slice(0, ITEMS_MAX).map((item) => present(item, "", depth - 1));
    return items.length <= ITEMS_MAX ? shown : [...shown, `… (${items.length} items)`];
  }
  const entries = Object.entries(value);
  const shown = entries.slice(0, ITEMS_MAX).map(([key, item]) => {
    return [key, SECRET.test(key) ? "(not logged)" : present(item, key, depth - 1)];
  });
  if (entries.length > ITEMS_MAX) shown.push(["…", `${entries.length} entries`]);
  return Object.fromEntries(shown);
}
