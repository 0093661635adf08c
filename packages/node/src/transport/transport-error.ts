// What can go wrong between a replica and its network before any link is tried.

export class TransportError extends Error {
  override readonly name: string = "TransportError";
  readonly code: "listen-failed";

  constructor(message: string, cause: unknown) {
    super(message, { cause });
    this.code = "listen-failed";
  }
}
