// Members as replies. With scores they are pairs, which RESP2 flattens; ZMPOP nests its pairs in every protocol.
import { array, bulk, double, type Reply } from "../../reply/reply.ts";
import type { ScoredMember } from "./sorted-set.ts";

export function membersReply(members: readonly ScoredMember[], withScores: boolean): Reply {
  if (!withScores) return array(members.map(({ member }) => bulk(member)));
  return { kind: "pairs", entries: members.map(({ member, score }) => [bulk(member), double(score)] as const) };
}

export function nestedReply(members: readonly ScoredMember[]): Reply {
  return array(members.map(({ member, score }) => array([bulk(member), double(score)])));
}
