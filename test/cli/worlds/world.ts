import type { Project } from "../../support/project.ts";
import type { Rehearsal } from "../../support/release.ts";

export interface Here {
  readonly made: Project;
  readonly local: Rehearsal;
}

/** What the command finds besides a good project and a good local ECR. */
export interface World {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly undo?: () => void | Promise<void>;
}

/** One bad world: what is wrong with it, what is run in it, and what must come of it. */
export interface BadWorld {
  readonly name: string;
  /** Files laid over the good project, committed. */
  readonly files?: Readonly<Record<string, string>>;
  readonly make?: (here: Here) => World | Promise<World>;
  /** `release 1.0.0` by default. */
  readonly args?: readonly string[];
  readonly exit: 1 | 2 | 3;
  /** The code of the error, or of the plan's problem. */
  readonly code: string;
  /** What the sentence must name. */
  readonly says: readonly (string | RegExp)[];
  /** An image is at hand, so that no build is needed. */
  readonly built?: boolean;
}

export const goodFiles = {
  Dockerfile: "FROM scratch\nCOPY note.txt /\n",
  "note.txt": "note\n",
  "lifecycle.json": JSON.stringify({
    rules: [
      {
        rulePriority: 1,
        selection: { tagStatus: "untagged", countType: "imageCountMoreThan", countNumber: 10 },
        action: { type: "expire" },
      },
    ],
  }),
  "slipway.yaml": `image: team/app
targets: [us-east-1]
repository: { create: true }
lifecycle: lifecycle.json
`,
};
