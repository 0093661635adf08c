// What bundle.mjs exports. It is plain JavaScript because `npm start` runs it before anything could be translated.

/** The command in one piece. */
export interface Bundle {
  readonly entry: string;
  remove(): void;
}

/** A copy, which nobody replaces while replicas load from it; `root` is the workspace. */
export function copyCommand(root: string): Promise<Bundle>;

/** Joins what `entry`, a path in the workspace, imports from there; the packages of others stay where they are. */
export function inOnePiece(root: string, entry: string, output: object): Promise<void>;
