// A refusal as it stands inside of a reply: `WRONGTYPE Operation …`, a code and a sentence.
import type { JsonReply } from "@quorate/core/api";
import { refusalIn } from "../reply.ts";

export function splitRefusal(reply: JsonReply): { readonly code: string; readonly message: string } | undefined {
  const refusal = refusalIn(reply);
  if (refusal === undefined) return undefined;
  const [code = ""] = refusal.split(" ", 1);
  return { code, message: refusal.slice(code.length + 1) };
}
