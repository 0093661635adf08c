// What the process answers, for scripts and for the people who write them. The numbers are part of the contract: they
// never change their meaning, and the same table stands in the general help.

type ExitName =
  | "ok"
  | "failed"
  | "usage"
  | "notFound"
  | "unavailable"
  | "indeterminate"
  | "notAllowed"
  | "configuration"
  | "corruption"
  | "dataDirectoryInUse"
  | "safetyBroken"
  | "noProgress";

export const EXIT: Readonly<Record<ExitName, number>> = {
  ok: 0,
  failed: 1,
  usage: 2,
  /** Not found, or a comparison failed. */
  notFound: 3,
  /** Unavailable: the operation was certainly not applied. */
  unavailable: 4,
  /** Nobody can tell yet whether the operation was applied. */
  indeterminate: 5,
  notAllowed: 6,
  /** Configuration or version. */
  configuration: 7,
  corruption: 8,
  dataDirectoryInUse: 9,
  /** The simulator or the checker found that safety was broken. */
  safetyBroken: 10,
  /** The simulator or the checker found that nothing moved any more. */
  noProgress: 11,
};

/** One line for each exit code, as the help prints them. */
export const EXIT_MEANINGS: readonly (readonly [code: number, meaning: string])[] = [
  [EXIT.ok, "ok"],
  [EXIT.failed, "failed"],
  [EXIT.usage, "usage"],
  [EXIT.notFound, "not found, or a comparison failed"],
  [EXIT.unavailable, "unavailable, certainly not applied"],
  [EXIT.indeterminate, "indeterminate"],
  [EXIT.notAllowed, "not allowed"],
  [EXIT.configuration, "configuration or version"],
  [EXIT.corruption, "corruption found"],
  [EXIT.dataDirectoryInUse, "data directory in use"],
  [EXIT.safetyBroken, "safety broken (simulator and checker)"],
  [EXIT.noProgress, "no progress (simulator and checker)"],
];

/** The `code` of a thrown error → what the process answers. Whatever is not listed is a plain failure. */
const BY_ERROR_CODE: Readonly<Record<string, number>> = {
  usage: EXIT.usage,
  "not-found": EXIT.notFound,
  unavailable: EXIT.unavailable,
  indeterminate: EXIT.indeterminate,
  "not-allowed": EXIT.notAllowed,
  configuration: EXIT.configuration,
  version: EXIT.configuration,
  "key-missing": EXIT.configuration,
  "key-exposed": EXIT.configuration,
  "key-unreadable": EXIT.configuration,
  "key-exists": EXIT.configuration,
  corruption: EXIT.corruption,
  "data-directory-in-use": EXIT.dataDirectoryInUse,
};

/** The `code` of an error, where it has one. */
export function errorCode(error: unknown): string | undefined {
  const code = (error as { readonly code?: unknown } | null | undefined)?.code;
  return typeof code === "string" ? code : undefined;
}

/** What the process answers when a verb threw this. */
export function exitCodeOf(error: unknown): number {
  const code = errorCode(error) ?? "";
  return Object.hasOwn(BY_ERROR_CODE, code) ? BY_ERROR_CODE[code]! : EXIT.failed;
}
