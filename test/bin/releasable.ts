import { type Binary, builtBinary } from "../support/binary.ts";
import type { ImageShape } from "../support/layout.ts";
import { prepareLayout } from "../support/prepared.ts";
import { type Project, project } from "../support/project.ts";
import { type Rehearsal, rehearsal } from "../support/release.ts";

/** The built program, an ECR, and a project whose image is there: a release that needs no docker. */
export interface Releasable extends AsyncDisposable {
  readonly binary: Binary;
  readonly local: Rehearsal;
  readonly made: Project;
}

export async function releasable({
  files = {},
  shape = {},
  ecr = {},
}: {
  readonly files?: Readonly<Record<string, string>>;
  readonly shape?: ImageShape;
  readonly ecr?: Parameters<typeof rehearsal>[0];
} = {}): Promise<Releasable> {
  const binary = builtBinary();
  const local = await rehearsal(ecr);
  const made = project({
    Dockerfile: "FROM scratch\nCOPY . /\n",
    "slipway.yaml": "image: team/app\ntargets: us-east-1\nrepository: { create: true }\n",
    ...files,
  });
  await prepareLayout(made, local, shape);
  return {
    ...{ binary, local, made },
    async [Symbol.asyncDispose]() {
      binary[Symbol.dispose]();
      made[Symbol.dispose]();
      await local[Symbol.asyncDispose]();
    },
  };
}
