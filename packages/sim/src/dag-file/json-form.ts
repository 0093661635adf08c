// The JSON form of a DAG file. Fields that are not known are ignored, so that tools may add their own; what is known must
// be well-formed, and the message says where it is not.
import { DagFileError } from "./dag-file-error.ts";
import type { RawBlock, RawDag } from "./raw-dag.ts";

type Json = Readonly<Record<string, unknown>>;

/** Reads the JSON form. Whether its blocks keep the rules is for `judgeDag` to say. */
export function readJsonDag(text: string): RawDag {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new DagFileError(`not JSON: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
  const file = record(value, "the file");
  const fault = file["fault"] === undefined ? {} : record(file["fault"], "fault");
  return {
    members: list(file["members"], "members").map(readMember),
    fault: {
      crash: fault["crash"] === undefined ? undefined : amount(fault["crash"], "fault.crash"),
      byzantine: fault["byzantine"] === undefined ? 0 : amount(fault["byzantine"], "fault.byzantine"),
    },
    rule: readRule(file["rule"]),
    anchors: isAbsent(file["anchors"]) ? undefined : readAnchors(record(file["anchors"], "anchors")),
    blocks: list(file["blocks"], "blocks").map(readBlock),
    expectations: [],
  };
}

function readMember(value: unknown, index: number): RawDag["members"][number] {
  const place = `members[${index}]`;
  const member = record(value, place);
  const stake = member["stake"] === undefined ? 1 : amount(member["stake"], `${place}.stake`);
  return { name: text(member["name"], `${place}.name`), stake };
}

function readRule(value: unknown): RawDag["rule"] {
  if (isAbsent(value)) return undefined;
  const rule = text(value, "rule");
  if (rule === "cft2" || rule === "hyb3") return rule;
  throw new DagFileError(`rule must be "cft2" or "hyb3", not ${JSON.stringify(rule)}`);
}

/** No entry at all overrides nothing. */
function readAnchors(value: Json): RawDag["anchors"] {
  const anchors = new Map<number, readonly string[]>();
  for (const [key, owners] of Object.entries(value)) {
    const round = /^[1-9]\d*$/.test(key) ? Number(key) : Number.NaN;
    if (!Number.isSafeInteger(round)) throw new DagFileError(`anchors: ${JSON.stringify(key)} is not a round from 1`);
    const place = `anchors[${key}]`;
    anchors.set(
      round,
      list(owners, place).map((owner, index) => text(owner, `${place}[${index}]`)),
    );
  }
  return anchors.size === 0 ? undefined : anchors;
}

function readBlock(value: unknown, index: number): RawBlock {
  const block = record(value, `blocks[${index}]`);
  const id = text(block["id"], `blocks[${index}].id`);
  const place = `block ${id}`;
  return {
    id,
    author: text(block["author"], `${place}: author`),
    round: amount(block["round"], `${place}: round`),
    digest: isAbsent(block["digest"]) ? undefined : text(block["digest"], `${place}: digest`),
    parents: list(block["parents"], `${place}: parents`).map((parent) => text(parent, `${place}: a parent`)),
  };
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}

function record(value: unknown, place: string): Json {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Json;
  throw new DagFileError(`${place} must be an object`);
}

function list(value: unknown, place: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new DagFileError(`${place} must be a list`);
}

function text(value: unknown, place: string): string {
  if (typeof value === "string" && value !== "") return value;
  throw new DagFileError(`${place} must be a text that is not empty`);
}

function amount(value: unknown, place: string): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw new DagFileError(`${place} must be a whole number from 0`);
}
