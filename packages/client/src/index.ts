// The public surface of the client, by hand.
export type { Answer } from "@quorate/core/api";
