// Reads `/v1/watch` as the specification of server-sent events says.
import { get, type IncomingMessage } from "node:http";
import type { Change, ChangeStreamEnd, ChangeStreamEvent } from "@quorate/core/api";
import { expect, onTestFinished } from "vitest";
import type { OpenDoor } from "./open-door.ts";

export interface Stream {
  readonly events: readonly (ChangeStreamEvent | ChangeStreamEnd)[];
  readonly changes: readonly Change[];
  /** Id of the last event. */
  readonly lastId: string | undefined;
  /** Lines that are comments. */
  readonly comments: number;
  readonly isOver: boolean;
  readonly response: IncomingMessage;
  cut(): void;
}

/** Opens a watch; one that may be refused is given back as it is. */
export async function watch(
  { port }: Pick<OpenDoor, "port">,
  query = "",
  headers: Record<string, string> = {},
  mayBeRefused = false,
): Promise<Stream> {
  const request = get({ port, host: "127.0.0.1", path: `/v1/watch${query}`, headers, agent: false });
  request.on("error", () => {});
  onTestFinished(() => void request.destroy());
  const response = await new Promise<IncomingMessage>((resolve, reject) =>
    request.once("response", resolve).once("error", reject),
  );
  if (!mayBeRefused) expect(response.statusCode).toBe(200);
  if (response.statusCode === 200) expect(response.headers["content-type"]).toBe("text/event-stream");
  const events: (ChangeStreamEvent | ChangeStreamEnd)[] = [];
  const stream = {
    events,
    changes: [] as Change[],
    lastId: undefined as string | undefined,
    comments: 0,
    isOver: false,
  };
  let text = "";
  response.on("data", (chunk: Buffer) => {
    text += chunk.toString("utf8");
    const parts = text.split("\n\n");
    text = parts.pop()!;
    for (const part of parts) {
      const fields = new Map(
        part.split("\n").map((line) => [line.split(":")[0]!, line.slice(line.indexOf(":") + 1).trim()]),
      );
      const data = fields.get("data");
      if (data === undefined) {
        stream.comments++;
        continue;
      }
      const event = JSON.parse(data) as ChangeStreamEvent | ChangeStreamEnd;
      events.push(event);
      expect(fields.get("event")).toBe(event.kind === "end" ? "end" : undefined);
      if (event.kind !== "end") {
        expect(fields.get("id")).toBe(String(event.next));
        stream.lastId = fields.get("id")!;
      }
      if (event.kind === "changes") stream.changes.push(...event.changes);
    }
  });
  response.on("close", () => {
    stream.isOver = true;
  });
  response.on("error", () => {});
  return Object.assign(stream, { response, cut: () => void request.destroy() });
}
