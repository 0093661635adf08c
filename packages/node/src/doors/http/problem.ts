// Errors over HTTP. One table says which status a refusal has, so that the same refusal has the same status on every
// route; what became of the command stands in the body, so that nobody has to guess it from the status.
import type { Answer, Problem } from "@quorate/core/api";

/** What a client is told instead of a reply. */
export class HttpProblem extends Error {
  override readonly name: string = "HttpProblem";
  readonly problem: Problem;
  readonly headers: Readonly<Record<string, string>>;

  constructor(problem: Problem, headers: Readonly<Record<string, string>> = {}) {
    super(problem.detail);
    this.problem = problem;
    this.headers = headers;
  }
}

interface Kind {
  readonly status: number;
  readonly slug: string;
  readonly title: string;
}

/** Refusals of the door's own and of the machine, by their first word. */
const KINDS: Readonly<Record<string, Kind>> = {
  BADREQUEST: { status: 400, slug: "bad-request", title: "The request makes no sense" },
  ERR: { status: 400, slug: "bad-command", title: "The command was refused" },
  NOAUTH: { status: 401, slug: "not-signed-in", title: "Nobody has signed in" },
  WRONGPASS: { status: 401, slug: "not-signed-in", title: "The secret is wrong" },
  NOPERM: { status: 403, slug: "not-allowed", title: "The user may not do this" },
  CROSSORIGIN: { status: 403, slug: "cross-origin", title: "Another site's page may not do this" },
  NOTFOUND: { status: 404, slug: "not-found", title: "There is nothing here" },
  NOSESSION: { status: 404, slug: "no-session", title: "The session is unknown or has ended" },
  METHODNOTALLOWED: { status: 405, slug: "method-not-allowed", title: "This cannot be done here" },
  TIMEOUT: { status: 408, slug: "request-timeout", title: "The request took too long to arrive" },
  COMPACTED: { status: 410, slug: "compacted", title: "The change log begins later" },
  GAP: { status: 409, slug: "gap", title: "The change log ends earlier" },
  PRECONDITIONFAILED: { status: 412, slug: "precondition-failed", title: "The condition does not hold" },
  TOOLARGE: { status: 413, slug: "too-large", title: "The request is too large" },
  MEDIATYPE: { status: 415, slug: "unsupported-media-type", title: "This content type is not taken here" },
  MISDIRECTED: { status: 421, slug: "misdirected", title: "The Host is not this replica" },
  UPGRADEREQUIRED: { status: 426, slug: "upgrade-required", title: "This is for WebSockets" },
  TOOMANYREQUESTS: { status: 429, slug: "too-many-requests", title: "Too many requests at once" },
  HEADTOOLARGE: { status: 431, slug: "head-too-large", title: "The request's headers are too large" },
  INTERNAL: { status: 500, slug: "internal", title: "The replica failed at this request" },
  NOQUORUM: { status: 503, slug: "no-quorum", title: "No quorum can be reached" },
  OVERLOADED: { status: 503, slug: "overloaded", title: "The replica has too much to do" },
  LOADING: { status: 503, slug: "loading", title: "The replica is not ready yet" },
  OOM: { status: 507, slug: "no-space", title: "The disk is nearly full" },
  INDETERMINATE: { status: 504, slug: "indeterminate", title: "Nobody can tell whether it was applied" },
};

/** The state says no: fenced, another type, a condition inside of a command, a rule of a user's module. */
const CONFLICT: Omit<Kind, "slug"> = { status: 409, title: "The state refuses the command" };

export function problem(
  code: string,
  detail: string,
  { headers = {}, outcome = "rejected", status }: ProblemOptions = {},
): HttpProblem {
  const kind = KINDS[code] ?? { ...CONFLICT, slug: code.toLowerCase().replace(/[^a-z0-9]+/g, "-") };
  const type = `urn:quorate:problem:${kind.slug}`;
  const always = kind.status === 503 ? { "Retry-After": "1" } : kind.status === 401 ? CHALLENGE : {};
  return new HttpProblem(
    { type, title: kind.title, status: status ?? kind.status, detail, outcome, code },
    { ...always, ...headers },
  );
}

interface ProblemOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly outcome?: Problem["outcome"];
  /** Another status than the table's. */
  readonly status?: number;
}

/** Browsers ask for a name and a password; programs send a token. */
const CHALLENGE = { "WWW-Authenticate": 'Basic realm="quorate", charset="UTF-8", Bearer realm="quorate"' };

export const badRequest = (detail: string): HttpProblem => problem("BADREQUEST", detail);

/** An answer that is no reply, as a problem of the same outcome and code. */
export function problemOf(answer: Exclude<Answer, { outcome: "committed" }>): HttpProblem {
  // A block carries only so much: that is a matter of size, whatever word it begins with.
  const status = /^the command is larger than/.test(answer.message) ? 413 : undefined;
  return problem(answer.code, answer.message, {
    outcome: answer.outcome,
    ...(status === undefined ? {} : { status }),
  });
}

/** Code and text of an error as the machine and Redis write them: the first word, if it is in capitals, is the code. */
export function splitError(text: string): { readonly code: string; readonly message: string } {
  const [, code, message] = /^([A-Z][A-Z0-9]+) ([\s\S]+)$/.exec(text) ?? [];
  return code === undefined ? { code: "ERR", message: text } : { code, message: message! };
}
