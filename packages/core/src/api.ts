// What clients and replicas say to each other over HTTP and WebSocket, as types: the client package imports these and
// nothing else of the server. `@quorate/core/api`; no code runs here.
export type { Answer, AnswerCode, CommandsResponse } from "./api/answer.ts";
export type { Change, ChangeStreamEnd, ChangeStreamEvent } from "./api/change.ts";
export type { CommandRequest, CommandsRequest, JsonReply, JsonWord } from "./api/command-json.ts";
export type { ExplainReport, Finding } from "./api/explain-report.ts";
export type { Operation } from "./api/operation.ts";
export type { Problem } from "./api/problem.ts";
export type { SocketRequest, SocketResponse } from "./api/socket.ts";
export type { MemberReport, StatusReport } from "./api/status-report.ts";
