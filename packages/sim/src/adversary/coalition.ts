export interface Coalition {
  readonly members: readonly number[];
}
