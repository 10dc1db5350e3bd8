/** An obstacle the planner foresaw. All are shown at once, and a plan with one cannot be applied. */
export interface Problem {
  /** A stable name, such as `TAG_TAKEN`. */
  readonly code: string;
  /** The target that has it; absent when it is the release's as a whole. */
  readonly target?: string;
  readonly message: string;
  /** What to do about it, as a sentence or a command. */
  readonly remedy: string;
}
