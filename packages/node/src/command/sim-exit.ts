// What simulated runs answer, one or a whole campaign, watched or not: the worst that came of them. What could not be judged,
// or was not run for as long as was asked, is never called good.
import { EXIT } from "./exit-code.ts";

export interface SimFindings {
  readonly safetyBroken: boolean;
  readonly noProgress: boolean;
  /** A judge could not decide, or a run fell short of what was asked. */
  readonly open: boolean;
}

export function simExit({ noProgress, open, safetyBroken }: SimFindings): number {
  if (safetyBroken) return EXIT.safetyBroken;
  if (noProgress) return EXIT.noProgress;
  return open ? EXIT.failed : EXIT.ok;
}
