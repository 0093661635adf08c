// The structured log: one line a fact, as JSON on standard error. A pino logger is one of these; so is whatever a test
// or an embedding application passes in.

export interface Log {
  debug(facts: object, text: string): void;
  info(facts: object, text: string): void;
  warn(facts: object, text: string): void;
  error(facts: object, text: string): void;
}

/** Says nothing. */
export const SILENT: Log = { debug() {}, info() {}, warn() {}, error() {} };
