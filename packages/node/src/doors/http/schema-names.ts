// The schemas under the names that they have in `/openapi.json`.
import { z } from "zod";
import {
  answer,
  changeStreamEnd,
  changeStreamEvent,
  commandRequest,
  commandsBody,
  commandsRequest,
  commandsResponse,
  committedAnswer,
  explainReport,
  jsonReply,
  jsonWord,
  kvDeleted,
  kvEntry,
  kvWrite,
  kvWritten,
  membersReport,
  operation,
  problemSchema,
  sessionClosed,
  sessionOpened,
  sessionRequest,
  socketRequest,
  socketResponse,
  statusReport,
  txnRequest,
  txnResponse,
} from "./schemas.ts";

export type SchemaName =
  | "AnyObject"
  | "Answer"
  | "ChangeStreamEnd"
  | "ChangeStreamEvent"
  | "CommandRequest"
  | "CommandsAnswer"
  | "CommandsBody"
  | "CommandsRequest"
  | "CommandsResponse"
  | "ExplainReport"
  | "JsonReply"
  | "JsonWord"
  | "KvDeleted"
  | "KvEntry"
  | "KvWrite"
  | "KvWritten"
  | "MembersReport"
  | "Operation"
  | "Problem"
  | "SessionClosed"
  | "SessionOpened"
  | "SessionRequest"
  | "SocketRequest"
  | "SocketResponse"
  | "StatusReport"
  | "TxnRequest"
  | "TxnResponse";

export const SCHEMAS: Readonly<Record<SchemaName, z.ZodType>> = {
  AnyObject: z.record(z.string(), z.unknown()),
  Answer: answer,
  ChangeStreamEnd: changeStreamEnd,
  ChangeStreamEvent: changeStreamEvent,
  CommandRequest: commandRequest,
  CommandsAnswer: z.union([committedAnswer, commandsResponse]),
  CommandsBody: commandsBody,
  CommandsRequest: commandsRequest,
  CommandsResponse: commandsResponse,
  ExplainReport: explainReport,
  JsonReply: jsonReply,
  JsonWord: jsonWord,
  KvDeleted: kvDeleted,
  KvEntry: kvEntry,
  KvWrite: kvWrite,
  KvWritten: kvWritten,
  MembersReport: membersReport,
  Operation: operation,
  Problem: problemSchema,
  SessionClosed: sessionClosed,
  SessionOpened: sessionOpened,
  SessionRequest: sessionRequest,
  SocketRequest: socketRequest,
  SocketResponse: socketResponse,
  StatusReport: statusReport,
  TxnRequest: txnRequest,
  TxnResponse: txnResponse,
};
