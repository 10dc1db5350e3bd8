import type { Build } from "./build.ts";
import type { ContextFacts } from "./context.ts";

export type Level = "error" | "warning" | "info";

/** What the rules judge: a build, and the context that it takes where that can be looked at. */
export interface Judged extends Build {
  readonly context?: ContextFacts;
  readonly pin: Pin;
}

/** How far a base image must be written down: to its digest, to its tag, or not at all. */
export type Pin = "digest" | "tag" | "off";

/** One place where a rule is broken. */
export interface Hit {
  readonly line: number;
  readonly message: string;
  readonly repair: string;
  /** Where it is another than the rule's own. */
  readonly level?: Level;
}

/** A rule and the words for it; `docs/gates.md` lists them. */
export interface Rule {
  readonly level: Level;
  /** What it finds, in a few words. */
  readonly about: string;
  /** Why that is a defect. */
  readonly reason: string;
  readonly url: string;
  readonly find: (judged: Judged) => readonly Hit[];
}
